"""Which loop goes where: from arrays in a common shape to statements inside loops.

Every array is first viewed in one shape, that of all the loops together; an axis along which it does not
change has stride 0. A matrix product of shapes (i, k) and (k, j) is so a sum over the last axis of the
product of two arrays of shape (i, j, k), of which no memory is ever made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from regress_cli.tape.compiled.expressions import suffix_of
from regress_cli.tape.compiled.statements import C_TYPES, Access, Memory, NotCompilable, Statement

# How many terms of a sum are written out in one expression.
_TERMS = 8
# A loop of fewer rounds is no good as the innermost.
_SHORT = 8


@dataclass(frozen=True)
class View:
    """A view that may cover a part of an array only, or repeat it, and the array."""

    array: np.ndarray
    view: np.ndarray

    @classmethod
    def of(cls, array: np.ndarray, shape: tuple[int, ...]) -> "View":
        """Return the view of an array that repeats it up to a shape."""
        return cls(array, np.broadcast_to(array, shape))

    def strides(self, axes: Sequence[int]) -> tuple[int, ...]:
        """Return how far it is from one entry to the next along some axes, counted in entries."""
        return tuple(self.view.strides[axis] // self.view.itemsize for axis in axes)

    def part(self, axis: int, entries: slice) -> "View":
        """Return the view of some entries along an axis; the axis stays."""
        return View(self.array, self.view[(*[slice(None)] * axis, entries)])

    def is_shifted(self, out: np.ndarray) -> bool:
        """Return whether writing to out, entry by entry, may change what this view has yet to give."""
        axes = [axis for axis, size in enumerate(out.shape) if size > 1]
        is_same = (self.view.dtype, _address(self.view)) == (out.dtype, _address(out))
        is_same = is_same and self.strides(axes) == View(out, out).strides(axes)
        return np.may_share_memory(self.array, out) and not is_same


Operand = View | int


class Loops:
    """Collects statements, and numbers the arrays that they use.

    Attributes:
        arrays: Every array by its number, those made for results in between among them.
        statements: What is done, in order.
    """

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.statements: list[Statement] = []
        self._numbers: dict[Any, int] = {}

    def assign(self, out: np.ndarray, operands: Sequence[np.ndarray | int], expression: str) -> None:
        """Let each entry of out become an expression of the same entries of the operands."""
        args = [arg if isinstance(arg, int) else View.of(arg, out.shape) for arg in operands]
        views = [arg for arg in args if isinstance(arg, View)]
        if any(view.is_shifted(out) for view in views):
            result = np.empty_like(out)
            self.assign(result, operands, expression)
            self.assign(out, [result], "{0}")
        else:
            target = View(out, out)
            self._append(_loop_order(target, views), target, args, expression)

    def look_up(self, out: np.ndarray, source: np.ndarray, indices: np.ndarray) -> None:
        """Let each row of out become a row of the source; an index beyond the last row means the last one."""
        numbers = indices.reshape(-1, *[1] * (out.ndim - 1))
        start = View(source, np.broadcast_to(source[:1], out.shape))
        index = View(indices, np.broadcast_to(numbers, out.shape))
        if start.is_shifted(out) or index.is_shifted(out):
            raise NotCompilable("rows are looked up in the array that they are written to")
        (stride,) = View(source, source).strides([0])
        target = View(out, out)
        text = f"{{0}}[clip_index({{1}}, {len(source)}) * {stride}]"
        self._append(_loop_order(target, [index]), target, [start, index], text, looks_up=True)

    def add_up(self, out: np.ndarray, factors: Sequence[np.ndarray]) -> None:
        """Let out become a sum of products.

        Args:
            out: The sum; it has the factors' axes, and the length 1 along those that are summed over.
            factors: One array, or two that are multiplied.
        """
        shape = np.broadcast_shapes(*(factor.shape for factor in factors))
        if any(np.may_share_memory(out, factor) for factor in factors):
            result = np.empty_like(out)
            self.add_up(result, factors)
            self.assign(out, [result], "{0}")
        elif 0 in shape:
            self.assign(out, [0], "{0}")
        elif out.shape == shape:
            self.assign(out, factors, " * ".join(["{0}", "{1}"][: len(factors)]))
        else:
            self._add_up(View.of(out, shape), [View.of(factor, shape) for factor in factors])

    def _add_up(self, out: View, factors: list[View]) -> None:
        order = _loop_order(out, factors)
        kept = tuple(axis for axis in order if out.view.strides[axis] != 0)
        summed = [axis for axis in order if axis not in kept]
        if order[-1] in summed:
            text = _plus("{total}", 0, factors)
            self._append((*summed[:-1], *kept, order[-1]), out, factors, text, is_sum=True)
            return
        *rest, axis = sorted(summed, key=lambda axis: out.view.shape[axis])
        if rest:
            self.assign(out.array, [0], "{0}")
        size = out.view.shape[axis]
        head = size % _TERMS or min(size, _TERMS)
        order = (*rest, axis, *kept)
        self._add_columns(order, out, factors, axis, [slice(n, n + 1) for n in range(head)], bool(rest))
        if size > head:
            slices = [slice(head + n, size, _TERMS) for n in range(_TERMS)]
            self._add_columns(order, out, factors, axis, slices, True)

    def _add_columns(
        self,
        order: tuple[int, ...],
        out: View,
        factors: list[View],
        axis: int,
        columns: list[slice],
        is_continued: bool,
    ) -> None:
        """Add a few terms of a sum at a time, each of which is a column in the direction of the rows."""
        target = out.part(axis, columns[0])
        args, text = ([target], "{0}") if is_continued else ([], "")
        for column in columns:
            text = _plus(text, len(args), factors)
            args += [factor.part(axis, column) for factor in factors]
        self._append(order, target, args, text, is_alone=is_continued, has_reuse=len(factors) > 1)

    def _append(
        self, order: Sequence[int], out: View, args: Sequence[Operand], expression: str, **flags: bool
    ) -> None:
        if not out.array.flags.writeable:
            raise NotCompilable("a result is a read-only array")
        if out.view.size == 0:
            return
        order = [axis for axis in order if out.view.shape[axis] > 1]
        sizes = tuple(out.view.shape[axis] for axis in order) or (1,)
        accesses = [arg if isinstance(arg, int) else self._access(arg, order) for arg in args]
        statement = Statement(sizes, self._access(out, order), tuple(accesses), expression, **flags)
        self.statements.append(statement)

    def _access(self, view: View, order: Sequence[int]) -> Access:
        array = view.array
        if array.dtype not in C_TYPES or not array.flags.aligned:
            raise NotCompilable(f"an array of {array.dtype} has no type in C")
        if any(stride % array.itemsize for stride in array.strides):
            raise NotCompilable("an array lies among the fields of another one")
        key = (_address(array), array.dtype)
        if key not in self._numbers:
            self._numbers[key] = len(self.arrays)
            self.arrays.append(array)
        pairs = zip(array.shape, array.strides, strict=True)
        axes = frozenset((size, stride) for size, stride in pairs if size > 1 and stride != 0)
        memory = Memory(self._numbers[key], array.dtype, *byte_bounds(array), axes)
        offset = (_address(view.view) - _address(array)) // array.itemsize
        return Access(memory, view.strides(order) or (0,), offset)


def _loop_order(out: View, args: Sequence[View]) -> tuple[int, ...]:
    """Return the axes that need a loop; along the last one, for the rows, entries lie side by side."""
    axes = [axis for axis, size in enumerate(out.view.shape) if size > 1]

    def cost(axis: int) -> tuple[bool, int, int, int]:
        steps = [abs(view.strides([axis])[0]) for view in (out, out, *args)]
        size = out.view.shape[axis]
        return size < _SHORT, sum(step > 1 for step in steps), -steps.count(1), -size

    row = min(axes, key=cost, default=None)
    others = [axis for axis in axes if axis != row]
    others.sort(key=lambda axis: -abs(out.view.strides[axis]))
    return (*others, *([] if row is None else [row]))


def _plus(total: str, first: int, factors: Sequence[View]) -> str:
    """Return the text of a sum so far and one more product, whose factors are numbered from ``first`` on."""
    if len(factors) == 1:
        return f"{total} + {{{first}}}" if total else f"{{{first}}}"
    product = f"{{{first}}}, {{{first + 1}}}"
    suffix = suffix_of(np.result_type(*(factor.array for factor in factors)))
    return f"multiply_add{suffix}({product}, {total})" if total else f"{{{first}}} * {{{first + 1}}}"


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
