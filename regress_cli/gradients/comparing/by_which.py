"""The arguments that a hand-written gradient is by: as they were named, or as its form tells."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.cases import as_floats
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import Reference
from regress_cli.isolation import Failure, Reply
from regress_cli.text import printable, quoted


def find_arguments(
    reference: Reference, ask: Ask, inputs: Inputs
) -> tuple[tuple[str, ...], Reply | Failure | None]:
    """Return the arguments that a gradient is by, where nobody said it, and what came back if it was asked.

    Raises:
        UserError: it can't be told.
    """
    if reference.entry is not None:
        return reference.entry.wrt, None
    if len(inputs) == 1:
        return tuple(inputs), None
    reply = ask(inputs)
    telling = reply
    if isinstance(reply, Failure) and not reply.is_limit:
        # A whole number may be what it stumbles over, and will be a float if it is differentiated by.
        telling = ask(as_floats(inputs, [name for name, value in inputs.items() if not np.ndim(value)]))
    if isinstance(telling, Reply):
        return arguments_of(telling.gradient, reference), reply
    floats = tuple(name for name, value in inputs.items() if np.asarray(value).dtype.kind == "f")
    return floats or reference.required[:1], reply


def arguments_of(gradient: Any, reference: Reference) -> tuple[str, ...]:
    """Return the arguments that a gradient is by.

    A dict names them; a tuple has those of the function from the first one on; an array has the only one.

    Raises:
        UserError: it can't be told.
    """
    if isinstance(gradient, Mapping):
        return tuple(name for name in reference.arguments if name in gradient) or tuple(gradient)
    if isinstance(gradient, tuple):
        return reference.arguments[: len(gradient)]
    if len(reference.required) == 1:
        return reference.required
    names = printable(",".join(reference.arguments))
    raise UserError(f"which argument is the gradient by? say so with --wrt, one of {names}")


def check_arguments(wrt: Sequence[str], inputs: Inputs, reference: Reference) -> None:
    """Refuse arguments that the function can't be differentiated by.

    Raises:
        UserError: the function does not have one, or it holds no numbers.
    """
    for name in wrt:
        if name not in inputs:
            known = printable(", ".join(inputs))
            raise UserError(
                f"{reference.name} has no argument {quoted(name)} to differentiate by; it has {known}"
            )
        if np.asarray(inputs[name]).dtype.kind not in "fiu":
            raise UserError(f"the argument {quoted(name)} holds no numbers; leave it out of --wrt")
