"""The hyperbolic tangent."""

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, elementwise_cases
from regress_cli.gradients.staged import stages_of


def tanh(x):
    """Return the hyperbolic tangent, elementwise."""
    return np.tanh(x)


def t(x):
    """t = tanh(x)

    dt/dx = 1 - t^2
    """
    value = np.tanh(x)
    return value, lambda g: g * (1 - value**2)


TANH = Entry(
    "tanh",
    "t = tanh(x) = (e^x - e^-x) / (e^x + e^-x)",
    tanh,
    stages_of(t),
    ("x",),
    lambda: elementwise_cases(1.0),
    remark="(1 - e^-x) / (1 + e^-x), which some tutorials call tanh, is tanh(x/2): see tutorial_tanh",
)
