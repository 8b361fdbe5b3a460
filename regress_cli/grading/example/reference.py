"""What the answers are held against: functions written with autograd.numpy, which differentiates them."""

import autograd.numpy as np


def loss(X, y, w, b):
    """Return half of the mean squared error of a linear model, over the n rows of X."""
    error = X @ w + b - y
    return 0.5 * np.mean(error**2)
