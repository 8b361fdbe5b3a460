"""``regress compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regress_cli.cli.summary import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regress_cli.reports.differences import Differences
    from regress_cli.runs import Run


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="The folders of finished runs.")],
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw fits and losses, as png, svg or pdf."),
    ] = None,
    file_format: Annotated[
        Format, typer.Option("--format", help="How to print it; csv and json have all digits.")
    ] = Format.TABLE,
) -> None:
    """Say in what runs differ, and how good each is; with --plot, lay their fits and losses over one another.

    Example: regress compare outputs/mlp-relu-... outputs/mlp-tanh-... --plot outputs/activations.png
    """
    from regress_cli.cli.picture_file import format_of, refuse_unwritable

    picture_format = None
    if plot is not None:
        picture_format = format_of(plot)
        refuse_unwritable(plot)
    opened, seen = show_comparison(runs, file_format)
    if plot is not None and picture_format is not None:
        from regress_cli.drawing.picture import draw
        from regress_cli.errors import explain_os_errors
        from regress_cli.reports.overlay import overlay
        from regress_cli.runs.durable import write_file
        from regress_cli.text import printable

        with explain_os_errors(f"write {printable(plot)}", "name another file with --plot"):
            write_file(plot, draw(overlay(opened, seen, picture_format)))


def show_comparison(folders: "Sequence[Path]", file_format: Format) -> "tuple[list[Run], Differences]":
    """Print how runs differ, and return them with it."""
    from regress_cli.cli import view
    from regress_cli.cli.words import compare as words
    from regress_cli.cli.words import markup
    from regress_cli.errors import UserError
    from regress_cli.reports.differences import differences
    from regress_cli.runs import open_run

    if len(folders) < 2:
        raise UserError("a comparison needs two runs at least; name another one")
    opened = [open_run(folder) for folder in folders]
    seen = differences(opened)
    title = f"{len(opened)} runs compared"
    match file_format:
        case Format.JSON:
            view.show_json(words.document(seen))
        case Format.CSV:
            view.show_columns(words.columns(seen), out=None, as_json=False)
        case Format.MARKDOWN:
            view.show_text(markup.markdown(title, words.blocks(seen)))
        case Format.LATEX:
            view.show_text(markup.latex(title, words.blocks(seen)))
        case Format.TABLE:
            view.show_blocks(title, words.blocks(seen))
    return opened, seen
