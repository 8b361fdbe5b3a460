"""Whether a point that no step seems to improve is a minimum, and not a maximum or a saddle.

The Jacobian does not tell: what it says of the curvature is never negative. So the sum of squares is asked
a standard error away, to both sides along each independent direction.
"""

import numpy as np

from regress_cli.training.geometry import View
from regress_cli.training.residuals import Residuals

# A curvature below zero by this share of what the Jacobian says of it is none of rounding.
_CLEARLY = 1e-3
# After so many maxima and saddles a solver gives a way up.
MOST_DESCENTS = 4


def lower_nearby(residuals: Residuals, view: View, low: np.ndarray, high: np.ndarray) -> np.ndarray | None:
    """Return a point to go down from; None where the sum of squares bends upwards along every direction.

    Args:
        residuals: What is asked; a sample of the rows will do.
        view: Of the point.
        low: The lowest value of each parameter, shape (p,).
        high: The highest.
    """
    r, J = residuals.at(view.x)
    here = float(r @ r)
    for direction in view.directions:
        rise = float(np.sum((J @ direction) ** 2))
        # The mean of both sides is free of the slope that a sample has where all rows have none.
        sides = [np.clip(view.x + step, low, high) for step in (direction, -direction)]
        there = [float(np.sum(residuals.at(x)[0] ** 2)) for x in sides]
        if sum(there) / 2 < here - _CLEARLY * rise - 1e-13 * here:
            return sides[int(np.argmin(there))]
    return None
