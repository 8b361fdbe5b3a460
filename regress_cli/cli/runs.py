"""``regress runs``."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, OutOption
from regress_cli.errors import UserError

LIST = "list"
# What can be done, with the options that each takes beside --out and --json.
_OPTIONS = {
    LIST: ("--where", "--sort", "--check"),
    "show": (),
    "diff": (),
    "remove": ("--where", "--yes"),
}


def runs(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[list|show|diff|remove] [RUN]...",
            help="What to do (default: list), and with which runs: their folders, or how their names begin.",
        ),
    ] = None,
    out: OutOption = Path("outputs"),
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="CONDITION", help="Only such: status=finished, rmse<4, age>30d."),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="KEY", help="By name, rmse, age, size, ...; -KEY turns it round."),
    ] = None,
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

    Conditions and orders know name, status, model, optimizer, digest, seed, loss, rmse, mae, r2, age, size.

    Example: regress runs --where status=finished --sort rmse
    """
    action, names = (what[0], what[1:]) if what and what[0] in _OPTIONS else (LIST, what or [])
    _refuse_others(action, {"--where": where, "--sort": sort, "--check": check, "--yes": yes})
    match action:
        case "show":
            _show(out, names, as_json=json)
        case "diff":
            _diff(out, names, as_json=json)
        case "remove":
            _remove(out, names, where or [], is_sure=yes, as_json=json)
        case _:
            _list(out, names, where or [], sort or "name", is_checked=check, as_json=json)


def _refuse_others(action: str, given: Mapping[str, object]) -> None:
    """Refuse options that mean nothing for the action."""
    for option, value in given.items():
        if value and option not in _OPTIONS[action]:
            raise UserError(f"{option} means nothing to `regress runs {action}`; leave it out")


def _list(
    out: Path, names: Sequence[str], where: Sequence[str], sort: str, *, is_checked: bool, as_json: bool
) -> None:
    from regress_cli.cli import view
    from regress_cli.cli.words import runs as words
    from regress_cli.runs.chosen import chosen

    listed = chosen(out, names, where, sort)
    if is_checked:
        listed = [run.checked() for run in listed]
    if as_json:
        view.show_json(words.document(listed))
    else:
        view.show_report(*words.parts(listed, out, is_chosen=bool(names or where)))
    exit_code = words.exit_code_of_check(listed) if is_checked else 0
    if exit_code:
        view.show_error(words.verdict(listed))
        raise typer.Exit(exit_code)


def _show(out: Path, names: Sequence[str], *, as_json: bool) -> None:
    from regress_cli.cli import view
    from regress_cli.runs import open_run
    from regress_cli.runs.chosen import meant

    if len(names) > 1:
        raise UserError("one run is shown at a time; `regress runs diff` or `regress compare` take more")
    [folder] = meant(out, names)
    view.show_run(open_run(folder), as_json=as_json, quiet=False)


def _diff(out: Path, names: Sequence[str], *, as_json: bool) -> None:
    from regress_cli.cli.compare import show_comparison
    from regress_cli.cli.summary import Format
    from regress_cli.runs.chosen import meant_with_sweeps

    show_comparison(meant_with_sweeps(out, names), Format.JSON if as_json else Format.TABLE)


def _remove(out: Path, names: Sequence[str], where: Sequence[str], *, is_sure: bool, as_json: bool) -> None:
    from regress_cli.cli import view
    from regress_cli.cli.words import runs as words
    from regress_cli.runs.chosen import chosen, meant
    from regress_cli.runs.removal import remove_run

    folders = [run.folder for run in chosen(out, names, where, "name")] if where else meant(out, names)
    if not folders:
        view.note("no run fulfils that: nothing was removed")
    elif not (is_sure or _is_wanted(words.question(folders))):
        view.note("nothing was removed")
        folders = []
    for folder in folders:
        remove_run(folder)
        view.note(f"removed {folder}")
    if as_json:
        view.show_json({"removed": [str(folder) for folder in folders]})


def _is_wanted(question: str) -> bool:
    """Return what a person answers.

    Raises:
        UserError: nobody is there to answer.
    """
    if not _can_answer():
        raise UserError("runs are removed once somebody has said yes; give --yes to say so beforehand")
    try:
        return typer.confirm(question, err=True)
    except typer.Abort as interrupted:
        raise KeyboardInterrupt from interrupted


def _can_answer() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
