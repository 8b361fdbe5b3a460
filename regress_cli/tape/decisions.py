"""What no tape can hold: steps that Python, or NumPy, chooses by a value."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Iterator
from contextlib import contextmanager

import autograd.numpy as anp

from regress_cli.tape.internals import GETITEM, WHERE, Box, Node, is_without_derivative
from regress_cli.tape.steps import Step, Tape

# The look of what these give depends on the numbers that they are given.
SHAPED_BY_VALUES = {
    anp.nonzero,
    anp.flatnonzero,
    anp.argwhere,
    anp.unique,
    anp.compress,
    anp.extract,
    anp.trim_zeros,
    anp.bincount,
}


class NotRecordable(Exception):
    """The loss can't be replayed: what it does is not fixed by its inputs' shapes. The text says why."""


@contextmanager
def no_decisions(node_type: type[Node]) -> Iterator[None]:
    """Refuse it when Python asks whether a recorded value is true: it would go the same way for ever.

    Args:
        node_type: The nodes by which recorded values are known.
    """
    usual = Box.__bool__

    def is_true(box: Box) -> bool:
        if isinstance(box._node, node_type):
            raise NotRecordable("Python chooses by the truth of a value what to do next")
        return usual(box)

    Box.__bool__ = is_true
    try:
        yield
    finally:
        Box.__bool__ = usual


def refuse_decisions(tape: Tape) -> None:
    """Refuse a tape in which a value decides what is done, or how much.

    Raises:
        NotRecordable: there is such a step.
    """
    used = {ref.index for step in tape.steps for ref in step.refs}
    masks = _masks(tape)
    for index, step in tape.numbered:
        if _is_shaped_by_values(step, masks):
            raise NotRecordable(f"how much %{index} = {step.name}(...) gives depends on values")
        if index not in used and _is_outcome(step):
            raise NotRecordable(
                f"Python chooses by the outcome of %{index} = {step.name}(...) what to do next"
            )


def _is_outcome(step: Step) -> bool:
    """Return whether a step compares or counts: where no other step uses that, Python did."""
    is_whole = step.result is not None and step.result.dtype.kind in "biu"
    return is_whole and is_without_derivative(step.function)


def _is_shaped_by_values(step: Step, masks: set[int]) -> bool:
    is_selection = step.function is GETITEM and any(ref.index in masks for ref in [*step.refs][1:])
    is_nonzero = step.function is WHERE and len(step.args) == 1
    return is_selection or is_nonzero or step.function in SHAPED_BY_VALUES


def _masks(tape: Tape) -> set[int]:
    """Return the numbers of all that is boolean."""
    specs = [*tape.inputs.values(), *(step.result for step in tape.steps)]
    return {index for index, spec in enumerate(specs) if spec is not None and spec.dtype.kind == "b"}
