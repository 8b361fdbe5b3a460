"""What the tape uses of autograd beyond its public interface: every such import lives here.

They are the parts that ``autograd.misc.tracers`` is made of. `tests/test_tape_autograd.py` fails with a
clear message where a new autograd changes them.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import SparseObject, VJPNode, VSpace, add_outgrads, sparse_add, vspace
from autograd.numpy import numpy_wrapper
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.numpy.numpy_vjps import untake
from autograd.tracer import (
    Box,
    Node,
    box_type_mappings,
    getval,
    isbox,
    new_box,
    notrace_primitives,
    register_notrace,
    trace_stack,
)
from autograd.util import func, subvals, toposort

# The primitives that are neither a NumPy function nor ours.
GETITEM = func(ArrayBox.__getitem__)
ADD, ADD_IN_PLACE, ADD_SPARSE, UNTAKE = func(VSpace.add), func(VSpace.mut_add), sparse_add, untake
# In newer versions of autograd its mean and its where are functions around the primitives.
MEAN = getattr(numpy_wrapper, "_primitive_mean", anp.mean)
WHERE = getattr(anp, "_original_where", anp.where)


def is_input(value: Any) -> bool:
    """Return whether autograd can trace a value: an array of numbers, or a float."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiub" and type(value) in box_type_mappings
    return isinstance(value, float | np.floating) and type(value) in box_type_mappings


def is_without_derivative(function: Callable[..., Any]) -> bool:
    """Return whether autograd traces nothing through a primitive, such as a comparison."""
    return function in notrace_primitives[VJPNode]


@contextmanager
def new_trace() -> Iterator[int]:
    """Open a trace; autograd alone would leave its counter raised if the traced function raises."""
    top = trace_stack.top
    try:
        with trace_stack.new_trace() as trace:
            yield trace
    finally:
        trace_stack.top = top


__all__ = [
    "ADD",
    "ADD_IN_PLACE",
    "ADD_SPARSE",
    "GETITEM",
    "MEAN",
    "UNTAKE",
    "WHERE",
    "Box",
    "Node",
    "SparseObject",
    "VJPNode",
    "add_outgrads",
    "box_type_mappings",
    "getval",
    "is_input",
    "is_without_derivative",
    "isbox",
    "new_box",
    "new_trace",
    "register_notrace",
    "subvals",
    "toposort",
    "vspace",
]
