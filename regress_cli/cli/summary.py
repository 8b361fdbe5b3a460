"""``regress summary``."""

from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.formats import Format, Shown


def summary(
    run: Annotated[
        Path, typer.Argument(metavar="RUN_FOLDER", help="A finished run, such as outputs/decay-...")
    ],
    file_format: Annotated[
        Format, typer.Option("--format", help="How to print it; csv and json have all digits.")
    ] = Format.TABLE,
) -> None:
    """Print the whole summary of a fit: parameters with errors, goodness of fit, correlations.

    A run has one where standard errors have a meaning: a least-squares fit that reached its minimum.
    csv is a row for each parameter.

    Example: regress summary outputs/decay-3f9c2a71d05e --format markdown
    """
    from regress_cli.cli.words import summary as words
    from regress_cli.errors import UserError
    from regress_cli.runs import open_run
    from regress_cli.text import printable

    opened = open_run(run)
    record = opened.record
    if record.get("inference") is None:
        raise UserError(f"{printable(run)}: this run has no standard errors: {words.why_none(record)}")
    title = f"{printable(record['name'])}: summary of the fit"
    Shown(
        title,
        lambda: words.blocks(record),
        lambda: words.columns(record),
        lambda: words.document(record, str(opened.folder)),
    ).show(file_format)
