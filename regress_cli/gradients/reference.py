"""What a hand-written gradient is held against: a function, and the arguments to differentiate it by."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.library import Entry
from regress_cli.gradients.quiet import quiet
from regress_cli.text import did_you_mean, printable, quoted


class NoReference(Exception):
    """The reference has no gradient at these inputs. The text says why."""


@dataclass(frozen=True)
class Reference:
    """A function written with autograd.numpy.

    Attributes:
        name: What it is called.
        function: Takes its arguments by name.
        entry: The library's entry, if it is one.
    """

    name: str
    function: Callable[..., Any]
    entry: Entry | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments; those with a default may be left out."""
        return tuple(p.name for p in self._parameters)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the arguments that have no default; all of them if each has one."""
        return tuple(p.name for p in self._parameters if p.default is p.empty) or self.arguments

    @property
    def defaults(self) -> dict[str, Any]:
        """What the arguments are that need not be given."""
        return {p.name: p.default for p in self._parameters if p.default is not p.empty}

    @cached_property
    def _parameters(self) -> tuple[inspect.Parameter, ...]:
        return tuple(inspect.signature(self.function).parameters.values())

    def value(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Return what the function gives."""
        with quiet():
            return np.asarray(self.function(**inputs))

    def total(self, inputs: Mapping[str, Any]) -> Any:
        """Return the value, or the sum of its elements."""
        return anp.sum(self.function(**inputs))

    def check_form(self) -> None:
        """Refuse a function whose arguments have no names, as those of a primitive.

        Raises:
            UserError: it takes any arguments, or none.
        """
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY) for p in self._parameters):
            name = self.function.__name__
            raise UserError(
                f"{self.name} does not name its arguments; wrap it in a function that does, such as "
                f"def f(x): return {printable(name)}(x)"
            )
        if not self.arguments:
            raise UserError(f"{self.name} takes no argument; there is nothing to differentiate by")

    def check_names(self, inputs: Inputs) -> None:
        """Refuse inputs that do not fit the function's arguments.

        Raises:
            UserError: a name is unknown, or missing.
        """
        for name in inputs:
            if name not in self.arguments:
                raise UserError(
                    f"{self.name} takes no argument {quoted(name)}; {did_you_mean(name, self.arguments)}"
                )
        for name in self.required:
            if name not in inputs:
                raise UserError(f"{self.name} needs the argument {quoted(name)}; add it to the inputs")

    def gradient(
        self, inputs: Inputs, wrt: Sequence[str], cotangent: np.ndarray | None = None
    ) -> dict[str, Any]:
        """Return autograd's gradient of `total` by the named arguments.

        Args:
            inputs: The arguments.
            wrt: Those to differentiate by.
            cotangent: What the elements of the value count in the sum, an array of its shape; None for ones.
                This is what autograd calls a vector-Jacobian product.

        Raises:
            NoReference: value or gradient is not finite here, or the function raises an error.
        """
        params = {name: np.asarray(inputs[name], dtype=float) for name in wrt}
        weights = 1.0 if cotangent is None else cotangent
        try:
            with quiet():
                value = np.asarray(self.total(inputs))
                grads = autograd.grad(lambda p: anp.sum(weights * self.function(**{**inputs, **p})))(params)
        except (Exception, SystemExit) as error:
            words = printable(error, 200)
            raise NoReference(f"the reference raises {type(error).__name__} here ({words})") from error
        if not np.isfinite(value).all():
            raise NoReference("the reference is not finite here")
        if not all(np.isfinite(g).all() for g in grads.values()):
            raise NoReference("the reference's gradient by autograd is not finite here")
        return {name: np.asarray(g) for name, g in grads.items()}
