"""The logistic function, in the stages of the computation graph x -> a -> b -> c -> s."""

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, elementwise_cases
from regress_cli.gradients.staged import stages_of


def sigmoid(x):
    """Return ``1 / (1 + e^-x)``, elementwise."""
    return 1 / (1 + np.exp(-x))


def a(x):
    """a = -x

    da/dx = -1
    """
    return -x, lambda g: -g


def b(a):
    """b = e^a

    db/da = e^a = b
    """
    power = np.exp(a)
    return power, lambda g: g * power


def c(b):
    """c = 1 + b

    dc/db = 1
    """
    return 1 + b, lambda g: g


def s(c):
    """s = 1 / c

    ds/dc = -1 / c^2
    """
    return 1 / c, lambda g: -g / c**2


SIGMOID = Entry(
    "sigmoid",
    "s = 1 / (1 + e^-x)",
    sigmoid,
    stages_of(a, b, c, s),
    ("x",),
    lambda: elementwise_cases(largest=300.0),
    remark="below x = -354 the stages overflow: c^2 is more than a float holds",
)
