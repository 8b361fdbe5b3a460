"""A sweep as words, cells and plain data; `view` draws them."""

from typing import Any, NamedTuple

from regress_cli.cli.words.amounts import duration
from regress_cli.cli.words.outcomes import failure_lines, rows
from regress_cli.config.value_text import value_text
from regress_cli.errors import ConfigError
from regress_cli.sweeps.forecast import Forecast
from regress_cli.sweeps.outcome import MISSING
from regress_cli.sweeps.points import Point, settings_text
from regress_cli.sweeps.results import Results, value_of
from regress_cli.sweeps.sweep import Sweep
from regress_cli.text import four_digits, printable

Rows = list[list[str]]


class Counts(NamedTuple):
    """How many points of a sweep are at which state; those that failed are done, too.

    How many are running may not be known; they are among those that wait then.
    """

    done: int
    running: int | None
    waiting: int
    failed: int


# Longer tables are cut: all rows stand in results.csv.
_MOST_ROWS = 12
_MOST_PLANNED = 200
_LONGEST_VALUE = 24
_NOTHING = "-"


def parts(results: Results) -> list[str | Rows]:
    """Return the best runs in a table, and what came of the others."""
    sweep, ranked = results.sweep, results.ranked()
    shown: list[str | Rows] = [f"{printable(sweep.name)}: {_counts(results)}"]
    if ranked:
        header = [*map(printable, sweep.parameters), printable(sweep.metric), "run"]
        shown.append([header, *[_row(sweep, *one) for one in ranked[:_MOST_ROWS]]])
    if len(ranked) > _MOST_ROWS:
        shown.append(f"the best {_MOST_ROWS} of {len(ranked):,}; all are in results.csv")
    if ranked:
        best = settings_text(ranked[0][0].settings)
        shown.append(f"best: {best} ({sweep.goal} {printable(sweep.metric)})")
    return shown


def failures(results: Results) -> list[str]:
    """Return a line for each point that is no result, with its reason."""
    return failure_lines(results, lambda outcome: not outcome.is_result)


def refuse_missing_metric(results: Results) -> None:
    """Refuse a metric that no run has, though there are runs.

    Raises:
        ConfigError: there is no best run, and which metrics there are.
    """
    outcomes = [outcome for outcome in results.outcomes.values() if outcome.is_result]
    metric = results.sweep.metric
    if not outcomes or any(value_of(outcome, metric) is not None for outcome in outcomes):
        return
    parts = ", ".join(dict.fromkeys(part for outcome in outcomes for part in outcome.metrics))
    raise ConfigError(
        f"no run has {printable(metric)}, so that none is the best: they have the parts {parts}; give "
        "another --metric, which repeats none of them"
    )


def document(results: Results) -> dict[str, Any]:
    """Return the results as plain data, with all digits."""
    best = results.best
    return {
        "name": results.sweep.name,
        "metric": results.sweep.metric,
        "goal": results.sweep.goal,
        "best": None
        if best is None
        else {"point": best.number, "run": str(best.folder), "settings": best.settings},
        "points": rows(results),
    }


def plan_parts(sweep: Sweep, plan: Forecast, *, quiet: bool) -> list[str | Rows]:
    """Return every point with whether it is finished, and how long the others take."""
    counts = f"{_points(len(plan.points))}, {len(plan.finished):,} finished"
    if quiet:
        return [counts]
    rows = [
        [str(point.number), "finished" if point.number in plan.finished else MISSING]
        + [_value(point.settings[key]) for key in sweep.parameters]
        + [printable(point.folder.name)]
        for point in plan.points[:_MOST_PLANNED]
    ]
    header = ["point", "state", *map(printable, sweep.parameters), "run"]
    cut = (
        [] if len(rows) == len(plan.points) else [f"the first {_MOST_PLANNED} of {len(plan.points):,} points"]
    )
    return [f"{printable(sweep.name)}: {counts}", [header, *rows], *cut, _time_text(plan)]


def plan_document(sweep: Sweep, plan: Forecast) -> dict[str, Any]:
    """Return the plan as plain data."""
    return {
        "name": sweep.name,
        "jobs": plan.jobs,
        "predicted_seconds": plan.seconds,
        "points": [
            {
                "point": point.number,
                "finished": point.number in plan.finished,
                "settings": point.settings,
                "run": str(point.folder),
            }
            for point in plan.points
        ],
    }


def _time_text(plan: Forecast) -> str:
    if len(plan.finished) == len(plan.points):
        return "nothing is left to run"
    if plan.seconds is None:
        return "how long it takes can't be told: the first missing point can't be run"
    left = len(plan.points) - len(plan.finished)
    jobs = "one at a time" if plan.jobs == 1 else f"{plan.jobs} at a time"
    which = "missing one takes" if left == 1 else f"{left:,} missing ones take"
    return f"the {which} about {duration(plan.seconds)}, {jobs}"


def _counts(results: Results) -> str:
    statuses = [
        outcome.status if (outcome := results.outcomes.get(point.number)) else MISSING
        for point in results.points
    ]
    counted = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    words = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in counted.items())
    return f"{_points(len(statuses))}: {words}"


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count:,} points"


def _row(sweep: Sweep, point: Point, metric: float) -> list[str]:
    values = (_value(point.settings[key]) for key in sweep.parameters)
    return [*values, four_digits(metric), printable(point.folder.name)]


def _value(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else printable(value_text(value), _LONGEST_VALUE)


def board(
    sweep: Sweep, counts: Counts, best: tuple[Point, float] | None, seconds: float | None
) -> tuple[list[str], list[str], str]:
    """Return what a sweep is at: the header of a table, its row, and a line about the best run so far.

    Args:
        sweep: The sweep.
        counts: How many points are at which state.
        best: The best point so far, with its metric; None as long as none has one.
        seconds: How long the others will take; None where it is not known yet.
    """
    states = {
        "done": counts.done,
        "running": counts.running,
        "waiting": counts.waiting,
        "failed": counts.failed,
    }
    known_states = {name: f"{count:,}" for name, count in states.items() if count is not None}
    header = [*known_states, f"best {printable(sweep.metric)}", "time left"]
    left = _NOTHING if seconds is None else duration(seconds)
    row = [*known_states.values(), _NOTHING if best is None else four_digits(best[1]), left]
    return header, row, "" if best is None else f"best so far: {settings_text(best[0].settings)}"
