"""A tape: one reverse pass of autograd, written down step by step as plain data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Ref:
    """The number of an input or of a step's result; inputs are numbered first."""

    index: int


@dataclass(frozen=True)
class Spec:
    """What an array looks like: shape, dtype, and whether rows (C) or columns (F) lie together."""

    shape: tuple[int, ...]
    dtype: np.dtype
    order: Literal["C", "F"] = "C"

    @classmethod
    def of(cls, value: Any) -> "Spec":
        """Return the look of an array or a number."""
        array = np.asarray(value)
        flags = array.flags
        return cls(array.shape, array.dtype, "F" if flags.f_contiguous and not flags.c_contiguous else "C")

    def __str__(self) -> str:
        return f"{self.dtype}({', '.join(map(str, self.shape))})"


@dataclass(frozen=True)
class Step:
    """The call of one primitive.

    Attributes:
        function: The primitive, as autograd calls it.
        args: Its arguments; a `Ref` stands for what was computed before, anything else is a constant.
        kwargs: Constants by name.
        result: What the result looks like; None if it is neither an array nor a number.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    result: Spec | None

    @property
    def refs(self) -> Iterator[Ref]:
        """What the step needs."""
        return (arg for arg in self.args if isinstance(arg, Ref))

    @property
    def name(self) -> str:
        """The primitive's name."""
        return getattr(self.function, "__name__", repr(self.function))

    def at(self, places: Mapping[int, int]) -> "Step":
        """Return the step with its refs renumbered."""
        return replace(self, args=tuple(moved(arg, places) for arg in self.args))


@dataclass(frozen=True)
class Tape:
    """The program of a loss and its gradient: every step in the order in which it was taken.

    Attributes:
        inputs: Name and look of everything that may change from one replay to the next.
        steps: The calls.
        value: The loss: a `Ref`, or a constant.
        gradients: The same for the gradient by each parameter.
    """

    inputs: Mapping[str, Spec]
    steps: tuple[Step, ...]
    value: Any
    gradients: Mapping[str, Any]

    @property
    def numbered(self) -> Iterator[tuple[int, Step]]:
        """Each step with the number of its result."""
        return enumerate(self.steps, start=len(self.inputs))

    @property
    def ends(self) -> set[int]:
        """The numbers of the results that are wanted."""
        return {end.index for end in (self.value, *self.gradients.values()) if isinstance(end, Ref)}

    @property
    def needed(self) -> set[int]:
        """The numbers of all that the wanted results depend on."""
        needed = self.ends
        for index, step in reversed(list(self.numbered)):
            if index in needed:
                needed |= {ref.index for ref in step.refs}
        return needed

    def with_steps(self, kept: Mapping[int, Step], places: Mapping[int, int]) -> "Tape":
        """Return the tape with only some steps, renumbered; ``places`` says where each result now is."""
        order = {old: new for new, old in enumerate([*range(len(self.inputs)), *kept])}
        final = {old: order[place] for old, place in places.items()}
        return Tape(
            self.inputs,
            tuple(step.at(final) for step in kept.values()),
            moved(self.value, final),
            {name: moved(end, final) for name, end in self.gradients.items()},
        )

    def label(self, ref: Any) -> str:
        """Return how a value is called in the text of the tape: ``W1``, ``%7``, or a constant."""
        if not isinstance(ref, Ref):
            return _constant(ref)
        names = list(self.inputs)
        return names[ref.index] if ref.index < len(names) else f"%{ref.index}"

    def line(self, index: int) -> str:
        """Return a step as a line of text: ``%7 = affine(%3, W2, b2)  float64(1000, 4)``."""
        if index < len(self.inputs):
            return list(self.inputs)[index]
        step = self.steps[index - len(self.inputs)]
        args = [self.label(arg) for arg in step.args]
        args += [f"{name}={_constant(value)}" for name, value in step.kwargs.items()]
        return f"%{index} = {step.name}({', '.join(args)})  {step.result or 'object'}"

    def __str__(self) -> str:
        lines = [f"{name}: {spec}" for name, spec in self.inputs.items()]
        lines += [self.line(index) for index, _ in self.numbered]
        lines.append(f"value: {self.label(self.value)}")
        lines += [f"gradient of {name}: {self.label(end)}" for name, end in self.gradients.items()]
        return "\n".join(lines)


def moved(arg: Any, places: Mapping[int, int]) -> Any:
    """Return where a ref leads after renumbering; a constant stays what it is."""
    return Ref(places[arg.index]) if isinstance(arg, Ref) else arg


def _constant(value: Any) -> str:
    """Return a constant in a few characters."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"<{Spec.of(value)}>"
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop)]
        return ":".join(ends) + (f":{value.step}" if value.step is not None else "")
    if isinstance(value, tuple):
        return f"({', '.join(map(_constant, value))})"
    text = str(value) if isinstance(value, np.generic | np.ndarray) else repr(value)
    return text if len(text) <= 40 else f"<{type(value).__name__}>"


def first_difference(one: Tape, other: Tape) -> str | None:
    """Return where two tapes differ, in words; None if they are the same line by line."""
    if one.inputs != other.inputs:
        return "their inputs differ"
    for (index, step), counterpart in zip(one.numbered, other.steps, strict=False):
        if step.function is not counterpart.function or step.result != counterpart.result:
            return f"%{index} is {step.name} in one and {counterpart.name} in the other"
        if not same_constant((step.args, dict(step.kwargs)), (counterpart.args, dict(counterpart.kwargs))):
            return f"the arguments of %{index} = {step.name}(...) differ"
    if len(one.steps) != len(other.steps):
        return f"one has {len(one.steps)} steps, the other {len(other.steps)}"
    if not same_constant((one.value, dict(one.gradients)), (other.value, dict(other.gradients))):
        return "their results differ"
    return None


def same_constant(one: Any, other: Any) -> bool:
    """Return whether two constants, or arguments that hold some, are the same to the last bit."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same_constant, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_constant(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        return Spec.of(one) == Spec.of(other) and one.tobytes() == other.tobytes()
    try:
        return bool(one == other) or (one != one and other != other)
    except Exception:  # noqa: BLE001 - what can't be compared can't be called the same.
        return False
