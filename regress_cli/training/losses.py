"""Losses: what training makes small, and what each knows about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from regress_cli import primitives
from regress_cli.config.schema import MAE, MSE, HalfMSE, Huber

LossConfig = HalfMSE | MSE | MAE | Huber


@dataclass(frozen=True)
class Loss:
    """A loss of predictions and targets, both of shape (n,); a mean over the rows.

    Attributes:
        value: The loss, in functions that autograd can differentiate.
        unit_power: The power of the target's unit that the loss is in.
        curvature: n times its second derivative by a prediction; None where that is not constant.
    """

    value: Callable[[Any, Any], Any]
    unit_power: int
    curvature: float | None = None

    def __call__(self, prediction: Any, target: Any) -> Any:
        """Return the loss.

        Raises:
            ValueError: the shapes differ; a loss never broadcasts.
        """
        if prediction.shape != target.shape:
            raise ValueError(f"predictions {prediction.shape} and targets {target.shape} differ in shape")
        return self.value(prediction, target)

    def in_data_units(self, value: float, target_scale: float) -> float:
        """Return a loss of standardised targets as it is in the target's own unit."""
        return float(value) * _unit_of(target_scale, self.unit_power)


@lru_cache(maxsize=16)
def _unit_of(target_scale: float, power: int) -> float:
    """Return the unit of a loss of standardised targets; each row of metrics asks for it."""
    with np.errstate(all="ignore"):
        return float(np.float64(target_scale) ** power)


def build_loss(config: LossConfig, target_scale: float = 1.0) -> Loss:
    """Return the loss that ``config`` describes, for targets that were divided by ``target_scale``."""
    return LOSSES[config.kind](config, target_scale)


def _mse(prediction: Any, target: Any) -> Any:
    """Return ``1/n * sum((prediction - target)**2)``."""
    return 2.0 * primitives.half_mse(prediction, target)


def _huber(config: Huber, target_scale: float) -> Loss:
    # delta is in the target's own unit, so it shrinks with the targets.
    delta = float(config.delta / target_scale)
    return Loss(lambda prediction, target: primitives.huber(prediction, target, delta), unit_power=2)


LOSSES: dict[str, Callable[[Any, float], Loss]] = {
    "half_mse": lambda config, scale: Loss(primitives.half_mse, unit_power=2, curvature=1.0),
    "mse": lambda config, scale: Loss(_mse, unit_power=2, curvature=2.0),
    "mae": lambda config, scale: Loss(primitives.absolute_error, unit_power=1),
    "huber": _huber,
}
