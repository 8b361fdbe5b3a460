"""The Taylor remainder: without its gradient's term, a function changes in second order.

``R(h) = f(x + h v) - f(x) - h <g, v>`` falls as h^2 if g is the gradient, and as h if it is not: halving h
quarters R, or halves it. No tolerance is needed to tell 2 from 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regress_cli.gradients.checking.oracles.differences import EPSILON

_STEPS = tuple(2.0**-k for k in range(3, 30))
# Fewer halvings than this show no order.
_FEWEST = 4
_LOWEST_RIGHT = 1.5
_HIGHEST_ORDER = 4
# A remainder that is a smaller part of the gradient's term may be rounding inside the function.
_LEAST_ERROR = 1e-9


@dataclass(frozen=True)
class Remainder:
    """How the remainder falls.

    Attributes:
        order: The median of the last orders that rounding leaves; None where too few are left.
        slope_error: The error of the claimed slope that the smallest remainder amounts to.
    """

    order: float | None
    slope_error: float = 0.0

    @property
    def is_wrong(self) -> bool:
        """Whether the remainder falls in first order."""
        return self.order is not None and self.order < _LOWEST_RIGHT


def remainder(along: Callable[[float], float], center: float, claimed: float) -> Remainder:
    """Return how the remainder of a function of one number falls, given its claimed slope at 0.

    >>> right = remainder(lambda t: float(np.exp(t)), 1.0, 1.0)
    >>> wrong = remainder(lambda t: float(np.exp(t)), 1.0, 1.001)
    >>> round(right.order, 1), round(wrong.order, 1)
    (2.0, 1.0)
    """
    usable: list[tuple[float, float]] = []
    for step in _STEPS:
        value = along(step)
        rest = abs((value - center) - step * claimed)
        rounding = 100 * EPSILON * max(abs(value), abs(center))
        least = max(rounding, _LEAST_ERROR * abs(step * claimed))
        if np.isfinite(rest) and rest > least:
            usable.append((step, rest))
        elif usable:
            # A remainder that is gone from one step to the next was that of a kink, or far from the point.
            if usable[-1][1] > 2**_HIGHEST_ORDER * least:
                return Remainder(None)
            break
    if len(usable) < _FEWEST:
        return Remainder(None)
    steps, rests = np.array(usable[-_FEWEST:]).T
    orders = np.diff(np.log(rests)) / np.diff(np.log(steps))
    return Remainder(float(np.median(orders)), float(rests[-1] / steps[-1]))
