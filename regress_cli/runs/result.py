"""What a run is as a result: whether it is one, the numbers that say how good, what the shell is told."""

from collections.abc import Mapping
from typing import TypeVar

from regress_cli.errors import EXIT_DIVERGED, EXIT_DONE, EXIT_LIMIT

Metrics = TypeVar("Metrics")

FINISHED, TIME_LIMIT, NOT_CONVERGED, DIVERGED = "finished", "time_limit", "not_converged", "diverged"
# What the command line ends with for a run that ended so.
EXIT_CODES = {
    FINISHED: EXIT_DONE,
    TIME_LIMIT: EXIT_LIMIT,
    NOT_CONVERGED: EXIT_DIVERGED,
    DIVERGED: EXIT_DIVERGED,
}
METRICS = ("loss", "rmse", "mae", "r2")
# The part whose numbers say most, first.
TELLING_PARTS = ("test", "validation", "train")


def is_result(status: str) -> bool:
    """Return whether the numbers of a run that ended so are a result, which may be the best one."""
    return status in (FINISHED, TIME_LIMIT)


def telling_part(metrics: Mapping[str, Metrics]) -> tuple[str, Metrics]:
    """Return the part whose numbers say most, with them; one part is always there.

    >>> telling_part({"train": 1, "test": 2})
    ('test', 2)
    """
    part = next(part for part in TELLING_PARTS if part in metrics)
    return part, metrics[part]
