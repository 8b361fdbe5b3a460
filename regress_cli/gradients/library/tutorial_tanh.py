"""The function (1 - e^-x) / (1 + e^-x), which an autograd tutorial calls tanh: it is tanh(x/2)."""

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, elementwise_cases
from regress_cli.gradients.staged import stages_of


def tutorial_tanh(x):
    """Return ``(1 - e^-x) / (1 + e^-x)``, elementwise."""
    y = np.exp(-x)
    return (1.0 - y) / (1.0 + y)


def a(x):
    """a = -x

    da/dx = -1
    """
    return -x, lambda g: -g


def y(a):
    """y = e^a

    dy/da = e^a = y
    """
    power = np.exp(a)
    return power, lambda g: g * power


def p(y):
    """p = 1 - y

    dp/dy = -1
    """
    return 1 - y, lambda g: -g


def q(y):
    """q = 1 + y

    dq/dy = 1
    """
    return 1 + y, lambda g: g


def t(p, q):
    """t = p / q

    dt/dp = 1 / q, dt/dq = -p / q^2
    """
    return p / q, lambda g: (g / q, -g * p / q**2)


TUTORIAL_TANH = Entry(
    "tutorial_tanh",
    "t = (1 - e^-x) / (1 + e^-x)",
    tutorial_tanh,
    stages_of(a, y, p, q, t),
    ("x",),
    lambda: elementwise_cases(1.0, largest=300.0),
    remark="this is tanh(x/2), not the hyperbolic tangent: see tanh",
)
