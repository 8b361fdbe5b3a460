"""What a sweep is: a base config, its axes, how points are taken from them, and what makes one the best."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.config.load import ConfigSource
from regress_cli.errors import ConfigError
from regress_cli.sweeps.asking.axes import MOST_POINTS
from regress_cli.sweeps.asking.distributions import draw
from regress_cli.sweeps.asking.parameter import Parameter

# The values of a point, by dotted key.
Settings = dict[str, Any]


@dataclass(frozen=True)
class Sweep:
    """Many variations of one config.

    Attributes:
        name: Of its folder.
        base: The config that is varied.
        parameters: Each dotted key with its values, or how to draw them.
        method: ``grid`` or ``random``.
        count: How many points are drawn at random.
        seed: Of these.
        metric: By which the best run is chosen, such as ``validation.rmse``.
        goal: ``minimize`` or ``maximize``.
    """

    name: str
    base: ConfigSource
    parameters: dict[str, Parameter]
    method: str
    count: int | None
    seed: int
    metric: str
    goal: str

    def rank(self, metric: float) -> float:
        """Return a metric as a number that is smaller for a better run."""
        return metric if self.goal == "minimize" else -metric

    def settings(self) -> Iterator[Settings]:
        """Yield the values of every point, the last key changing fastest.

        Raises:
            ConfigError: there are more points than a sweep takes.
        """
        yield from self._grid() if self.method == "grid" else self._drawn()

    @property
    def size(self) -> int:
        """The number of points."""
        if self.method == "random":
            return self.count or 0
        return math.prod(len(one.values or ()) for one in self.parameters.values())

    def written_for(self, folder: Path) -> dict[str, Any]:
        """Return the sweep as plain data for a file in ``folder``, which is a sweep file of its own."""
        return {
            "name": self.name,
            "method": self.method,
            "metric": {"name": self.metric, "goal": self.goal},
            "parameters": {
                key: one.model_dump(mode="json", exclude_unset=True) for key, one in self.parameters.items()
            },
            **({"run_cap": self.count, "seed": self.seed} if self.method == "random" else {}),
            "base": self.base.written_for(folder),
        }

    def _grid(self) -> Iterator[Settings]:
        if self.size > MOST_POINTS:
            raise ConfigError(
                f"the grid has {self.size:,} points; give at most {MOST_POINTS:,}, or method random"
            )
        for values in itertools.product(*(one.values or () for one in self.parameters.values())):
            yield dict(zip(self.parameters, values, strict=True))

    def _drawn(self) -> Iterator[Settings]:
        for number in range(self.count or 0):
            # Each point has random numbers of its own: more points begin with the same ones.
            rng = np.random.default_rng([self.seed, number])
            yield {key: draw(rng, one) for key, one in self.parameters.items()}
