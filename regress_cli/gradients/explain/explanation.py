"""What an explanation is: the steps of a computation and of its gradients, as plain data with names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from regress_cli.gradients.explain.formula import Formula
from regress_cli.tape.steps import Spec


@dataclass(frozen=True)
class Node:
    """A value with a name: an input, or the result of a step.

    Attributes:
        name: Its name.
        role: A parameter is what the result is differentiated by; data are its other inputs.
        operation: The primitive as the tape calls it; None for an input and for another name of a value.
        inputs: The names of what it is computed from, each once.
        formula: How it is computed; None for an input.
        look: Shape and dtype; None for what is no array.
        value: The value, if it holds only a few numbers.
    """

    name: str
    role: Literal["parameter", "data", "step", "gradient", "intermediate"]
    operation: str | None
    inputs: tuple[str, ...]
    formula: Formula | None
    look: Spec | None
    value: np.ndarray | None


@dataclass(frozen=True)
class Local:
    """The derivative of a step by one of the values that it is computed from.

    Attributes:
        result: The name of the step.
        argument: The name of the value.
        formula: The derivative, entry by entry; None where no formula is known.
        is_rule: Whether the formula is the gradient by the argument instead, in terms of that by the
            result: derivatives by matrices are not written out.
        value: The derivative's value, if it is small.
        share: What this use of the argument contributes to the gradient by it, if that is small.
    """

    result: str
    argument: str
    formula: Formula | None
    is_rule: bool
    value: np.ndarray | None
    share: np.ndarray | None


@dataclass(frozen=True)
class Total:
    """The gradient of the result by one value: the sum, over its uses, of gradients times derivatives.

    Attributes:
        by: The name of the value.
        gradient: The name of the gradient.
        locals: The derivatives of the steps that use the value, the last step first.
        look: Shape and dtype; None where the gradient is not known.
        value: The gradient's value, if it is small.
    """

    by: str
    gradient: str
    locals: tuple[Local, ...]
    look: Spec | None
    value: np.ndarray | None


@dataclass(frozen=True)
class Explanation:
    """A computation and its gradients.

    Attributes:
        title: What is explained, in words.
        kind: What kind of target it is.
        forward: The inputs, then the steps in order.
        result: The name of the value that is differentiated.
        backward: The backward pass of a textbook: a gradient by each value, the result's own first.
        recorded: The steps that autograd takes for it, in its own order.
        notes: What else there is to say.
    """

    title: str
    kind: str
    forward: tuple[Node, ...]
    result: str
    backward: tuple[Total, ...]
    recorded: tuple[Node, ...]
    notes: tuple[str, ...] = ()

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Pairs of names: the second is computed from the first."""
        return [(source, node.name) for node in self.forward for source in node.inputs]

    @property
    def gradients(self) -> Mapping[str, Total]:
        """The gradient by each parameter."""
        parameters = {node.name for node in self.forward if node.role == "parameter"}
        return {total.by: total for total in reversed(self.backward) if total.by in parameters}
