"""The Huber loss of predictions: quadratic near the target, linear beyond."""

from typing import Any

import autograd.numpy as np

from regress_cli.gradients.library.entry import Cases, Entry, Inputs, batch_cases
from regress_cli.gradients.library.half_mse_linear import r
from regress_cli.gradients.staged import stages_of

_DELTA = 1.0


def huber(p, y, delta=_DELTA):
    """Return the mean of ``r^2/2`` where ``|r| <= delta``, of ``delta (|r| - delta/2)`` beyond; r = p - y.

    Source: Huber (1964), https://doi.org/10.1214/aoms/1177703732.

    Args:
        p: Predictions, shape (N,).
        y: Targets, shape (N,).
        delta: A positive number, a constant.
    """
    size = np.abs(p - y)
    return np.mean(np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)))


def h(r, delta):
    """h = r^2/2 where |r| <= delta, else delta (|r| - delta/2)

    dh/dr = r clipped to [-delta, delta]
    """
    size = np.abs(r)
    value = np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))
    return value, lambda g: (g * np.clip(r, -delta, delta), None)


def L(h):
    """L = mean(h)

    dL/dh = 1/N for every example
    """
    return np.mean(h), lambda g: g / len(h) * np.ones_like(h)


def _inputs(rng: Any, n: int) -> Inputs:
    return {"p": rng.normal(0, 2, n), "y": rng.normal(0, 2, n), "delta": _DELTA}


def _cases() -> Cases:
    narrow = {"p": np.array([0.1, 3.0, -2.0]), "y": np.array([0.0, 0.5, 1.0]), "delta": 0.3}
    large = {"p": np.array([1e6, -1e6, 0.5]), "y": np.zeros(3), "delta": 1.0}
    return {**batch_cases(_inputs), "another delta": narrow, "large": large}


HUBER = Entry(
    "huber",
    "L = mean(r^2/2 where |r| <= delta, else delta (|r| - delta/2)), r = p - y",
    huber,
    stages_of(r, h, L),
    ("p",),
    _cases,
)
