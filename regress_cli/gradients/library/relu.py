"""The rectified linear unit."""

from regress_cli import primitives
from regress_cli.gradients.library.entry import Entry, elementwise_cases
from regress_cli.gradients.staged import stages_of


def relu(x):
    """Return ``max(x, 0)``, elementwise."""
    return primitives.relu(x)


def r(x):
    """r = max(x, 0)

    dr/dx = 1 where x > 0, else 0
    """
    return primitives.relu(x), lambda g: g * (x > 0)


RELU = Entry(
    "relu",
    "r = max(x, 0)",
    relu,
    stages_of(r),
    ("x",),
    elementwise_cases,
    convention="at exactly 0 the library's derivative is 0 (x > 0), as in PyTorch and JAX; autograd's own "
    "maximum(x, 0) gives 1/2 there; any number from 0 to 1 is a convention",
)
