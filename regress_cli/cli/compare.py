"""``regress compare``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regress_cli.cli.formats import Format, Shown
from regress_cli.cli.options import OutOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regress_cli.runs import Run


def compare(
    names: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Folders of runs or sweeps, or how their names begin."),
    ],
    out: OutOption = Path("outputs"),
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw fits and losses, as png, svg or pdf."),
    ] = None,
    file_format: Annotated[
        Format, typer.Option("--format", help="How to print it; csv and json have all digits.")
    ] = Format.TABLE,
) -> None:
    """Say in what runs differ, and how good each is; with --plot, lay their fits and losses over one another.

    Runs that differ in nothing but their seed are one group. Where each run has such others, the groups are
    compared by their means; two of them seed by seed, in plain words.

    Example: regress compare outputs/mlp-relu-... outputs/mlp-tanh-... --plot outputs/activations.png
    """
    from regress_cli.cli.picture_file import format_of, refuse_unwritable
    from regress_cli.runs.chosen import meant_with_sweeps

    picture_format = None
    if plot is not None:
        picture_format = format_of(plot)
        refuse_unwritable(plot)
    runs = show_comparison(meant_with_sweeps(out, names), file_format)
    if plot is not None and picture_format is not None:
        _draw(runs, plot, picture_format)


def show_comparison(folders: "Sequence[Path]", file_format: Format) -> "list[Run]":
    """Print how runs differ, or groups of them, and return them."""
    from regress_cli.cli.words import compare as words_of_runs
    from regress_cli.cli.words import groups as words_of_groups
    from regress_cli.errors import UserError
    from regress_cli.reports.differences import differences
    from regress_cli.reports.groups import groups_of
    from regress_cli.runs import open_run

    if len(folders) < 2:
        raise UserError("a comparison needs two runs at least; name another one")
    runs = [open_run(folder) for folder in folders]
    groups = groups_of(runs)
    words, seen = (words_of_groups, groups) if groups else (words_of_runs, differences(runs))
    title = f"{len(runs)} runs compared" + (f", in {len(groups)} groups" if groups else "")
    Shown(title, lambda: words.blocks(seen), lambda: words.columns(seen), lambda: words.document(seen)).show(
        file_format
    )
    return runs


def _draw(runs: "Sequence[Run]", path: Path, picture_format: str) -> None:
    from regress_cli.cli.picture_file import write_chosen
    from regress_cli.drawing.picture import draw
    from regress_cli.reports.overlay import overlay

    write_chosen(path, draw(overlay(runs, picture_format)))
