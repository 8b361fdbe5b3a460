"""The whole backpropagation of a network with one hidden layer, tanh, and half the mean squared error."""

from typing import Any

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, Inputs, batch_cases
from regress_cli.gradients.library.half_mse_linear import L, r
from regress_cli.gradients.staged import stages_of


def mlp(W1, b1, W2, b2, X, y):
    """Return ``1/(2N) * sum((tanh(X W1 + b1) W2 + b2 - y)^2)``.

    Args:
        W1: Shape (d, h).
        b1: Shape (h,).
        W2: Shape (h,).
        b2: A number.
        X: Shape (N, d).
        y: Shape (N,).
    """
    hidden = np.tanh(np.dot(X, W1) + b1)
    return np.sum((np.dot(hidden, W2) + b2 - y) ** 2) / (2 * len(y))


def z(X, W1, b1):
    """z = X W1 + b1

    g_W1 = X^T g, g_b1 = sum of g over the rows
    """
    return np.dot(X, W1) + b1, lambda g: (None, np.dot(X.T, g), np.sum(g, axis=0))


def h(z):
    """h = tanh(z)

    dh/dz = 1 - h^2, elementwise
    """
    value = np.tanh(z)
    return value, lambda g: g * (1 - value**2)


def p(h, W2, b2):
    """p = h W2 + b2

    g_h = g W2^T, g_W2 = h^T g, g_b2 = sum(g)
    """
    return np.dot(h, W2) + b2, lambda g: (np.outer(g, W2), np.dot(h.T, g), np.sum(g))


def _inputs(rng: Any, n: int) -> Inputs:
    return {
        "W1": rng.normal(size=(2, 3)),
        "b1": rng.normal(size=3),
        "W2": rng.normal(size=3),
        "b2": rng.normal(),
        "X": rng.normal(size=(n, 2)),
        "y": rng.normal(size=n),
    }


MLP = Entry(
    "mlp",
    "L = 1/(2N) sum((tanh(X W1 + b1) W2 + b2 - y)^2)",
    mlp,
    stages_of(z, h, p, r, L),
    ("W1", "b1", "W2", "b2"),
    lambda: batch_cases(_inputs),
)
