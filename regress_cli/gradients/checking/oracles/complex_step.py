"""The complex step: the slope is the imaginary part of f(x + ih) over h, with no difference to round.

Source: Squire and Trapp (1998), https://doi.org/10.1137/S003614459631241X. It is exact to the last digits
where a program is analytic in its arguments, and silently wrong where it is not: ``abs``, ``norm`` and
comparisons on the value drop the imaginary part. So it is held against differences before it is trusted.
"""

import warnings
from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np

from regress_cli.gradients.checking.oracles.differences import SAFETY, Slope

# So small that its square vanishes beside parameters far below their block's size, and so large that losses
# of any unit leave room below it.
STEP = 1e-40

USED = "used"


def complex_slopes(along: Sequence[Callable[[float], complex]]) -> tuple[np.ndarray | None, str]:
    """Return the slope of each function of one number at 0, and ``used``; or None, and why there are none."""
    slopes = np.empty(len(along))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            for position, function in enumerate(along):
                slopes[position] = function(STEP).imag / STEP
    except Exception as error:  # noqa: BLE001 - a function that takes no complex numbers may raise anything.
        return None, f"left out: at complex arguments the function raises {type(error).__name__}"
    if not np.isfinite(slopes).all():
        return None, "left out: at complex arguments the function is not finite"
    return slopes, USED


# What a slope of which all digits are known may differ from a difference, beside that one's own error.
_AGREES = 1e-8


class Doubt(StrEnum):
    """Why the complex step is not trusted."""

    DISAGREES = "not trusted: it disagrees with differences, as with abs, norm or comparisons on the value"
    UNPROVEN = "not trusted: differences are too noisy to bear it out"


def doubt_about(exact: np.ndarray, slopes: Sequence[Slope]) -> Doubt | None:
    """Return why complex slopes are not to be trusted, None if differences bear them out.

    Args:
        exact: The complex step's slopes, shape (k,).
        slopes: The differences' slopes of the same.
    """
    values = np.array([slope.value for slope in slopes])
    errors = SAFETY * np.array([slope.error for slope in slopes])
    jumps = np.array([abs(slope.jump) for slope in slopes])
    sizes = np.maximum(np.abs(values), np.abs(exact))
    is_borne_out = np.abs(exact - values) <= errors + _AGREES * sizes + 0.51 * jumps
    if not (is_borne_out | ~np.isfinite(values)).all():
        return Doubt.DISAGREES
    # One slope that is seen sharply bears witness; one in noise, or on a kink, agrees with too much.
    is_resolved = (errors < 1e-2 * np.abs(values)) & (jumps == 0)
    return None if is_resolved.any() else Doubt.UNPROVEN
