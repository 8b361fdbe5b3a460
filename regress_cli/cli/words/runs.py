"""A listing of runs as words, cells and plain data; `view` draws them."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from regress_cli.cli.words.amounts import duration, of_bytes
from regress_cli.errors import EXIT_CHECK, EXIT_DONE
from regress_cli.runs.facts import age, size
from regress_cli.runs.listing import DAMAGED, UNREADABLE, ListedRun
from regress_cli.runs.result import telling_part
from regress_cli.text import four_digits, printable

Rows = list[list[str]]

_HEADER = ["run", "status", "model", "part", "rmse", "R2", "age", "size"]
_LONGEST_NAME = 80
_NOTHING = "-"


def parts(listed: Sequence[ListedRun], out: Path, *, is_chosen: bool = False) -> list[str | Rows]:
    """Return a table with a row for each run, and a line for each that is not whole.

    Args:
        listed: The runs.
        out: The folder of all runs.
        is_chosen: Whether only some of its runs were asked for.
    """
    if not listed and is_chosen:
        return [f"{printable(out)} holds no such run; `regress runs` lists all"]
    if not listed:
        return [f"{printable(out)} holds no runs; `regress run CONFIG` makes one"]
    shown: list[str | Rows] = [[_HEADER, *map(_row, listed)]]
    return [*shown, *problems(listed)]


def problems(listed: Sequence[ListedRun]) -> list[str]:
    """Return what is wrong with the runs that are not whole, one line each."""
    return [message for run in listed if run.problem is not None for message in run.problem.messages]


def document(listed: Sequence[ListedRun]) -> list[dict[str, Any]]:
    """Return plain data for each run, with all digits."""
    return [_entry(run) for run in listed]


def verdict(listed: Sequence[ListedRun]) -> str:
    """Return what a check that failed comes to, in one sentence."""
    damaged = sum(run.status == DAMAGED for run in listed)
    unreadable = sum(run.status == UNREADABLE for run in listed)
    found: list[str] = []
    if damaged:
        found.append(f"{damaged} of {len(listed)} runs {'is' if damaged == 1 else 'are'} not as written")
    if unreadable:
        found.append(f"{unreadable} of {len(listed)} runs can't be read")
    return f"{', and '.join(found)}; see each run's line above"


def exit_code_of_check(listed: Sequence[ListedRun]) -> int:
    """Return 0 where every run is whole, 3 where one is damaged, else what kept one from being read."""
    if any(run.status == DAMAGED for run in listed):
        return EXIT_CHECK
    return max((run.problem.exit_code for run in listed if run.problem is not None), default=EXIT_DONE)


def question(folders: Sequence[Path]) -> str:
    """Return what is asked before runs are removed."""
    names = ", ".join(printable(folder.name, _LONGEST_NAME) for folder in folders[:5])
    more = f" and {len(folders) - 5} more" if len(folders) > 5 else ""
    return f"Remove {names}{more}? They can't be brought back"


def _row(run: ListedRun) -> list[str]:
    name = printable(run.folder.name, _LONGEST_NAME)
    if run.summary is None:
        return [name, run.status, *[_NOTHING] * 4, _or_nothing(duration, age(run)), _NOTHING]
    part, metrics = telling_part(run.summary["metrics"])
    numbers = [_number(metrics["rmse"], "not finite"), _number(metrics["r2"], "undefined")]
    facts = [_or_nothing(duration, age(run)), _or_nothing(of_bytes, size(run))]
    return [name, run.status.replace("_", " "), printable(run.summary["model"], 20), part, *numbers, *facts]


def _or_nothing(words: Callable[[float], str], value: float) -> str:
    return _NOTHING if math.isnan(value) else words(value)


def _entry(run: ListedRun) -> dict[str, Any]:
    keys = ("name", "digest", "seed", "model", "optimizer", "metrics")
    return {
        "folder": str(run.folder),
        "status": run.status,
        "problem": None if run.problem is None else " ".join(run.problem.messages),
        **{key: None if run.summary is None else run.summary[key] for key in keys},
        "written": run.written,
        "bytes": None if run.summary is None else sum(run.summary["files"].values()),
    }


def _number(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else four_digits(value)
