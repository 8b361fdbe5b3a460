"""The MLP experiment as a tutorial's notebook does it: autograd, momentum SGD, one saved plot.

It stands for what a student would write without regress, so it is left as simple as it is: rows are
examples, layers are a list of (W, b), and every derivative is autograd's own.
"""

from itertools import pairwise

import autograd.numpy as np
import matplotlib as mpl
from autograd import grad
from autograd.misc.optimizers import sgd

SIZES = [1, 4, 4, 1]


def init_params(sizes):
    """Draw every W and b from a standard normal."""
    return [(np.random.randn(m, n), np.random.randn(n)) for m, n in pairwise(sizes)]


def predict(params, x):
    """Return the network's output for x of shape (n, 1), of the same shape."""
    h = x
    for W, b in params[:-1]:
        h = np.maximum(0, np.dot(h, W) + b)
    W, b = params[-1]
    return np.dot(h, W) + b


def loss(params, x, t):
    """Return half the mean of the squared errors."""
    return np.sum((predict(params, x) - t) ** 2) / (2 * len(x))


def main():
    """Draw the data, train, and save the plot in the current folder."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    np.random.seed(0)
    x = np.linspace(-5, 5, 1000).reshape(-1, 1)
    t = x**3 - 20 * x + 10 + 4 * np.random.randn(1000, 1)

    gradient = grad(loss)
    start = init_params(SIZES)
    params = sgd(lambda params, step: gradient(params, x, t), start, num_iters=5000, step_size=0.01, mass=0.9)

    plt.plot(x, t, ".", label="data")
    plt.plot(x, predict(params, x), label="fit")
    plt.xlabel("x")
    plt.ylabel("t")
    plt.legend()
    plt.savefig("tutorial.png")
    print(f"loss {loss(start, x, t):.4g} -> {loss(params, x, t):.4g}")


if __name__ == "__main__":
    main()
