"""Runs that a person means: by how their names begin, by what they are, and in which order."""

import fnmatch
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from regress_cli.errors import UserError
from regress_cli.runs.listing import ListedRun, list_runs
from regress_cli.text import did_you_mean, printable, quoted

# The part whose numbers say most, first.
PARTS = ("test", "validation", "train")


def chosen(outputs: Path, names: Sequence[str], conditions: Sequence[str], order: str) -> list[ListedRun]:
    """Return the runs of a folder that fulfil every condition, in an order.

    Args:
        outputs: The folder of all runs.
        names: How the names of runs begin, or patterns such as ``mlp*``; all, if there are none.
        conditions: ``KEY=VALUE``, such as ``status=finished``.
        order: A key of `ORDERS`; a minus before it turns the order round.

    Raises:
        UserError: a condition or the order is not one that there is; or as `list_runs` says.
    """
    tests = [_test(condition) for condition in conditions]
    key = order.removeprefix("-")
    if key not in ORDERS:
        raise UserError(f"--sort {quoted(order)}: there is no such order; {did_you_mean(key, ORDERS)}")
    listed = [run for run in list_runs(outputs) if _is_named(run.folder.name, names)]
    listed = [run for run in listed if all(test(run) for test in tests)]
    return sorted(listed, key=ORDERS[key], reverse=order.startswith("-"))


def one_of(outputs: Path, names: Sequence[str]) -> list[Path]:
    """Return the folder that each name means: a path, or the only run whose name begins so.

    Raises:
        UserError: none is named, or a name means none or several.
    """
    if not names:
        raise UserError("no run is named; give the folder of one, or how its name begins")
    return [_meant(outputs, name) for name in names]


def telling_part(metrics: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the part whose numbers say most, with them."""
    part = next(part for part in PARTS if part in metrics)
    return part, metrics[part]


def _meant(outputs: Path, name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    found = [run.folder for run in list_runs(outputs) if run.folder.name.startswith(name)]
    if len(found) != 1:
        several = (
            f"{len(found)} runs in {printable(outputs)} begin so"
            if found
            else f"no run in {printable(outputs)} begins so"
        )
        raise UserError(f"{quoted(name)}: {several}; `regress runs` lists them")
    return found[0]


def _is_named(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or any(name.startswith(one) or fnmatch.fnmatchcase(name, one) for one in wanted)


def _test(condition: str) -> Callable[[ListedRun], bool]:
    key, equals, value = condition.partition("=")
    if not equals or key not in _CONDITIONS:
        raise UserError(f"--where {quoted(condition)}: write KEY=VALUE; {did_you_mean(key, _CONDITIONS)}")
    return lambda run: str(_fact(run, key)) == value


def _fact(run: ListedRun, key: str) -> Any:
    if key == "status":
        return run.status
    return None if run.summary is None else run.summary[key]


def _metric(name: str) -> Callable[[ListedRun], float]:
    def of(run: ListedRun) -> float:
        value = None if run.summary is None else telling_part(dict(run.summary["metrics"]))[1][name]
        return math.inf if value is None else value

    return of


def _age(run: ListedRun) -> float:
    try:
        return -run.folder.stat().st_mtime
    except OSError:
        return math.inf


def _size(run: ListedRun) -> int:
    return 0 if run.summary is None else sum(run.summary["files"].values())


_CONDITIONS = ("name", "status", "model", "optimizer", "seed", "digest")
ORDERS: dict[str, Callable[[ListedRun], Any]] = {
    "name": lambda run: run.folder.name,
    "status": lambda run: run.status,
    "model": lambda run: str(_fact(run, "model")),
    "rmse": _metric("rmse"),
    "r2": _metric("r2"),
    "age": _age,
    "size": _size,
}
