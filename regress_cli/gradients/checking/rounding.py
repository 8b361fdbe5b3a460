"""How far rounding alone takes a gradient off: as the complex step shows it, and the gradient itself."""

from collections.abc import Sequence

import numpy as np

from regress_cli.flat import Layout, Params
from regress_cli.gradients.checking.oracles.complex_step import complex_slopes
from regress_cli.gradients.checking.oracles.differences import EPSILON, SAFETY
from regress_cli.gradients.checking.sample import Probe, typical_sizes
from regress_cli.gradients.checking.subject import Line, Subject

# How many points, and how many roundings away.
_SHAKES = 4
_NEAR, _FAR = 4.0, 256.0


class Shaken:
    """The lines from two points that rounding can't tell from the point: how far do the slopes change?

    They are made when they are first asked for.
    """

    def __init__(self, line: Line, probes: Sequence[Probe], exact: np.ndarray) -> None:
        self._line = line
        self._lines: list[Line] = []
        slopes = [abs(e / p.direction[0]) for e, p in zip(exact, probes, strict=True) if not p.is_projection]
        # What is one minus nearly one, in a saturated layer say, has lost what is this small beside others.
        self._least = 2 * EPSILON * max(slopes, default=0.0)

    def rounding(self, probe: Probe, exact: float) -> float:
        """Return how far rounding may take a slope: as the complex step's changes, along the probe."""
        own = self._least * (1.0 if probe.is_projection else abs(probe.direction[0]))
        return SAFETY * max(own, self._spread(probe, exact))

    def _spread(self, probe: Probe, exact: float) -> float:
        """Return the largest change of the complex step's slope, 0 where that is no rounding."""
        if not self._lines:
            # Zeros move as the others do.
            point = self._line.point
            sizes = np.where(point == 0, float(np.sqrt(np.mean(point**2))), np.abs(point))
            positions = np.arange(len(point))
            self._lines = [self._line.moved_to(1.0, positions, _few_roundings(sizes, k)) for k in (0, 1)]
        found, _ = complex_slopes([line.complex_along(probe) for line in self._lines])
        change = 0.0 if found is None else float(np.abs(found - exact).max())
        # A larger change is that of a kink in between.
        return change if change < 1e-3 * max(abs(exact), self._line.largest) else 0.0


def wobble(subject: Subject, layout: Layout, point: np.ndarray, claimed: np.ndarray) -> np.ndarray:
    """Return how far rounding moves each entry of the claimed gradient, shape (p,).

    What cancels inside the gradient, and leaves nothing but rounding, is seen here and nowhere else. At
    points that are farther away it moves no more; a gradient that is only steep moves as the point does.
    """
    sizes = typical_sizes(layout, point)

    def moved(roundings: float) -> np.ndarray:
        largest = np.zeros(len(point))
        for seed in range(_SHAKES):
            there = layout.unflatten(point + _few_roundings(sizes, seed, roundings))
            change = np.abs(_gradient_beside(subject, layout, there) - claimed)
            largest = np.maximum(largest, np.where(np.isfinite(change), change, 0.0))
        return largest

    near, far = moved(_NEAR), moved(_FAR)
    return np.where(far < np.sqrt(_FAR / _NEAR) * near, near, 0.0)


def _gradient_beside(subject: Subject, layout: Layout, there: Params) -> np.ndarray:
    """Return the claimed gradient beside the point, shape (p,); not numbers where there is none."""
    try:
        return layout.flatten(dict(subject.gradient(there)))
    except Exception:  # noqa: BLE001 - beside the point a gradient may raise anything, and then tells nothing.
        return np.full(sum(map(np.size, there.values())), np.nan)


def _few_roundings(sizes: np.ndarray, seed: int, roundings: float = _NEAR) -> np.ndarray:
    """Return a step of so many roundings of either sign for each number of these sizes."""
    return roundings * EPSILON * np.random.default_rng(seed).choice([-1.0, 1.0], len(sizes)) * sizes
