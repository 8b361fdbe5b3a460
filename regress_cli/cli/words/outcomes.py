"""How the points of a sweep, or the runs of several seeds, ended: lines for a person, rows for a program."""

from collections.abc import Callable
from typing import Any

from regress_cli.sweeps.outcome import Outcome
from regress_cli.sweeps.points import Point, settings_text
from regress_cli.sweeps.results import Results
from regress_cli.text import printable

_MOST_FAILURES = 20


def ended_line(point: Point, outcome: Outcome) -> str:
    """Return how a point ended, in one line."""
    # A reason begins with what it is the reason of.
    return f"{settings_text(point.settings)}: {printable(outcome.reason or outcome.status, 300)}"


def failure_lines(results: Results, is_told: Callable[[Outcome], bool]) -> list[str]:
    """Return a line for each point whose outcome is told of, with its reason; the first ones of many."""
    failed = [
        (point, outcome)
        for point in results.points
        if (outcome := results.outcomes.get(point.number)) is not None and is_told(outcome)
    ]
    lines = [ended_line(point, outcome) for point, outcome in failed[:_MOST_FAILURES]]
    if len(failed) > _MOST_FAILURES:
        lines.append(f"and {len(failed) - _MOST_FAILURES:,} more; the reasons of all are in results.csv")
    return lines


def rows(results: Results) -> list[dict[str, Any]]:
    """Return what results.csv says of each point as plain data, with all digits."""
    columns = results.columns()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
