"""What is known of a listed run: by these facts a listing is filtered and put in order."""

import math
import time
from collections.abc import Callable

from regress_cli.runs.listing import ListedRun
from regress_cli.runs.result import METRICS, telling_part


def age(run: ListedRun) -> float:
    """Return how many seconds ago a run was written; not a number where that is not known."""
    return math.nan if run.written is None else max(time.time() - run.written, 0.0)


def size(run: ListedRun) -> float:
    """Return the bytes of a run's files; not a number where they are not known."""
    return math.nan if run.summary is None else float(sum(run.summary["files"].values()))


def _kept(key: str) -> Callable[[ListedRun], str]:
    return lambda run: "" if run.summary is None else str(run.summary[key])


def _metric(name: str) -> Callable[[ListedRun], float]:
    def of(run: ListedRun) -> float:
        value = None if run.summary is None else telling_part(run.summary["metrics"])[1][name]
        return math.nan if value is None else value

    return of


def _seed(run: ListedRun) -> float:
    seed = None if run.summary is None else run.summary["seed"]
    return math.nan if seed is None else seed


TEXTS: dict[str, Callable[[ListedRun], str]] = {
    "name": lambda run: run.folder.name,
    "status": lambda run: run.status,
    "model": _kept("model"),
    "optimizer": _kept("optimizer"),
    "digest": _kept("digest"),
}
NUMBERS: dict[str, Callable[[ListedRun], float]] = {
    "seed": _seed,
    **{name: _metric(name) for name in METRICS},
    "age": age,
    "size": size,
}
FACTS = {**TEXTS, **NUMBERS}
