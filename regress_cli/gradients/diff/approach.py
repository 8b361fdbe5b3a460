"""The one-sided derivative of a formula that has none at the point itself, such as ``sqrt(x**2)`` at 0."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from regress_cli.expression import Expression
from regress_cli.gradients.diff.automatic import forward
from regress_cli.gradients.point import Point

# From far to near, relative to the variable; about each distance several points within a factor of ten, so
# that no wave is met at the same phase every time.
_DISTANCES = np.array([1e-3, 1e-5, 1e-7])[:, None] * np.geomspace(1.0, 0.1, 8)
# Relative to how far apart they are at the farthest distance, and to their size.
_SETTLED, _STEADY = 0.02, 1e-6
_DIGITS = 6


def approached(formula: Expression, by: Sequence[str], point: Point, side: Mapping[str, int]) -> float:
    """Return a derivative from one side; nan if it settles at no number.

    Args:
        formula: A formula without branches.
        by: The variables of the derivative.
        point: What is approached.
        side: From where: -1 or 1 for each variable that moves.
    """
    nearby = _nearby(point, side)
    limit = _limit(forward(formula, by, nearby))
    if math.isnan(limit) and len(by) == len(side) == 1:
        # As x**2*sin(1/x) at 0: the slopes around a point may settle nowhere though it has one itself.
        values = forward(formula, (), nearby)
        here = float(forward(formula, (), point))
        start = here if math.isfinite(here) else _limit(values)
        limit = _limit((values - start) / (nearby[by[0]] - point[by[0]]))
    return limit


def is_defined(formula: Expression, point: Point, side: Mapping[str, int]) -> bool:
    """Return whether a formula has values on a side of a point."""
    return bool(np.isfinite(forward(formula, (), _nearby(point, side))).all())


def _nearby(point: Point, side: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return points on a side, a row for each distance."""
    return {name: at + side.get(name, 0) * _DISTANCES * (abs(at) or 1.0) for name, at in point.items()}


def _limit(values: np.ndarray) -> float:
    """Return what values tend to from row to row, in a few digits; nan if they do not.

    >>> near = _DISTANCES
    >>> _limit(3 + near), _limit(near * np.sin(1 / near)), _limit(np.sin(1 / near)), _limit(np.log(near))
    (3.0, 0.0, nan, nan)
    """
    if not np.isfinite(values).all():
        return math.nan
    first, *_, last = np.ptp(values, axis=1)
    end = float(values[-1, -1])
    if last > max(_SETTLED * first, _STEADY * abs(end)):
        return math.nan
    # What is no larger than its own changes is on its way to zero.
    return 0.0 if abs(end) <= 2 * last else float(f"{end:.{_DIGITS}g}")
