"""Layer normalisation, under a loss that is linear in its output."""

from typing import Any

import autograd.numpy as np

from regress_cli.gradients.library.entry import Cases, Entry, Inputs, batch_cases
from regress_cli.gradients.staged import stages_of

# Keeps a row of equal numbers from being divided by zero.
_EPSILON = 1e-5


def layer_norm(x, gamma, beta, dy):
    """Return ``sum(dy * y)`` for ``y = gamma * (x - mean) / sqrt(var + 1e-5) + beta``, row by row.

    Source: Ba, Kiros and Hinton (2016), https://arxiv.org/abs/1607.06450.

    Args:
        x: Shape (N, d).
        gamma: Shape (d,).
        beta: Shape (d,).
        dy: The gradient of a loss by y, shape (N, d): the result has the loss's gradient by x, gamma, beta.
    """
    centered = x - np.mean(x, axis=1, keepdims=True)
    variance = np.mean(centered**2, axis=1, keepdims=True)
    return np.sum(dy * (gamma * centered / np.sqrt(variance + _EPSILON) + beta))


def c(x):
    """c = x - mean of the row

    g_x = g - mean of the row of g
    """
    return x - np.mean(x, axis=1, keepdims=True), lambda g: g - np.mean(g, axis=1, keepdims=True)


def v(c):
    """v = mean of c^2 over the row

    dv/dc = 2 c / d
    """
    return np.mean(c**2, axis=1, keepdims=True), lambda g: g * 2 * c / c.shape[1]


def i(v):
    """i = 1 / sqrt(v + 1e-5)

    di/dv = -i^3 / 2
    """
    inverse = 1 / np.sqrt(v + _EPSILON)
    return inverse, lambda g: -g * inverse**3 / 2


def h(c, i):
    """h = c i

    g_c = g i, g_i = sum of g c over the row
    """
    return c * i, lambda g: (g * i, np.sum(g * c, axis=1, keepdims=True))


def y(h, gamma, beta):
    """y = gamma h + beta

    g_h = g gamma, g_gamma = sum of g h over the rows, g_beta = sum of g over the rows
    """
    return gamma * h + beta, lambda g: (g * gamma, np.sum(g * h, axis=0), np.sum(g, axis=0))


def L(y, dy):
    """L = sum(dy y)

    dL/dy = dy
    """
    return np.sum(dy * y), lambda g: (g * dy, None)


def _inputs(rng: Any, n: int) -> Inputs:
    return {
        "x": rng.normal(size=(n, 4)),
        "gamma": rng.normal(size=4),
        "beta": rng.normal(size=4),
        "dy": rng.normal(size=(n, 4)),
    }


def _cases() -> Cases:
    cases = batch_cases(_inputs)
    example = next(iter(cases.values()))
    return {**cases, "large": {**example, "x": 1e4 * example["x"]}}


LAYER_NORM = Entry(
    "layer_norm",
    "L = sum(dy y), y = gamma (x - mean) / sqrt(var + 1e-5) + beta, row by row",
    layer_norm,
    stages_of(c, v, i, h, y, L),
    ("x", "gamma", "beta"),
    _cases,
)
