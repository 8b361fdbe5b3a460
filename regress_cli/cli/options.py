"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from regress_cli.errors import UserError


def _checked_rtol(rtol: float | None) -> float | None:
    """Return a tolerance that a measurement can keep to; none is asked for where the option is left out."""
    if rtol is not None and not 0.0 < rtol <= 1.0:
        reason = (
            "it has no room for rounding, so that nothing could be right"
            if rtol == 0
            else "it is not a relative error"
        )
        raise UserError(f"--rtol is {rtol:g}: {reason}; give more than 0 and at most 1, such as 1e-7")
    return rtol


ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="The experiment's YAML file.")]
OverridesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Values that replace the config's, such as seed=1."),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of all runs.")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="The seed, in place of the config's.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Repeat the run even if it is finished.")]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Begin anew, even if an interrupted run could go on.")
]
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
WrtOption = Annotated[
    str | None,
    typer.Option("--wrt", metavar="NAMES", help="The arguments to differentiate by, such as w,b."),
]
RtolOption = Annotated[
    float | None,
    typer.Option(
        "--rtol",
        callback=_checked_rtol,
        help="The error, relative to each parameter's scale, that is still right (default: 1e-7).",
    ),
]
SampleSeedOption = Annotated[
    int, typer.Option("--seed", min=0, help="Draws the points, directions and entries that are looked at.")
]
