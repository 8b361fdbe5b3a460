"""Optimizers: pure ``init`` and ``update`` on one flat vector of parameters.

The rules, and the order of their operations, are those of ``autograd.misc.optimizers``
(https://github.com/HIPS/autograd/blob/master/autograd/misc/optimizers.py): given the same gradients,
both reach the same parameters to the last bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from regress_cli.config.schema import SGD, Adam, RMSProp

# Vectors as long as the parameters, by name; an optimizer's whole memory.
OptimizerState = Mapping[str, np.ndarray]


class Optimizer(Protocol):
    """An update rule."""

    def init(self, params: np.ndarray) -> OptimizerState:
        """Return the state before the first step, for parameters of shape (p,)."""
        ...

    def update(
        self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState, step: int, step_size: float
    ) -> tuple[np.ndarray, OptimizerState]:
        """Return the parameters and the state after a step; ``step`` counts from 0."""
        ...


@dataclass(frozen=True)
class SGDRule:
    """v <- mass v - (1 - mass) g, then p <- p + step_size v.

    With Nesterov's momentum the parameters move by the velocity of one step further ahead,
    p <- p + step_size (mass v - (1 - mass) g) (Sutskever et al. 2013,
    http://proceedings.mlr.press/v28/sutskever13.html).

    >>> rule = SGDRule(mass=0.0, nesterov=False)
    >>> p = np.array([1.0])
    >>> rule.update(p, np.array([2.0]), rule.init(p), step=0, step_size=0.1)[0]
    array([0.8])
    """

    mass: float
    nesterov: bool

    def init(self, params: np.ndarray) -> OptimizerState:
        """Return a velocity of zero."""
        return {"velocity": np.zeros_like(params)}

    def update(
        self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState, step: int, step_size: float
    ) -> tuple[np.ndarray, OptimizerState]:
        """Return the moved parameters and the new velocity."""
        velocity = self.mass * state["velocity"] - (1.0 - self.mass) * gradient
        direction = self.mass * velocity - (1.0 - self.mass) * gradient if self.nesterov else velocity
        return params + step_size * direction, {"velocity": velocity}


@dataclass(frozen=True)
class AdamRule:
    """m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2, p <- p - step_size m' / (sqrt(v') + eps).

    m' and v' are m and v over 1 - b^(step + 1), which undoes their start at zero (Kingma and Ba 2015,
    https://arxiv.org/abs/1412.6980).
    """

    b1: float
    b2: float
    eps: float

    def init(self, params: np.ndarray) -> OptimizerState:
        """Return moments of zero."""
        return {"m": np.zeros_like(params), "v": np.zeros_like(params)}

    def update(
        self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState, step: int, step_size: float
    ) -> tuple[np.ndarray, OptimizerState]:
        """Return the moved parameters and the new moments."""
        m = (1 - self.b1) * gradient + self.b1 * state["m"]
        v = (1 - self.b2) * (gradient**2) + self.b2 * state["v"]
        m_unbiased = m / (1 - self.b1 ** (step + 1))
        v_unbiased = v / (1 - self.b2 ** (step + 1))
        return params - step_size * m_unbiased / (np.sqrt(v_unbiased) + self.eps), {"m": m, "v": v}


@dataclass(frozen=True)
class RMSPropRule:
    """a <- gamma a + (1 - gamma) g^2 from a = 1, then p <- p - step_size g / (sqrt(a) + eps).

    Source: Tieleman and Hinton 2012, lecture 6.5 of the Coursera course on neural networks.
    """

    gamma: float
    eps: float

    def init(self, params: np.ndarray) -> OptimizerState:
        """Return a mean square of one."""
        return {"mean_square": np.ones_like(params)}

    def update(
        self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState, step: int, step_size: float
    ) -> tuple[np.ndarray, OptimizerState]:
        """Return the moved parameters and the new mean square."""
        mean_square = state["mean_square"] * self.gamma + gradient**2 * (1 - self.gamma)
        moved = params - step_size * gradient / (np.sqrt(mean_square) + self.eps)
        return moved, {"mean_square": mean_square}


def build_optimizer(config: SGD | Adam | RMSProp) -> Optimizer:
    """Return the update rule that ``config`` describes."""
    return OPTIMIZERS[config.kind](config)


OPTIMIZERS = {
    "sgd": lambda config: SGDRule(config.mass, config.nesterov),
    "adam": lambda config: AdamRule(config.b1, config.b2, config.eps),
    "rmsprop": lambda config: RMSPropRule(config.gamma, config.eps),
}
