"""An experiment with several seeds as words, cells and plain data; `view` draws them."""

import math
from typing import Any

from regress_cli.cli.words.outcomes import failure_lines, rows
from regress_cli.config.ranges import range_text
from regress_cli.inference.mean import LEVEL
from regress_cli.sweeps.outcome import MISSING
from regress_cli.sweeps.results import Results
from regress_cli.sweeps.seeds.run_seeds import SeedsPlan
from regress_cli.sweeps.seeds.summary import statistics, summary
from regress_cli.sweeps.sweep import Sweep
from regress_cli.text import four_digits, percent, printable

Rows = list[list[str]]

_MOST_PLANNED = 200
_LONGEST_SEEDS = 60
_NOTHING = "-"


def parts(results: Results) -> list[str | Rows]:
    """Return a table of all metrics over the seeds."""
    found = statistics(results)
    title = f"{printable(results.sweep.name)}: {_seeds(results)}"
    if not found:
        return [title]
    # Few readers know the interval's level by heart.
    level = percent(LEVEL)
    header = ["part", "metric", "runs", "mean", "std", f"{level} interval of the mean", "min", "max"]
    rows, before = [], None
    for one in found:
        mean = one.mean
        interval = _NOTHING
        if math.isfinite(mean.low) and math.isfinite(mean.high):
            interval = f"{four_digits(mean.low)} to {four_digits(mean.high)}"
        rows.append(
            [
                one.part if one.part != before else "",
                one.metric,
                f"{mean.n:,}",
                four_digits(mean.mean),
                four_digits(mean.standard_deviation) if mean.n > 1 else _NOTHING,
                interval,
                four_digits(one.smallest),
                four_digits(one.largest),
            ]
        )
        before = one.part
    return [title, [header, *rows]]


def _seeds(results: Results) -> str:
    seeds = [point.settings["seed"] for point in results.points]
    count = "1 seed" if len(seeds) == 1 else f"{len(seeds):,} seeds"
    results_of = sum(outcome.is_result for outcome in results.outcomes.values())
    others = len(seeds) - results_of
    ending = "" if not others else f", {others:,} of them without a result"
    return f"{count} ({printable(range_text(seeds), _LONGEST_SEEDS)}){ending}"


def failures(results: Results) -> list[str]:
    """Return a line for each run that is no result, or reached a limit, with its reason."""
    return failure_lines(results, lambda outcome: outcome.reason is not None)


def document(results: Results) -> dict[str, Any]:
    """Return the results as plain data, with all digits."""
    return {**summary(results), "runs": rows(results)}


def plan_parts(sweep: Sweep, plan: SeedsPlan, *, quiet: bool) -> list[str | Rows]:
    """Return every run with whether it is finished, and how the others are run."""
    title = f"{printable(sweep.name)}: {len(plan.points):,} seeds, {len(plan.finished):,} of them finished"
    if quiet:
        return [title]
    rows = [
        [
            str(point.settings["seed"]),
            "finished" if point.number in plan.finished else MISSING,
            printable(point.folder.name),
        ]
        for point in plan.points[:_MOST_PLANNED]
    ]
    cut = (
        [] if len(rows) == len(plan.points) else [f"the first {_MOST_PLANNED} of {len(plan.points):,} seeds"]
    )
    return [title, [["seed", "state", "run"], *rows], *cut, _how(plan)]


def plan_document(sweep: Sweep, plan: SeedsPlan) -> dict[str, Any]:
    """Return the plan as plain data."""
    is_missing = len(plan.finished) < len(plan.points)
    return {
        "name": sweep.name,
        "stacked": is_missing and plan.reason is None,
        "reason": plan.reason,
        "runs": [
            {
                "seed": point.settings["seed"],
                "finished": point.number in plan.finished,
                "run": str(point.folder),
            }
            for point in plan.points
        ],
    }


def _how(plan: SeedsPlan) -> str:
    left = len(plan.points) - len(plan.finished)
    if not left:
        return "nothing is left to run"
    if plan.reason is None:
        return f"the {left:,} missing ones are trained together, as one stack of arrays"
    return f"the missing ones are run one by one, not stacked: {plan.reason}"
