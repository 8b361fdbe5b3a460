"""Optimizers: rules that move one flat vector of parameters in place.

The rules, and the order of their operations, are those of ``autograd.misc.optimizers``
(https://github.com/HIPS/autograd/blob/master/autograd/misc/optimizers.py): given the same gradients,
both reach the same parameters to the last bit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from regress_cli.config.schema import SGD, Adam, RMSProp
from regress_cli.tape.calls import Call, Calls, Program, write_program

# Vectors as long as the parameters, by name; an optimizer's whole memory.
OptimizerState = dict[str, np.ndarray]


@dataclass(frozen=True)
class Update:
    """A rule, bound to the arrays that it changes.

    Attributes:
        calls: What moves the parameters, given the gradient and the numbers of the step.
        changes: The arrays that a step changes: the parameters, and the optimizer's own.
        prepare: Sets the numbers of a step, from its number (counted from 0) and its step size.
        is_steady: Whether only the step size can differ from one step to the next.
    """

    calls: Calls
    changes: tuple[np.ndarray, ...]
    prepare: Callable[[int, float], None]
    is_steady: bool = True

    def take(self, step: int, step_size: float) -> None:
        """Take a step with the gradient that stands in its array."""
        self.prepare(step, step_size)
        self.program.run()

    @cached_property
    def program(self) -> Program:
        """The calls as a function."""
        return write_program(self.calls)


class Optimizer(Protocol):
    """An update rule."""

    def init(self, params: np.ndarray) -> OptimizerState:
        """Return the state before the first step, for parameters of shape (p,)."""
        ...

    def bind(self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState) -> Update:
        """Return the rule for these arrays, each of shape (p,); it changes ``params`` and ``state``."""
        ...


@dataclass(frozen=True)
class SGDRule:
    """v <- mass v - (1 - mass) g, then p <- p + step_size v.

    With Nesterov's momentum the parameters move by the velocity of one step further ahead,
    p <- p + step_size (mass v - (1 - mass) g) (Sutskever et al. 2013,
    http://proceedings.mlr.press/v28/sutskever13.html).

    >>> rule, p, g = SGDRule(mass=0.0, nesterov=False), np.array([1.0]), np.array([2.0])
    >>> rule.bind(p, g, rule.init(p)).take(step=0, step_size=0.1)
    >>> p
    array([0.8])
    """

    mass: float
    nesterov: bool

    def init(self, params: np.ndarray) -> OptimizerState:
        """Return a velocity of zero."""
        return {"velocity": np.zeros_like(params)}

    def bind(self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState) -> Update:
        """Return the rule for these arrays."""
        velocity, pull, move = state["velocity"], np.empty_like(params), np.empty_like(params)
        mass, rest, step_size = _numbers(params, self.mass, 1.0 - self.mass, 0.0)
        calls = [
            Call(np.multiply, (velocity, mass, velocity)),
            Call(np.multiply, (gradient, rest, pull)),
            Call(np.subtract, (velocity, pull, velocity)),
        ]
        if self.nesterov:
            calls += [Call(np.multiply, (velocity, mass, move)), Call(np.subtract, (move, pull, move))]
        calls += [
            Call(np.multiply, (move if self.nesterov else velocity, step_size, move)),
            Call(np.add, (params, move, params)),
        ]
        return Update(_noted(calls, "momentum SGD"), (params, velocity), lambda _, size: step_size.fill(size))


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

    def bind(self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState) -> Update:
        """Return the rule for these arrays."""
        m, v, move, root = state["m"], state["v"], np.empty_like(params), np.empty_like(params)
        b1, rest1, b2, rest2, eps = _numbers(params, self.b1, 1 - self.b1, self.b2, 1 - self.b2, self.eps)
        step_size, part1, part2 = _numbers(params, 0.0, 1.0, 1.0)
        calls = [
            Call(np.multiply, (gradient, rest1, move)),
            Call(np.multiply, (m, b1, m)),
            Call(np.add, (move, m, m)),
            Call(np.multiply, (gradient, gradient, move)),
            Call(np.multiply, (move, rest2, move)),
            Call(np.multiply, (v, b2, v)),
            Call(np.add, (move, v, v)),
            Call(np.divide, (m, part1, move)),
            Call(np.multiply, (move, step_size, move)),
            Call(np.divide, (v, part2, root)),
            Call(np.sqrt, (root, root)),
            Call(np.add, (root, eps, root)),
            Call(np.divide, (move, root, move)),
            Call(np.subtract, (params, move, params)),
        ]

        def prepare(step: int, size: float) -> None:
            step_size.fill(size)
            part1.fill(1 - self.b1 ** (step + 1))
            part2.fill(1 - self.b2 ** (step + 1))

        return Update(_noted(calls, "Adam"), (params, m, v), prepare, is_steady=False)


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

    def bind(self, params: np.ndarray, gradient: np.ndarray, state: OptimizerState) -> Update:
        """Return the rule for these arrays."""
        mean_square, move, root = state["mean_square"], np.empty_like(params), np.empty_like(params)
        gamma, rest, eps, step_size = _numbers(params, self.gamma, 1 - self.gamma, self.eps, 0.0)
        calls = [
            Call(np.multiply, (mean_square, gamma, mean_square)),
            Call(np.multiply, (gradient, gradient, move)),
            Call(np.multiply, (move, rest, move)),
            Call(np.add, (mean_square, move, mean_square)),
            Call(np.multiply, (gradient, step_size, move)),
            Call(np.sqrt, (mean_square, root)),
            Call(np.add, (root, eps, root)),
            Call(np.divide, (move, root, move)),
            Call(np.subtract, (params, move, params)),
        ]
        return Update(_noted(calls, "RMSProp"), (params, mean_square), lambda _, size: step_size.fill(size))


def build_optimizer(config: SGD | Adam | RMSProp) -> Optimizer:
    """Return the update rule that ``config`` describes."""
    return OPTIMIZERS[config.kind](config)


OPTIMIZERS = {
    "sgd": lambda config: SGDRule(config.mass, config.nesterov),
    "adam": lambda config: AdamRule(config.b1, config.b2, config.eps),
    "rmsprop": lambda config: RMSPropRule(config.gamma, config.eps),
}


def _numbers(params: np.ndarray, *numbers: float) -> list[np.ndarray]:
    """Return numbers as arrays of shape (), which NumPy need not convert at every call."""
    return [np.array(number, params.dtype) for number in numbers]


def _noted(calls: Calls, note: str) -> Calls:
    return [Call(call.function, call.args, call.kwargs, note) for call in calls]
