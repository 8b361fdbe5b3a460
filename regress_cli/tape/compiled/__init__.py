"""A straight line of NumPy calls as one compiled function.

    calls ── lowering, loops ──> statements ── groups ──> shared loops ── text ──> C ── build ──> library

What the function computes is what the calls do: elementwise results are NumPy's to the last bit, and
sums, products of matrices and transcendental functions differ by a few units in the last place.
"""

import ctypes
from functools import partial
from typing import Any

from regress_cli.tape.calls import Calls
from regress_cli.tape.compiled.build import load
from regress_cli.tape.compiled.groups import group
from regress_cli.tape.compiled.loops import Loops
from regress_cli.tape.compiled.lowering import lower
from regress_cli.tape.compiled.statements import NotCompilable
from regress_cli.tape.compiled.text import write_c

__all__ = ["CompiledProgram", "NotCompilable", "compile_program"]


class _Table(ctypes.c_void_p):
    """The address of a table of pointers; it is passed with each call, and keeps what it leads to alive."""

    kept: tuple[Any, ...] = ()


class CompiledProgram:
    """A compiled function and the arrays that it works on.

    Attributes:
        source: The function in C.
        run: Makes all calls once.
    """

    def __init__(self, calls: Calls) -> None:
        loops = Loops()
        for call in calls:
            lower(call, loops)
        self.source = write_c(group(loops.statements))
        pointers = (ctypes.c_void_p * len(loops.arrays))(*(array.ctypes.data for array in loops.arrays))
        self._table = _Table(ctypes.addressof(pointers))
        # The arrays are those of the calls, and those for results in between.
        self._table.kept = pointers, calls, loops.arrays
        self._function = load(self.source)
        self._function.argtypes, self._function.restype = [ctypes.c_void_p, ctypes.c_ssize_t], None
        self.run = partial(self._function, self._table, 1)

    def repeat(self, count: int) -> None:
        """Make all calls several times, one round after the other."""
        self._function(self._table, count)


def compile_program(calls: Calls) -> CompiledProgram:
    """Return calls as a compiled function.

    Raises:
        NotCompilable: some call has no text in C, or NumPy is faster, or no compiler does the work.
    """
    return CompiledProgram(calls)
