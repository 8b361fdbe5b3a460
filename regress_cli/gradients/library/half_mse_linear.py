"""Half the mean squared error of a linear model."""

from typing import Any

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, Inputs, batch_cases
from regress_cli.gradients.staged import stages_of


def half_mse_linear(w, b, X, y):
    """Return ``1/(2N) * sum((X w + b - y)^2)``.

    Args:
        w: Shape (d,).
        b: A number.
        X: Shape (N, d).
        y: Shape (N,).
    """
    return np.sum((np.dot(X, w) + b - y) ** 2) / (2 * len(y))


def p(w, b, X):
    """p = X w + b

    g_w = X^T g, g_b = sum(g)
    """
    return np.dot(X, w) + b, lambda g: (np.dot(X.T, g), np.sum(g), None)


def r(p, y):
    """r = p - y

    dr/dp = 1
    """
    return p - y, lambda g: (g, None)


def L(r):
    """L = 1/(2N) sum(r^2)

    dL/dr = r / N
    """
    return np.sum(r**2) / (2 * len(r)), lambda g: g * r / len(r)


def _inputs(rng: Any, n: int) -> Inputs:
    return {"w": rng.normal(size=3), "b": rng.normal(), "X": rng.normal(size=(n, 3)), "y": rng.normal(size=n)}


HALF_MSE_LINEAR = Entry(
    "half_mse_linear",
    "L = 1/(2N) sum((X w + b - y)^2)",
    half_mse_linear,
    stages_of(p, r, L),
    ("w", "b"),
    lambda: batch_cases(_inputs),
)
