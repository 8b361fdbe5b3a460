"""A gradient as it was returned (an array, a tuple, a dict), brought to a dict by argument."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.text import printable


class WrongForm(Exception):
    """The gradient is not one by the arguments that were asked for. The text says what is amiss."""


def by_name(gradient: Any, wrt: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the gradient by each of the named arguments.

    Raises:
        WrongForm: one is missing, or there are more or fewer than were asked for.
    """
    wanted = " and ".join(", ".join(wrt).rsplit(", ", 1))
    if isinstance(gradient, Mapping):
        missing = [name for name in wrt if name not in gradient]
        if missing:
            there = printable(", ".join(gradient), 100) or "nothing"
            raise WrongForm(
                f"there is no gradient by {missing[0]}: the dict holds {there}; it has to hold {wanted}"
            )
        return {name: np.asarray(gradient[name]) for name in wrt}
    if isinstance(gradient, tuple):
        if len(gradient) != len(wrt):
            raise WrongForm(
                f"the tuple holds {len(gradient)} gradients; it has to hold {len(wrt)}, by {wanted}"
            )
        return dict(zip(wrt, map(np.asarray, gradient), strict=True))
    if len(wrt) != 1:
        raise WrongForm(
            f"one array was returned, where gradients by {wanted} are wanted; return a dict by name"
        )
    return {wrt[0]: np.asarray(gradient)}
