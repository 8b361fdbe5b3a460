"""The logarithm of a sum of exponentials, with the largest argument taken out so that nothing overflows."""

import autograd.numpy as np

from regress_cli import primitives
from regress_cli.gradients.library.entry import Cases, Entry
from regress_cli.gradients.staged import stages_of


def logsumexp(x):
    """Return ``log(sum(exp(x)))``, by the custom primitive of that name."""
    return primitives.logsumexp(x)


def m(x):
    """m = max(x)

    m is taken out of the sum and put back, so that nothing depends on it: dm/dx counts as 0
    """
    return np.max(x), lambda g: 0.0 * x


def e(x, m):
    """e = exp(x - m)

    de/dx = exp(x - m) = e, elementwise
    """
    powers = np.exp(x - m)
    return powers, lambda g: (g * powers, None)


def t(e):
    """t = sum(e)

    dt/de = 1 for every entry
    """
    return np.sum(e), lambda g: g * np.ones_like(e)


def l(m, t):  # noqa: E743 - the name of the stage is the formula's.
    """l = m + log(t)

    dl/dt = 1 / t
    """
    return m + np.log(t), lambda g: (None, g / t)


def _cases() -> Cases:
    rng = np.random.default_rng(0)
    return {
        "three numbers": {"x": np.array([1.0, 2.0, 3.0])},
        "six numbers": {"x": rng.normal(0, 2, 6)},
        "other numbers": {"x": rng.normal(-3, 1, 5)},
        "one number": {"x": np.array([0.7])},
        "equal numbers": {"x": np.full(4, 0.5)},
        "large": {"x": np.array([1000.0, 1001.0, 999.5])},
        "large and negative": {"x": np.array([-1000.0, -1001.0, -1000.5])},
    }


LOGSUMEXP = Entry(
    "logsumexp",
    "l = log(sum(e^x)) = m + log(sum(e^(x - m))), m = max(x)",
    logsumexp,
    stages_of(m, e, t, l),
    ("x",),
    _cases,
)
