"""Half the mean squared error of a polynomial model."""

from typing import Any

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, Inputs, batch_cases
from regress_cli.gradients.library.half_mse_linear import L, r
from regress_cli.gradients.staged import stages_of


def half_mse_polynomial(w, x, y):
    """Return ``1/(2N) * sum((w0 + w1 x + w2 x^2 + ... - y)^2)``.

    Args:
        w: Shape (degree + 1,), the constant first.
        x: Shape (N,).
        y: Shape (N,).
    """
    prediction = sum(w[k] * x**k for k in range(len(w)))
    return np.sum((prediction - y) ** 2) / (2 * len(y))


def phi(x, w):
    """phi = (1, x, x^2, ...), a row for each example

    phi is data: nothing goes back through it
    """
    return np.stack([x**k for k in range(len(w))], axis=1), lambda g: (None, None)


def p(phi, w):
    """p = phi w

    g_w = phi^T g
    """
    return np.dot(phi, w), lambda g: (None, np.dot(phi.T, g))


def _inputs(rng: Any, n: int) -> Inputs:
    return {"w": rng.normal(size=4), "x": rng.uniform(-2, 2, n), "y": rng.normal(size=n)}


HALF_MSE_POLYNOMIAL = Entry(
    "half_mse_polynomial",
    "L = 1/(2N) sum((w0 + w1 x + w2 x^2 + ... - y)^2)",
    half_mse_polynomial,
    stages_of(phi, p, r, L),
    ("w",),
    lambda: batch_cases(_inputs),
)
