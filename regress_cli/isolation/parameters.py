"""What a function takes: names that it can be called by."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from regress_cli.isolation.arrays import Unusable

_STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@dataclass(frozen=True)
class Parameters:
    """The names of a function's arguments.

    Attributes:
        required: Those that must be given.
        optional: Those that have a default, which says that they are no inputs of the formula.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]

    def check(self, given: tuple[str, ...], subject: str) -> None:
        """Refuse a call with other names than these.

        Raises:
            Unusable: a name is missing, or there is one that the function does not take.
        """
        missing = [name for name in self.required if name not in given]
        strange = [name for name in given if name not in (*self.required, *self.optional)]
        if missing or strange:
            takes, gets = ", ".join(self.required), ", ".join(given)
            raise Unusable(
                f"{subject} takes ({takes}) and is called with ({gets}); let it take these names, "
                "and give any other a default"
            )


def parameters_of(function: Callable[..., Any], subject: str) -> Parameters:
    """Return the names of a function's arguments.

    Args:
        function: What is to be called by keywords.
        subject: What the function is called in a message.

    Raises:
        Unusable: it can't be called by names, or takes any.
    """
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise Unusable(f"{subject} does not tell what it takes; write it as def {subject}(...)") from error
    for parameter in found:
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise Unusable(f"{subject} takes {parameter.name} by position only; take out the slash")
        if parameter.kind in _STARS:
            stars = _STARS[parameter.kind]
            raise Unusable(f"{subject} takes {stars}{parameter.name}; name each argument by itself")
    return Parameters(
        tuple(parameter.name for parameter in found if parameter.default is parameter.empty),
        tuple(parameter.name for parameter in found if parameter.default is not parameter.empty),
    )
