"""``regress runs``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, OutOption


class Action(StrEnum):
    """What can be done with runs."""

    LIST = "list"
    SHOW = "show"
    DIFF = "diff"
    REMOVE = "remove"


def runs(
    action: Annotated[
        Action, typer.Argument(metavar="[list|show|diff|remove]", help="What to do with them.")
    ] = Action.LIST,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Folders of runs, or how their names begin."),
    ] = None,
    out: OutOption = Path("outputs"),
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="KEY=VALUE", help="Only runs with this status, model, ..."),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="KEY",
            help="The order: name, status, model, rmse, r2, age, size; -KEY turns it round.",
        ),
    ] = "name",
    check: Annotated[
        bool, typer.Option("--check", help="Hold every byte of every file against what its run wrote.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False,
    json: JsonOption = False,
) -> None:
    """List runs: how each ended, and how well it fits; show one, tell two apart, or remove some.

    The numbers are those of the test part, or else of the validation or the training part. A damaged run is
    listed with what is wrong with it, and keeps no other from being listed. With --check, exit code 3 says
    that a file is not what its run wrote, and the file is named.

    Example: regress runs --where status=finished --sort rmse
    """
    from regress_cli.cli import view
    from regress_cli.cli.words import runs as words
    from regress_cli.runs.chosen import chosen, one_of

    match action:
        case Action.SHOW:
            from regress_cli.runs import open_run

            for run in one_of(out, names or []):
                view.show_run(open_run(run), as_json=json, quiet=False)
        case Action.DIFF:
            from regress_cli.cli.compare import show_comparison
            from regress_cli.cli.summary import Format

            show_comparison(one_of(out, names or []), Format.JSON if json else Format.TABLE)
        case Action.REMOVE:
            from regress_cli.runs.removal import remove_run

            folders = one_of(out, names or [])
            if not yes:
                typer.confirm(words.question(folders), abort=True, err=True)
            for folder in folders:
                remove_run(folder)
                view.note(f"removed {folder}")
        case Action.LIST:
            listed = [run.checked() if check else run for run in chosen(out, names or [], where or [], sort)]
            if json:
                view.show_json(words.document(listed))
            else:
                view.show_report(*words.parts(listed, out))
            exit_code = words.exit_code_of_check(listed) if check else 0
            if exit_code:
                view.show_error(words.verdict(listed))
                raise typer.Exit(exit_code)
