"""``regress init``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Starter(StrEnum):
    """The starters there are."""

    LINEAR = "linear"
    POLYNOMIAL = "polynomial"
    MLP = "mlp"
    FORMULA = "formula"
    TABLE = "table"


def init(
    kind: Annotated[
        Starter, typer.Argument(metavar="KIND", help="linear, polynomial, mlp, formula or table.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write (default: KIND.yaml).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented config to start from.

    It runs as it is; for a table, a small example table is written beside it.

    Example: regress init linear && regress run linear.yaml
    """
    from regress_cli.cli import view
    from regress_cli.config.starter import write_starter

    for path in write_starter(kind.value, out or Path(f"{kind.value}.yaml"), force=force):
        view.show_path(path)
