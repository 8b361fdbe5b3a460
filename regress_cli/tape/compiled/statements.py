"""What a compiled program is made of: assignments inside loops, over arrays that lie at fixed addresses."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


class NotCompilable(Exception):
    """A program can't be compiled, or is better left to NumPy; the text says why."""


C_TYPES = {
    np.dtype(np.float64): "double",
    np.dtype(np.float32): "float",
    np.dtype(np.bool_): "unsigned char",
    np.dtype(np.intp): "ptrdiff_t",
}


@dataclass(frozen=True)
class Memory:
    """An array as C sees it.

    Attributes:
        number: Its place in the table of pointers.
        dtype: The type of its entries.
        start: The address of its first byte.
        end: The address behind its last byte.
        axes: Length and stride of every axis; arrays that agree in number and axes hold the same entries.
    """

    number: int
    dtype: np.dtype
    start: int
    end: int
    axes: frozenset[tuple[int, int]]

    def overlaps(self, other: "Memory") -> bool:
        """Return whether two arrays may have bytes in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Access:
    """The entry of an array that a statement reads or writes.

    Attributes:
        memory: The array.
        strides: How far each loop steps through it, counted in entries; the row loop is the last.
        offset: Where the loops begin.
    """

    memory: Memory
    strides: tuple[int, ...]
    offset: int = 0

    @property
    def is_the_same_in_each_row(self) -> bool:
        """Whether the row loop leaves it in place."""
        return self.strides[-1] == 0

    def keeps_to_its_row(self, other: "Access") -> bool:
        """Return whether this entry and another, of the same memory, are one only in the same row."""
        one, two = self.memory, other.memory
        is_same_array = one.number == two.number and one.axes == two.axes
        return is_same_array and self.strides[-1] == other.strides[-1] != 0


@dataclass(frozen=True)
class Statement:
    """An assignment inside nested loops, the innermost of which runs over rows.

    Attributes:
        sizes: How often each loop goes round.
        out: What is assigned to.
        args: What the expression reads: entries of arrays, or whole numbers.
        expression: C text with ``{0}``, ``{1}`` for the arguments, and ``{total}`` for the sum so far.
        is_sum: Whether the rows are added up.
        looks_up: Whether the first argument means the place of its entry, from where others are found.
        is_alone: Whether an outer loop comes back to the same entries, so that other statements must wait.
        has_reuse: Whether neighbouring entries of the result read the same entries of the arguments.
    """

    sizes: tuple[int, ...]
    out: Access
    args: tuple[Access | int, ...]
    expression: str
    is_sum: bool = False
    looks_up: bool = False
    is_alone: bool = False
    has_reuse: bool = False

    @property
    def rows(self) -> int:
        """How often the innermost loop goes round."""
        return self.sizes[-1]

    @property
    def accesses(self) -> list[Access]:
        """Everything that is read or written."""
        return [self.out, *(arg for arg in self.args if isinstance(arg, Access))]

    def conflicts(self, other: "Statement") -> Iterator[tuple[Access, Access]]:
        """Return the accesses of two statements to common memory that must not change places."""
        pairs = [(self.out, access) for access in other.accesses]
        pairs += [(access, other.out) for access in self.accesses[1:]]
        return ((one, two) for one, two in pairs if one.memory.overlaps(two.memory))
