"""How good a fit is as a whole: R squared, F, likelihood, and the information criteria."""

import math
from typing import Any

import numpy as np

from regress_cli.inference.distributions import f_p
from regress_cli.inference.fitted import Fitted, Options, row_lengths, weighted_length
from regress_cli.text import without_rounding


def goodness(fitted: Fitted, options: Options, root: np.ndarray) -> dict[str, Any]:
    """Return the fields of `Inference` that speak of the fit as a whole."""
    likelihood = _log_likelihood(fitted, options)
    return (
        _explained(fitted)
        | _f_test(fitted, options, root)
        | {
            "log_likelihood": likelihood,
            # As statsmodels counts: the coefficients, without the variance.
            "aic": None if likelihood is None else 2 * fitted.rank - 2 * likelihood,
            "bic": None if likelihood is None else fitted.rank * math.log(fitted.n) - 2 * likelihood,
        }
    )


def _square(value: float) -> float:
    """Return the square; infinite where it is beyond the range of floats, for which ``**`` raises."""
    return value * value


def _total_length(fitted: Fitted) -> float:
    """Return the root of the target's sum of squares, about its weighted mean if the model has a constant."""
    target = fitted.target
    if fitted.is_centred:
        target = target - np.average(target, weights=fitted.weights)
        # A computed mean is off by rounding; what is left of it is taken off too.
        target = target - np.average(target, weights=fitted.weights)
    return weighted_length(target, fitted.root_weights)


def _unexplained(fitted: Fitted) -> float | None:
    """Return the residuals' share of the target's sum of squares; None for a target that does not vary."""
    total = _total_length(fitted)
    if total <= 1e-15 * weighted_length(fitted.target, fitted.root_weights):
        return None
    if fitted.is_perfect:
        return 0.0
    return _square(fitted.residual_length / total)


def _explained(fitted: Fitted) -> dict[str, float | None]:
    share, freedom = _unexplained(fitted), fitted.degrees_of_freedom
    if share is None:
        return {"r2": None, "adjusted_r2": None}
    adjusted = None if freedom < 1 else 1 - share * (fitted.n - fitted.is_centred) / freedom
    return {"r2": without_rounding(1 - share), "adjusted_r2": adjusted}


def _f_test(fitted: Fitted, options: Options, root: np.ndarray) -> dict[str, Any]:
    """Return the F test of all parameters but the constant."""
    k = fitted.rank - fitted.is_centred
    # A known variance is as one that was estimated with infinite degrees of freedom.
    freedom = None if options.has_known_variance else fitted.degrees_of_freedom
    none = {"f": None, "f_p": None, "f_degrees": None}
    if not fitted.is_linear or k < 1 or (freedom is not None and freedom < 1):
        return none
    if options.errors == "hc3":
        f = _wald_f(fitted, k, root)
    else:
        f = _known_f(fitted, k) if freedom is None else _classical_f(fitted, k)
    if f is None or not math.isfinite(f):
        return none
    return {"f": f, "f_p": f_p(f, k, freedom), "f_degrees": (k, freedom)}


def _classical_f(fitted: Fitted, k: int) -> float | None:
    share = _unexplained(fitted)
    if not share:
        return None
    return max(1 - share, 0.0) / share * fitted.degrees_of_freedom / k


def _known_f(fitted: Fitted, k: int) -> float | None:
    """Return what the fit explains of the sum of squares in units of the known variance, over k.

    It is the Wald statistic ``b V^-1 b / k`` too, and one parameter's is the square of its z.
    """
    share = _unexplained(fitted)
    return None if share is None else max(1 - share, 0.0) * _square(_total_length(fitted)) / k


def _wald_f(fitted: Fitted, k: int, root: np.ndarray) -> float | None:
    """Return ``b V^-1 b / k`` for the parameters b but the constant, and their robust covariance V."""
    if fitted.is_perfect or not fitted.determined.all() or not np.isfinite(root).all():
        return None
    slopes, rows = fitted.estimates[fitted.is_centred :], root[fitted.is_centred :]
    sizes = row_lengths(rows)
    if not sizes.all():
        return None
    # V = root root', so that b V^-1 b is the square of the shortest z with root z = b.
    z = np.linalg.lstsq(rows / sizes[:, None], slopes / sizes, rcond=None)[0]
    return float(z @ z) / k


def _log_likelihood(fitted: Fitted, options: Options) -> float | None:
    """Return the log likelihood of normal errors; None where it has no bound."""
    n, logs = fitted.n, 0.0
    if fitted.weights is not None:
        logs = float(np.log(fitted.weights[fitted.weights > 0]).sum())
    if options.is_sigma_known:
        return -0.5 * (_square(fitted.residual_length) + n * math.log(2 * math.pi) - logs)
    if fitted.is_perfect or n == 0:
        return None
    return -n / 2 * (math.log(2 * math.pi / n) + 2 * math.log(fitted.residual_length) + 1) + logs / 2
