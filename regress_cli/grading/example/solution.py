"""The teacher's own answers: `regress grade test` says that they earn every point."""

import numpy as np


def grad_sigmoid(x):
    """Return the derivative s (1 - s) of s = 1 / (1 + exp(-x)), for a number or an array."""
    s = 0.5 * (1 + np.tanh(0.5 * x))
    return s * (1 - s)


def t(x):
    """T = tanh(x/2); dt/dx = (1 - t^2) / 2."""
    value = np.tanh(0.5 * x)
    return value, lambda g: g * 0.5 * (1 - value**2)


def s(t):
    """S = (1 + t) / 2; ds/dt = 1/2."""
    return 0.5 * (1 + t), lambda g: g * 0.5


sigmoid_stages = [t, s]


def grad_loss(X, y, w, b):
    """Return the gradient of half of the mean squared error by w and b."""
    error = X @ w + b - y
    n = len(y)
    return {"w": X.T @ error / n, "b": np.sum(error) / n}
