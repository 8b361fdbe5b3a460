"""Which backward step gives the gradient of which forward value.

A tape knows the gradients of its inputs only. So the forward steps are recorded once more with a mark
on each result: a primitive that does nothing, but whose derivative rule marks the gradient that comes
by. Without its marks the second tape has to be the first one, step by step, or nothing is claimed.

The reverse pass begins with a gradient of 1. Here this 1 is an input, the seed, for what comes of a
constant would be a constant too, and no step.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from autograd.extend import defvjp, primitive

from regress_cli.tape import NotRecordable, Tape, record
from regress_cli.tape.plan import drop_dead_steps
from regress_cli.tape.reverse import Inputs, Loss
from regress_cli.tape.steps import Ref, first_difference


@dataclass(frozen=True)
class Recorded:
    """A tape, and what is known of the gradients in it.

    Attributes:
        tape: The tape, without steps that nothing needs. Its last input is the seed.
        params: The names of the inputs that the loss is differentiated by.
        seed: The gradient of the loss by itself: 1.
        gradients: The gradient of the loss by each value of the forward pass, as far as it is known: a
            `Ref`, or a constant.
    """

    tape: Tape
    params: frozenset[str]
    seed: Any
    gradients: dict[int, Any]

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs without the seed."""
        return list(self.tape.inputs)[:-1]

    @property
    def forward(self) -> set[int]:
        """The numbers of the values that the loss is made of, inputs included."""
        return _forward(self.tape)


def record_with_gradients(loss: Loss, params: Inputs, data: Inputs, sample: Inputs | None = None) -> Recorded:
    """Record a loss, and find the gradient by each value on the way to it.

    Args:
        loss: A function ``loss(params, *data)`` that returns a single number.
        params: What it is differentiated by.
        data: What else it takes.
        sample: A few rows of the data, on which the gradients are found in no time; by default all.

    Raises:
        NotRecordable: the loss does not do the same steps each time, or is a constant.
    """
    sample = data if sample is None else sample
    seed = _seed(loss, params, sample)
    tape, _ = _without_marks(record(_seeded(loss), params, {**data, SEED: seed}))
    found = _gradients(loss, tape, params, {**sample, SEED: seed})
    start = {tape.value.index: Ref(len(tape.inputs) - 1)}
    ends = {number: tape.gradients[name] for number, name in enumerate(tape.inputs) if name in params}
    return Recorded(tape, frozenset(params), seed, start | found | ends)


def _gradients(loss: Loss, whole: Tape, params: Inputs, sample: Inputs) -> dict[int, Ref]:
    """Return where the gradient by each value of the forward pass is; nothing if that can't be told."""
    try:
        tape, _ = _without_marks(record(_seeded(loss), params, sample))
        marked, found = _without_marks(record(_seeded(_marked(tape)), params, _inputs(tape, sample)))
    except NotRecordable:
        return {}
    return found if _are_alike(whole, tape) and first_difference(tape, marked) is None else {}


def _are_alike(one: Tape, other: Tape) -> bool:
    """Return whether two tapes do the same steps with the same values, whatever the shapes and constants."""
    return (one.value, len(one.steps)) == (other.value, len(other.steps)) and all(
        step.function is counterpart.function and [*map(_ref, step.args)] == [*map(_ref, counterpart.args)]
        for step, counterpart in zip(one.steps, other.steps, strict=True)
    )


def _ref(arg: Any) -> Ref | None:
    return arg if isinstance(arg, Ref) else None


@primitive
def _mark(value: Any, number: int) -> Any:
    return value


@primitive
def _mark_gradient(gradient: Any, number: int) -> Any:
    return gradient


@primitive
def _start(value: Any, seed: Any) -> Any:
    return value


defvjp(_mark, lambda ans, value, number: lambda gradient: _mark_gradient(gradient, number))
defvjp(_start, lambda ans, value, seed: lambda gradient: seed)


def _seed(loss: Loss, params: Inputs, data: Inputs) -> Any:
    """Return the gradient of the loss by itself, in its shape and dtype."""
    try:
        return np.ones_like(np.asarray(loss(params, *data.values())))[()]
    except Exception as error:
        raise NotRecordable(f"it raises {type(error).__name__}: {error}") from error


def _seeded(loss: Loss) -> Loss:
    """Return a loss whose last input is the gradient from which its reverse pass starts."""

    def seeded(params: Inputs, *data: Any) -> Any:
        *others, seed = data
        return _start(loss(params, *others), seed)

    return seeded


def _marked(tape: Tape) -> Loss:
    """Return the function that does the forward steps of a tape and marks each result."""
    forward = _forward(tape)

    def loss(params: Inputs, *data: Any) -> Any:
        values = dict(enumerate([*params.values(), *data]))
        for number, step in tape.numbered:
            if number in forward:
                args = [values[arg.index] if isinstance(arg, Ref) else arg for arg in step.args]
                value = step.function(*args, **step.kwargs)
                values[number] = value if step.result is None else _mark(value, number)
        return values[tape.value.index]

    return loss


def _inputs(tape: Tape, data: Inputs) -> Inputs:
    """Return what of the data has become an input."""
    return {name: value for name, value in data.items() if name in tape.inputs}


def _forward(tape: Tape) -> set[int]:
    return replace(tape, gradients={}).needed


def _without_marks(marked: Tape) -> tuple[Tape, dict[int, Ref]]:
    """Return a tape without its marks and needless steps, and the gradients that were marked."""
    places = {index: index for index in range(len(marked.inputs))}
    kept, found = {}, {}
    for index, step in marked.numbered:
        if step.function in (_mark, _mark_gradient, _start):
            if not isinstance(step.args[0], Ref):
                raise NotRecordable("it gives the same number whatever it is given")
            places[index] = places[step.args[0].index]
            if step.function is _mark_gradient:
                found[step.args[1]] = places[index]
        else:
            places[index] = index
            kept[index] = step
    order = {old: new for new, old in enumerate([*range(len(marked.inputs)), *kept])}
    tape = marked.with_steps(kept, places)
    is_whole = len(drop_dead_steps(tape).steps) == len(tape.steps)
    return drop_dead_steps(tape), {n: Ref(order[place]) for n, place in found.items()} if is_whole else {}


SEED = "the gradient by the result itself"
