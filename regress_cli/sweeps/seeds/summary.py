"""What runs that differ in their seed say together: the mean of each metric, and how sure it is."""

import math
from dataclasses import dataclass
from typing import Any

from regress_cli.inference.mean import LEVEL, Mean, mean_of
from regress_cli.runs.result import METRICS
from regress_cli.runs.strict_json import finite
from regress_cli.sweeps.outcome import MISSING
from regress_cli.sweeps.results import Results, value_of


@dataclass(frozen=True)
class Statistic:
    """One metric over the seeds.

    Attributes:
        part: Of the data.
        metric: Its name.
        mean: With the standard deviation, and the interval of the mean.
        smallest: Of the values.
        largest: Of the values.
    """

    part: str
    metric: str
    mean: Mean
    smallest: float
    largest: float

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data; what is not defined for a single run is null."""
        mean = self.mean
        data = {
            "n": mean.n,
            "mean": mean.mean,
            "standard_deviation": mean.standard_deviation,
            "interval": [mean.low, mean.high],
            "degrees_of_freedom": mean.n - 1,
            "min": self.smallest,
            "max": self.largest,
        }
        return finite(data)[0]


def statistics(results: Results) -> list[Statistic]:
    """Return each metric of each part over the runs that are results and have it."""
    outcomes = [
        outcome
        for point in results.points
        if (outcome := results.outcomes.get(point.number)) is not None and outcome.is_result
    ]
    found = []
    for part in dict.fromkeys(part for outcome in outcomes for part in outcome.metrics):
        for metric in METRICS:
            known = [value_of(outcome, f"{part}.{metric}") for outcome in outcomes]
            values = [value for value in known if value is not None and math.isfinite(value)]
            if values:
                found.append(Statistic(part, metric, mean_of(values), min(values), max(values)))
    return found


def summary(results: Results) -> dict[str, Any]:
    """Return what stands in summary.json."""
    parts: dict[str, dict[str, Any]] = {}
    for one in statistics(results):
        parts.setdefault(one.part, {})[one.metric] = one.to_data()
    return {
        "name": results.sweep.name,
        "seeds": [point.settings["seed"] for point in results.points],
        "level": LEVEL,
        "metrics": parts,
        "not_counted": [
            {
                "seed": point.settings["seed"],
                "status": outcome.status if outcome else MISSING,
                "reason": outcome.reason if outcome else None,
            }
            for point in results.points
            if (outcome := results.outcomes.get(point.number)) is None or not outcome.is_result
        ],
    }
