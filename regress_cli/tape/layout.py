"""Where each result of a tape lies, and the calls that put it there."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from regress_cli.tape.calls import Call
from regress_cli.tape.decisions import NotRecordable
from regress_cli.tape.internals import SparseObject
from regress_cli.tape.kernels import VIEWS, is_elementwise, kernel_of
from regress_cli.tape.memory import Memory
from regress_cli.tape.plan import find_lifetimes
from regress_cli.tape.steps import Ref, Spec, Step, Tape

Arrays = Mapping[str, np.ndarray]


@dataclass
class Cell:
    """Holds a result that is no array, such as a tuple, from the step that makes it to those that use it."""

    content: Any = None


class Layout:
    """A tape in memory.

    Attributes:
        calls: What a replay does.
        value: The array, of shape (), that the loss is in after a replay.
        memory: The memory of the results in between.
    """

    def __init__(self, tape: Tape, inputs: Arrays, gradients: Arrays) -> None:
        self.calls: list[Call] = []
        self.memory = Memory()
        self._tape = tape
        self._lifetimes = find_lifetimes(tape, _args_in_result)
        self._values: list[Any] = [inputs[name] for name in tape.inputs]
        # The piece of memory of each result that has one of its own.
        self._pieces: dict[int, np.ndarray] = {}
        self._reserved = self._reserve(gradients)
        for index, step in tape.numbered:
            self._values.append(self._lay_out(index, step))
            self._release(index, step)
        self.value = np.asarray(self._get(tape.value))
        self._deliver(gradients)

    def _get(self, arg: Any) -> Any:
        return self._values[arg.index] if isinstance(arg, Ref) else arg

    def _lay_out(self, index: int, step: Step) -> Any:
        """Return where a step's result lies, and note the calls that fill it."""
        args = tuple(self._get(arg) for arg in step.args)
        view = _view(step, args)
        if view is not None:
            return view
        if step.result is None:
            cell = Cell()
            self._note(index, Call(fill, (cell, step.function, args, dict(step.kwargs))))
            return cell
        out = self._place(index, step, step.result)
        calls = _kernel_calls(step, out, args)
        if calls is None:
            calls = [Call(store, (out, step.function, args, dict(step.kwargs)))]
        self._note(index, *calls)
        return out

    def _note(self, index: int, *calls: Call) -> None:
        note = self._tape.line(index)
        self.calls += [replace(call, note=note) for call in calls]

    def _place(self, index: int, step: Step, spec: Spec) -> np.ndarray:
        """Return the array for a result: a gradient's own, that of a dying argument, or another one."""
        if index in self._reserved:
            return self._reserved[index]
        heir = self._dying_argument(index, step, spec) if is_elementwise(step.function) else None
        if heir is not None:
            owner, array = heir
            self._pieces[index] = self._pieces.pop(owner)
            return array
        self._pieces[index], array = self.memory.take(spec)
        return array

    def _dying_argument(self, index: int, step: Step, spec: Spec) -> tuple[int, np.ndarray] | None:
        """Return an argument in whose place the result can be written, and whose memory that is."""
        for ref in step.refs:
            array = self._values[ref.index]
            owners = [holder for holder in self._lifetimes.holders[ref.index] if holder in self._pieces]
            if (
                len(owners) == 1
                and self._lifetimes.last_use[owners[0]] <= index
                and (array.shape, array.dtype) == (spec.shape, spec.dtype)
                and array.flags.writeable
                and (array.flags.c_contiguous if spec.order == "C" else array.flags.f_contiguous)
                and all(_is_apart_or_same(array, self._values[other.index]) for other in step.refs)
            ):
                return owners[0], array
        return None

    def _release(self, index: int, step: Step) -> None:
        """Give back the memory that nothing needs after a step: its arguments', or even its result's."""
        holders = [self._lifetimes.holders[needed] for needed in (index, *(ref.index for ref in step.refs))]
        for owner in sorted(frozenset().union(*holders)):
            if owner in self._pieces and self._lifetimes.last_use[owner] <= index:
                self.memory.give_back(self._pieces.pop(owner))

    def _reserve(self, gradients: Arrays) -> dict[int, np.ndarray]:
        """Return the results that can be made right where a gradient is wanted."""
        reserved: dict[int, np.ndarray] = {}
        for name, end in self._tape.gradients.items():
            origin, views = self._origin(end)
            if origin is None or origin in reserved:
                continue
            spec = self._step(origin).result
            target = gradients[name]
            if spec is None or (target.size, target.dtype) != (np.prod(spec.shape), spec.dtype):
                continue
            array = target.reshape(spec.shape, order=spec.order)
            end_array = array
            for step in views:
                end_array = _view(step, (end_array, *step.args[1:]))
                if end_array is None:
                    break
            if end_array is not None and _is_same(end_array, target):
                reserved[origin] = array
        return reserved

    def _origin(self, end: Any) -> tuple[int | None, list[Step]]:
        """Return the step whose memory a result lies in, and the views that lead from there to it."""
        views: list[Step] = []
        while isinstance(end, Ref) and end.index >= len(self._tape.inputs):
            step = self._step(end.index)
            if step.function not in VIEWS:
                return end.index, views
            views.insert(0, step)
            end = step.args[0]
        return None, views

    def _step(self, index: int) -> Step:
        return self._tape.steps[index - len(self._tape.inputs)]

    def _deliver(self, gradients: Arrays) -> None:
        """Copy the gradients that are not yet where they are wanted."""
        for name, end in self._tape.gradients.items():
            array, target = self._get(end), gradients[name]
            if not isinstance(end, Ref):
                target[...] = array
            elif not _is_same(array, target):
                self._note(end.index, Call(np.copyto, (target, array)))


def store(out: np.ndarray, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> None:
    """Call a primitive that has no kernel, and keep its result.

    Raises:
        NotRecordable: the result has another look than when the tape was made.
    """
    result = np.asarray(_call(function, args, kwargs))
    if result.shape != out.shape or result.dtype != out.dtype:
        name = getattr(function, "__name__", repr(function))
        raise NotRecordable(f"{name} gives {Spec.of(result)}, and gave {Spec.of(out)}")
    out[...] = result


def fill(cell: Cell, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> None:
    """Call a primitive whose result is no array, and keep that."""
    cell.content = _call(function, args, kwargs)


def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> Any:
    return function(*(arg.content if isinstance(arg, Cell) else arg for arg in args), **kwargs)


def _kernel_calls(step: Step, out: np.ndarray, args: tuple[Any, ...]) -> Any:
    """Return the calls of a step's kernel; None if there is no kernel for these arguments."""
    kernel = kernel_of(step.function)
    if kernel is None or any(isinstance(arg, Cell) for arg in args):
        return None
    try:
        inspect.signature(kernel).bind(out, *args, **step.kwargs)
    except TypeError:
        return None
    return kernel(out, *args, **step.kwargs)


def _args_in_result(step: Step) -> tuple[Any, ...]:
    """Return the arguments in whose memory a step's result may lie."""
    if step.function in VIEWS:
        return step.args[:1]
    return step.args if step.result is None else ()


def _view(step: Step, args: tuple[Any, ...]) -> Any:
    """Return a step's result if it is a view of its first argument, good for every replay."""
    if step.function not in VIEWS or not isinstance(args[0], np.ndarray):
        return None
    if any(isinstance(arg, Ref) for arg in step.args[1:]):
        return None
    result = step.function(*args, **step.kwargs)
    is_view = isinstance(result, SparseObject) or (
        isinstance(result, np.ndarray) and np.may_share_memory(result, args[0])
    )
    return result if is_view else None


def _is_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays are the same numbers in the same memory."""
    return (
        one.shape == other.shape
        and one.dtype == other.dtype
        and one.ctypes.data == other.ctypes.data
        # The stride of an axis of length 1 is never used.
        and all(a == b or n == 1 for a, b, n in zip(one.strides, other.strides, one.shape, strict=True))
    )


def _is_apart_or_same(array: np.ndarray, other: Any) -> bool:
    return not isinstance(other, np.ndarray) or _is_same(array, other) or not np.shares_memory(array, other)
