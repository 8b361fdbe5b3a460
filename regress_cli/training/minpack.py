"""MINPACK's method of Levenberg and Marquardt, as `scipy.optimize.leastsq` calls it."""

from collections.abc import Callable

import numpy as np

from regress_cli.scipy_parts import compiled_function

# What SciPy's compiled function says of itself, which is how it is called here.
_CALLED = (
    "[x,infodict,info] = _lmder("
    "fun, Dfun, x0, args, full_output, col_deriv, ftol, xtol, gtol, maxfev, factor, diag)"
)
# How far the first step may go, in units of the scaled start: leastsq's own default.
_FACTOR = 100

Vectors = Callable[[np.ndarray], np.ndarray]


def minpack(
    residuals: Vectors, jacobian: Vectors, start: np.ndarray, tolerance: float, max_evaluations: int
) -> tuple[np.ndarray, int]:
    """Return where the method ends, and MINPACK's number for the reason.

    Args:
        residuals: From parameters of shape (p,) to residuals of shape (n,).
        jacobian: From the same to their derivatives, shape (n, p).
        start: Where it begins, shape (p,).
        tolerance: Relative, of the sum of squares, of the parameters and of the gradient.
        max_evaluations: Of the residuals.
    """
    lmder = compiled_function("scipy.optimize", "_minpack", "_lmder")
    if lmder is None or not (lmder.__doc__ or "").startswith(_CALLED):
        return _by_leastsq(residuals, jacobian, start, tolerance, max_evaluations)
    # leastsq looks at the shapes first; what a caller counts and records is the same in both ways.
    residuals(start)
    jacobian(start)
    tolerances = (tolerance, tolerance, tolerance)
    # It walks with the array that it is given.
    end = start.copy()
    return lmder(residuals, jacobian, end, (), False, False, *tolerances, max_evaluations, _FACTOR, None)


def _by_leastsq(
    residuals: Vectors, jacobian: Vectors, start: np.ndarray, tolerance: float, max_evaluations: int
) -> tuple[np.ndarray, int]:
    from scipy.optimize import leastsq

    found = leastsq(
        residuals,
        start,
        Dfun=jacobian,
        full_output=True,
        ftol=tolerance,
        xtol=tolerance,
        gtol=tolerance,
        maxfev=max_evaluations,
    )
    return found[0], found[-1]
