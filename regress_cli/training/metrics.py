"""How good predictions are, in the target's own unit."""

import math
from dataclasses import dataclass

import numpy as np

from regress_cli.float_errors import quiet
from regress_cli.training.losses import LossConfig, build_loss

# Squares whose sum is below this have lost digits to underflow, or may have.
_SMALLEST = 2.0**-900
# Losses that differ by no more, relatively, differ by rounding.
_SAME = 2e-9


@dataclass(frozen=True)
class Metrics:
    """Of one part: rows, loss, root mean square error, mean absolute error, R squared.

    R squared is 1 - sum(residual**2) / sum((y - mean(y))**2); None where y is constant.
    """

    n: int
    loss: float
    rmse: float
    mae: float
    r2: float | None


def compute_metrics(
    prediction: np.ndarray, y: np.ndarray, loss: LossConfig, roots: np.ndarray | None = None
) -> Metrics:
    """Return the metrics of predictions against targets, both of shape (n,).

    Each is right wherever a float can hold it, for it is computed in units in which the largest residual
    is about 1. These are powers of two, so that no digit of an ordinary result changes.

    Args:
        prediction: The predictions.
        y: The targets.
        loss: The loss's config.
        roots: The roots of the rows' weights, shape (n,), which count in the loss and nowhere else.

    >>> from regress_cli.config.schema import HalfMSE
    >>> compute_metrics(np.array([1.0, 3.0]), np.array([1.0, 2.0]), HalfMSE()).rmse
    0.7071067811865476
    """
    with quiet():
        residual, power = _scaled(prediction - y)
        squares = float(residual @ residual)
        return Metrics(
            n=len(y),
            loss=_loss(prediction, y, loss, roots),
            rmse=_ldexp(math.sqrt(squares / len(y)), power),
            mae=_ldexp(float(np.abs(residual).mean()), power),
            r2=_r2(squares, power, y),
        )


def is_no_better(
    prediction: np.ndarray,
    other: np.ndarray,
    y: np.ndarray,
    loss: LossConfig,
    roots: np.ndarray | None = None,
) -> bool:
    """Return whether predictions have no smaller loss than others, by more than rounding.

    It is decided in units in which the others' largest error is about 1, so that losses which no float
    can hold are compared too. Of predictions that are not finite nothing is said.

    Args:
        prediction: The predictions, shape (n,).
        other: The others, shape (n,).
        y: The targets, shape (n,).
        loss: The loss's config.
        roots: The roots of the rows' weights, shape (n,).
    """
    weights = 1.0 if roots is None else roots
    with quiet():
        others, power = _scaled(weights * (other - y))
        its = _loss_in_units(others, loss, power)
        mine = _loss_in_units(np.ldexp(weights * (prediction - y), -power), loss, power)
    return bool(np.isfinite(prediction).all()) and 0 < its < math.inf and mine >= its * (1 - _SAME)


def mean_of(values: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the weighted mean of numbers, shape (n,), whose sum may be beyond the range of floats."""
    scaled, power = _scaled(values)
    return _ldexp(float(np.average(scaled, weights=weights)), power)


def _scaled(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Return ``values * 2**-power`` with numbers of 1 at most, and the power.

    A power of 0 stands for values that are all zero, or not all finite.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0 or not math.isfinite(largest):
        return values, 0
    power = math.frexp(largest)[1]
    return np.ldexp(values, -power), power


def _ldexp(value: float, power: int) -> float:
    """Return ``value * 2**power``; infinite or 0 where no float can hold it."""
    return float(np.ldexp(value, power))


def _loss(prediction: np.ndarray, y: np.ndarray, config: LossConfig, roots: np.ndarray | None) -> float:
    """Return the loss; computed in other units where the plain sum leaves the range of floats."""
    weights = 1.0 if roots is None else roots
    loss = build_loss(config)
    plain = float(loss(weights * prediction, weights * y))
    if _SMALLEST < plain < math.inf:
        return plain
    residual, power = _scaled(weights * (prediction - y))
    return _ldexp(_loss_in_units(residual, config, power), loss.unit_power * power)


def _loss_in_units(residual: np.ndarray, config: LossConfig, power: int) -> float:
    """Return the loss of residuals in units of ``2**power``, in these units too."""
    return float(build_loss(config, _ldexp(1.0, power))(residual, np.zeros_like(residual)))


def _r2(squares: float, power: int, y: np.ndarray) -> float | None:
    """Return R squared, where ``squares`` is the sum of squared residuals in units of ``2**power``."""
    # The computed mean of equal numbers may differ from them by rounding.
    if not y.min() < y.max():
        return None
    target, target_power = _scaled(y)
    deviation, deviation_power = _scaled(target - target.mean())
    spread = float(deviation @ deviation)
    if not spread > 0:
        return None
    return 1 - _ldexp(squares / spread, 2 * (power - target_power - deviation_power))
