"""What came out of a sweep: one row for each point, and the best of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.config.value_text import cells
from regress_cli.runs.result import METRICS
from regress_cli.sweeps.outcome import MISSING, Outcome, outcome_of
from regress_cli.sweeps.points import Point
from regress_cli.sweeps.sweep import Sweep

# The part whose numbers say most of a model that was chosen by them: never the test part.
_PARTS = ("validation", "train")


@dataclass(frozen=True)
class Results:
    """The points of a sweep with how each ended.

    Attributes:
        sweep: What was asked for.
        points: In their order.
        outcomes: By the point's number; a point without one is still to be run.
    """

    sweep: Sweep
    points: Sequence[Point]
    outcomes: dict[int, Outcome]

    @classmethod
    def found(cls, sweep: Sweep, points: Sequence[Point]) -> "Results":
        """Return what is finished already, of a sweep that begins or goes on."""
        runs = ((point.number, point.finished()) for point in points)
        return cls(
            sweep, points, {number: outcome_of(number, run) for number, run in runs if run is not None}
        )

    @property
    def missing(self) -> list[Point]:
        """The points that have not ended in any way."""
        return [point for point in self.points if point.number not in self.outcomes]

    @property
    def to_go(self) -> int:
        """How many points have no run."""
        ended = [self.outcomes.get(point.number) for point in self.points]
        return sum(outcome is None or not outcome.metrics for outcome in ended)

    @property
    def best(self) -> Point | None:
        """The point with the best metric; the first of those that are alike; None where there is none."""
        return next((point for point, _ in self.ranked()), None)

    def ranked(self) -> list[tuple[Point, float]]:
        """Return the points that have the metric, with it, the best first."""
        known = [(point, self.metric_of(point)) for point in self.points]
        usable = [(point, metric) for point, metric in known if metric is not None]
        return sorted(usable, key=lambda one: self.sweep.rank(one[1]))

    def metric_of(self, point: Point) -> float | None:
        """Return a point's value of the metric by which runs are compared; None where it is no result."""
        outcome = self.outcomes.get(point.number)
        if outcome is None or not outcome.is_result:
            return None
        value = value_of(outcome, self.sweep.metric)
        return value if value is not None and math.isfinite(value) else None

    def columns(self) -> dict[str, list[Any]]:
        """Return the columns of results.csv: number, run, status, what was set, metrics of each part."""
        outcomes = [self.outcomes.get(point.number) for point in self.points]
        parts = list(dict.fromkeys(part for outcome in outcomes if outcome for part in outcome.metrics))
        columns: dict[str, list[Any]] = {
            "point": [point.number for point in self.points],
            "run": [point.folder.name for point in self.points],
            "status": [outcome.status if outcome else MISSING for outcome in outcomes],
        }
        for key in self.sweep.parameters:
            columns[key] = cells([point.settings[key] for point in self.points])
        for part in parts:
            for metric in METRICS:
                columns[f"{part}.{metric}"] = [
                    value_of(outcome, f"{part}.{metric}") if outcome else None for outcome in outcomes
                ]
        columns["reason"] = [(outcome.reason or "") if outcome else "" for outcome in outcomes]
        return columns

    def metrics(self) -> np.ndarray:
        """Return the metric of each point, shape (n,); NaN where there is none."""
        return np.array(
            [np.nan if (value := self.metric_of(point)) is None else value for point in self.points]
        )


def value_of(outcome: Outcome, metric: str) -> float | None:
    """Return a metric such as ``validation.rmse``, or ``rmse`` of the part that chooses a model."""
    part, dot, name = metric.rpartition(".")
    if not dot:
        part = next((part for part in _PARTS if part in outcome.metrics), "")
    return outcome.metrics.get(part, {}).get(name)
