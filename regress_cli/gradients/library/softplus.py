"""The softplus function, in a form that does not overflow."""

import autograd.numpy as np

from regress_cli.gradients.library.entry import Entry, elementwise_cases
from regress_cli.gradients.staged import stages_of


def softplus(x):
    """Return ``log(1 + e^x)``, elementwise, as ``logaddexp(0, x)``."""
    return np.logaddexp(0.0, x)


def p(x):
    """p = log(1 + e^x)

    dp/dx = 1 / (1 + e^-x), from e^-|x| so that nothing overflows
    """
    power = np.exp(-np.abs(x))
    return np.logaddexp(0.0, x), lambda g: g * np.where(x > 0, 1.0, power) / (1 + power)


SOFTPLUS = Entry("softplus", "p = log(1 + e^x)", softplus, stages_of(p), ("x",), elementwise_cases)
