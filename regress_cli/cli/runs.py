"""``regress runs``."""

from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption


def runs(
    out: Annotated[Path, typer.Argument(metavar="[OUT]", help="The folder of all runs.")] = Path("outputs"),
    check: Annotated[
        bool, typer.Option("--check", help="Hold every byte of every file against what its run wrote.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """List all runs: how each ended, and how well it fits.

    The numbers are those of the test part, or else of the validation or the training part. A damaged run is
    listed with what is wrong with it, and keeps no other from being listed. With --check, exit code 3 says
    that a file is not what its run wrote, and the file is named.

    Example: regress runs --check
    """
    from regress_cli.cli import view
    from regress_cli.cli.words import runs as words
    from regress_cli.runs.listing import list_runs

    listed = [run.checked() if check else run for run in list_runs(out)]
    if json:
        view.show_json(words.document(listed))
    else:
        view.show_report(*words.parts(listed, out))
    exit_code = words.exit_code_of_check(listed) if check else 0
    if exit_code:
        view.show_error(words.verdict(listed))
        raise typer.Exit(exit_code)
