"""What each value of a recorded tape is called, and how each step is written with these names."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from autograd.extend import VSpace

from regress_cli.gradients.explain import names
from regress_cli.gradients.explain.formula import Call, Formula, Gradient, Symbol, Verbatim, as_number
from regress_cli.gradients.explain.notation import value_text
from regress_cli.gradients.explain.recording import Recorded
from regress_cli.gradients.explain.run_once import shown
from regress_cli.tape.internals import GETITEM
from regress_cli.tape.steps import Ref, Spec, Step
from regress_cli.text import printable

# A parameter may be called anything, but not more than this is shown of it.
_LONGEST_NAME = 500


class Labels:
    """Names of values and gradients, and the steps as formulas in them.

    Args:
        recorded: The tape, and the gradients that are known.
        step_names: Names the steps of the forward pass.

    Attributes:
        recorded: The same.
        inputs: The numbers of the inputs.
        forward: The forward steps by number.
        backward: All others.
        values: The name of each input and forward step.
        gradients: The name of the gradient by each of them.
    """

    def __init__(self, recorded: Recorded, step_names: names.StepNames) -> None:
        self.recorded = recorded
        self.inputs = range(len(recorded.inputs))
        forward = recorded.forward
        self.forward = {number: step for number, step in recorded.tape.numbered if number in forward}
        self.backward = {number: step for number, step in recorded.tape.numbered if number not in forward}
        shown = [printable(name, _LONGEST_NAME) for name in recorded.inputs]
        self.values = dict(enumerate(shown)) | dict(step_names(shown, self.forward))
        self.gradients = names.gradient_names(self.values)

    @property
    def result(self) -> str:
        """The name of the value that is differentiated."""
        return self.values[self.recorded.tape.value.index]

    @property
    def seed(self) -> int:
        """The number of the gradient by the result itself, from which the backward pass starts."""
        return len(self.inputs)

    @cached_property
    def all(self) -> Mapping[int, str]:
        """The name of everything on the tape; one value may be the gradient by several."""
        fresh = names.fresh_numbered("t", {*self.values.values(), *self.gradients.values()})
        named = dict(self.values)
        for number in (self.seed, *self.backward):
            owners = self.owners.get(number)
            named[number] = self.gradients[owners[0]] if owners else next(fresh)
        return named

    @cached_property
    def owners(self) -> Mapping[int, list[int]]:
        """For the number of each gradient the values that it is the gradient by, the last value first."""
        owners: dict[int, list[int]] = {}
        for number in sorted(self.recorded.gradients, reverse=True):
            gradient = self.recorded.gradients[number]
            if isinstance(gradient, Ref):
                owners.setdefault(gradient.index, []).append(number)
        return owners

    def formula(self, step: Step) -> Formula:
        """Return a step as a formula; what it is told of shapes and dtypes alone is left out."""
        arguments = [self.operand(arg) for arg in step.args if not _is_description(arg)]
        constant = self.recorded.tape.label
        arguments += [Verbatim(f"{name}={constant(value)}") for name, value in step.kwargs.items()]
        return Call(_function(step), tuple(arguments))

    def operand(self, arg: Any) -> Formula:
        """Return an argument of a step: the name of a value, or a constant."""
        if not isinstance(arg, Ref):
            return as_number(arg) or Verbatim(self._constant(arg))
        if arg.index in self.values or arg.index not in self.owners:
            return Symbol(self.all[arg.index])
        return Gradient(self.values[self.owners[arg.index][0]], self.all[arg.index])

    def look(self, number: int) -> Spec | None:
        """Return shape and dtype of a value; None for what is no array."""
        inputs = list(self.recorded.tape.inputs.values())
        return inputs[number] if number < len(inputs) else self.step(number).result

    def step(self, number: int) -> Step:
        """Return the step of this number."""
        tape = self.recorded.tape
        return tape.steps[number - len(tape.inputs)]

    def _constant(self, value: Any) -> str:
        """Return a constant in a few characters."""
        numbers = shown(value) if isinstance(value, np.ndarray) else None
        return self.recorded.tape.label(value) if numbers is None else value_text(numbers)


def _is_description(arg: Any) -> bool:
    """Return whether an argument only describes an array."""
    is_metadata = isinstance(arg, tuple) and any(isinstance(entry, np.dtype) for entry in arg)
    return is_metadata or isinstance(arg, VSpace)


def _function(step: Step) -> str:
    """Return the function of a step as it is written."""
    return "getitem" if step.function is GETITEM else _SPELLINGS.get(step.name, step.name)


_SPELLINGS = {"absolute": "abs", "mut_add": "add"}
