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
