"""autograd's reverse pass, written down as a tape.

autograd's derivative rules are made of its own primitives. So a trace of autograd's trace, from
outside, sees every call of the forward and of the backward pass in the order in which they happen.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Iterator
from typing import Any

import autograd.numpy as anp
import numpy as np

from regress_cli.tape.decisions import NotRecordable, no_decisions, refuse_decisions
from regress_cli.tape.internals import (
    Node,
    box_type_mappings,
    is_input,
    isbox,
    new_box,
    new_trace,
    register_notrace,
    subvals,
)
from regress_cli.tape.reverse import Inputs, Loss, described, evaluate
from regress_cli.tape.steps import Ref, Spec, Step, Tape, first_difference


class InsideAnotherTrace(NotRecordable):
    """The loss uses values that autograd is tracing for someone else, so they are no constants."""


def record(loss: Loss, params: Inputs, data: Inputs) -> Tape:
    """Return what autograd does to compute the loss and its gradient.

    The loss is traced twice, the second time at other numbers of the same shapes: where the two
    programs differ, the loss chooses its steps by its values, or draws random numbers.

    Args:
        loss: A function ``loss(params, *data)`` that returns a scalar.
        params: Floating-point arrays or numbers by name.
        data: The same, of all that may change between replays; what it holds besides is a constant.

    Raises:
        NotRecordable: a replay would not do what the loss does.
    """
    fixed = [name for name, value in params.items() if not is_input(value)]
    if fixed:
        look = described(params[fixed[0]])
        raise NotRecordable(f"{fixed[0]} is {look}, not a float or an array of floats")
    rng = np.random.default_rng(0)
    other_params = {name: _elsewhere(value, rng) for name, value in params.items()}
    other_data = {name: _elsewhere(value, rng) for name, value in data.items()}
    place = "while it is recorded"
    try:
        tape = _record_once(loss, params, data)
        place = "at other parameters"
        with np.errstate(all="ignore"):
            other = _record_once(loss, other_params, other_data)
    except NotRecordable:
        raise
    except Exception as error:
        raise NotRecordable(f"{place} it raises {type(error).__name__}: {error}") from error
    difference = first_difference(tape, other)
    if difference is not None:
        raise NotRecordable(
            f"it does other steps at other parameters, or draws random numbers ({difference})"
        )
    return tape


class _Recorder:
    """Takes down inputs and steps while a loss runs."""

    def __init__(self, trace: int) -> None:
        self._trace = trace
        self.inputs: dict[str, Spec] = {}
        self.steps: list[Step] = []

    def enter(self, name: str, value: Any) -> Any:
        """Return a box around an input, from which the trace begins; a constant stays what it is."""
        if not is_input(value):
            return value
        self.inputs[name] = Spec.of(value)
        return new_box(value, self._trace, _RecordingNode.new_root(self, len(self.inputs) - 1))

    def add(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> int:
        """Take down a step, and return the number of its result."""
        if type(result) not in box_type_mappings:
            raise NotRecordable(
                f"{getattr(function, '__name__', function)} gives a single {type(result).__name__}, "
                "by which Python chooses what to do next"
            )
        for box in _boxes((args, kwargs)):
            self._refuse_if_foreign(box)
            raise NotRecordable(f"{function.__name__} hides from autograd what it is given")
        spec = Spec.of(result) if isinstance(result, np.ndarray | np.generic | float) else None
        if spec is not None and spec.dtype.hasobject:
            raise NotRecordable(f"{function.__name__} gives Python objects")
        self.steps.append(Step(function, args, kwargs, spec))
        return len(self.inputs) + len(self.steps) - 1

    def ref(self, value: Any) -> Any:
        """Return where a value of this recording came from; a constant stays what it is."""
        if not isbox(value):
            return value
        self._refuse_if_foreign(value)
        return Ref(value._node.index)

    def _refuse_if_foreign(self, box: Any) -> None:
        if box._trace < self._trace:
            raise InsideAnotherTrace("it uses values that autograd is tracing for another gradient")


class _RecordingNode(Node):
    """Notes a step when autograd makes a node for it."""

    __slots__ = ["index", "recorder"]

    def __init__(self, value: Any, fun: Any, args: Any, kwargs: Any, argnums: Any, parents: Any) -> None:
        refs = [(argnum, Ref(parent.index)) for argnum, parent in zip(argnums, parents, strict=True)]
        self.recorder = parents[0].recorder
        self.index = self.recorder.add(fun, tuple(subvals(args, refs)), kwargs, value)

    def initialize_root(self, recorder: _Recorder, index: int) -> None:
        """Stand for an input."""
        self.recorder, self.index = recorder, index


# What these give is fixed by a shape, so it is a constant.
for _fixed_by_shape in (anp.size, anp.zeros_like, anp.ones_like):
    register_notrace(_RecordingNode, _fixed_by_shape)


def _record_once(loss: Loss, params: Inputs, data: Inputs) -> Tape:
    with new_trace() as trace, no_decisions(_RecordingNode):
        recorder = _Recorder(trace)
        boxed_params = {name: recorder.enter(name, value) for name, value in params.items()}
        boxed_data = {name: recorder.enter(name, value) for name, value in data.items()}
        value, gradients = evaluate(loss, boxed_params, boxed_data)
    ends = {name: recorder.ref(gradient) for name, gradient in gradients.items()}
    tape = Tape(recorder.inputs, tuple(recorder.steps), recorder.ref(value), ends)
    refuse_decisions(tape)
    return tape


def _boxes(value: Any) -> Iterator[Any]:
    """Yield the traced values in arguments."""
    if isbox(value):
        yield value
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _boxes(entry)
    elif isinstance(value, dict):
        yield from _boxes(list(value.values()))


def _elsewhere(value: Any, rng: np.random.Generator) -> Any:
    """Return other numbers of the same look and much the same size; signs, and what is no float, stay."""
    if not is_input(value) or np.asarray(value).dtype.kind != "f":
        return value
    factor = rng.uniform(0.9, 1.1, np.shape(value))
    moved = np.where(np.equal(value, 0), 1e-3 * (factor - 1), np.multiply(value, factor))
    if not isinstance(value, np.ndarray):
        return type(value)(moved)
    return np.array(moved, dtype=value.dtype, order=Spec.of(value).order)  # type: ignore[call-overload]
