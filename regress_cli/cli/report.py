"""``regress report``."""

from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, OutOption, QuietOption


def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            help="Folders of runs, sweeps or seeds, or how the names of runs begin (default: all).",
        ),
    ] = None,
    out: OutOption = Path("outputs"),
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="The file to write (default: report.html in OUT)."),
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="What stands above it.")
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write a page about runs: one HTML file that needs neither a server nor a network.

    It has a table that can be sorted and filtered, the pictures of the runs, and the config of each, with
    what differs marked. The same runs give the same bytes. A damaged run is listed with what is wrong with
    it.

    Example: regress report outputs/sweeps/mlp-1845314aa1ed --to mlp.html
    """
    from regress_cli.cli import view
    from regress_cli.cli.picture_file import refuse_unwritable, write_chosen
    from regress_cli.cli.words import report as words
    from regress_cli.errors import UserError
    from regress_cli.reports.report import make_report
    from regress_cli.text import quoted

    path = out / "report.html" if to is None else to
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"--to {quoted(str(path))}: a report is a page; end its name with .html")
    if to is not None or runs:
        # Else the folder of all runs is the one to be missing, which is said of the runs.
        refuse_unwritable(path, "--to")
    made = make_report(out, runs or [], title)
    write_chosen(path, made.content, "--to")
    if json:
        view.show_json(words.document(made, path))
        return
    if not quiet:
        view.show_report(words.sentence(made))
    view.show_path(path)
