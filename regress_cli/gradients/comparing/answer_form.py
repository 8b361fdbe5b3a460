"""A gradient as it was returned (an array, a tuple, a dict), brought to a dict by argument."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.reference import Reference
from regress_cli.text import printable


class WrongForm(Exception):
    """The gradient is not one by the arguments that were asked for. The text says what is amiss."""


def arguments_of(gradient: Any, reference: Reference) -> tuple[str, ...]:
    """Return the arguments that a gradient is by, where nobody has said it.

    A dict names them; a tuple has those of the function from the first one on; an array has the only one.

    Raises:
        UserError: it can't be told.
    """
    if reference.entry is not None:
        return reference.entry.wrt
    if isinstance(gradient, Mapping):
        return tuple(name for name in reference.arguments if name in gradient) or tuple(gradient)
    if isinstance(gradient, tuple):
        return reference.arguments[: len(gradient)]
    if len(reference.required) == 1:
        return reference.required
    names = printable(",".join(reference.arguments))
    raise UserError(f"which argument is the gradient by? say so with --wrt, one of {names}")


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
