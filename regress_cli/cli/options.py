"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="The experiment's YAML file.")]
OverridesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Values that replace the config's, such as seed=1."),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of all runs.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="The seed, in place of the config's.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the essential word.")]
AtOption = Annotated[
    list[str] | None,
    typer.Option(
        "--at", metavar="POINT", help="Where: 2, or 0,1,2, or -2:2:5 (start:stop:count), or x=1,y=2."
    ),
]
InputsOption = Annotated[
    Path | None,
    typer.Option("--inputs", metavar="FILE", help="The arguments by name, in a .json or .npz file."),
]
RtolOption = Annotated[
    float | None,
    typer.Option(
        "--rtol", min=0.0, max=1.0, help="The error, relative to each parameter's scale, that is still right."
    ),
]
SampleSeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Draws the points, directions and entries that are looked at.")
]
