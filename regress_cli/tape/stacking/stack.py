"""From the tape of one function to that of many copies of it."""

from collections.abc import Collection
from typing import Any

import numpy as np

from regress_cli.tape.kernels import is_elementwise
from regress_cli.tape.plan import drop_dead_steps
from regress_cli.tape.stacking.rules import RULES, elementwise
from regress_cli.tape.stacking.stacker import NotStackable, Stacker, Value
from regress_cli.tape.steps import Ref, Spec, Step, Tape


def stack(tape: Tape, count: int, shared: Collection[str] = ()) -> Tape:
    """Return the tape of so many copies of a function, each with inputs of its own.

    Args:
        tape: Of one copy.
        count: The number of copies.
        shared: The names of the inputs that are the same for all.

    Returns:
        A tape whose value has the shape (count,), and whose gradients have the shapes (count, ...).
        Of an input in column order each copy stands as its transpose: its spec says what is taken.

    Raises:
        NotStackable: a step is not known for many copies at once.
    """
    tape = drop_dead_steps(tape)
    inputs: dict[str, Spec] = {}
    values: list[Value] = []
    for index, (name, spec) in enumerate(tape.inputs.items()):
        is_flipped = spec.order == "F" and name not in shared
        shape = spec.shape[::-1] if is_flipped else spec.shape
        inputs[name] = spec if name in shared else Spec((count, *shape), spec.dtype)
        values.append(Value(Ref(index), spec.shape, spec.dtype, name not in shared, is_flipped))
    stacker = Stacker(count, len(inputs))
    for step in tape.steps:
        values.append(_stacked(stacker, step, tuple(_value_of(arg, values) for arg in step.args)))
    value = _value_of(tape.value, values)
    if not value.is_stacked:
        raise NotStackable("the loss does not depend on the parameters")
    ends = {name: _end(stacker, _value_of(end, values)) for name, end in tape.gradients.items()}
    return Tape(inputs, tuple(stacker.steps), value.where, ends)


def _value_of(arg: Any, values: list[Value]) -> Value:
    """Return what is known of an argument; a constant is shared."""
    if isinstance(arg, Ref):
        return values[arg.index]
    is_array = isinstance(arg, np.ndarray | np.generic)
    return Value(arg, np.shape(arg) if is_array else (), arg.dtype if is_array else None)


def _stacked(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    if not any(arg.is_stacked for arg in args):
        where = stacker.keep(step, tuple(arg.where for arg in args))
        return Value(where) if step.result is None else Value(where, step.result.shape, step.result.dtype)
    rule = RULES.get(step.function)
    if rule is None and is_elementwise(step.function):
        rule = elementwise
    if rule is None:
        raise NotStackable(f"{step.name} is not known for many copies at once")
    return rule(stacker, step, args)


def _end(stacker: Stacker, value: Value) -> Any:
    """Return where a gradient is, its axes in order."""
    return stacker.laid(value, flipped=False)
