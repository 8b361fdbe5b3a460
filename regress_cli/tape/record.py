"""One reverse pass of autograd over named arrays. Every autograd-private import lives here."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from autograd.core import VJPNode, add_outgrads
from autograd.tracer import isbox, new_box, trace_stack
from autograd.util import toposort

Arrays = Mapping[str, np.ndarray]


def value_and_grad(loss: Callable[..., Any]) -> Callable[..., tuple[float, dict[str, np.ndarray]]]:
    """Return a function that gives a loss and its gradient by each named array.

    It does what ``autograd.value_and_grad`` does for a dict, to the last bit, with less work: every
    array enters the trace as a root of its own, where autograd traces the dict's look-ups as well.

    Args:
        loss: A function ``loss(params, *data)`` that returns a scalar.

    >>> value, grads = value_and_grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0})
    >>> float(value), float(grads["a"])
    (6.0, 3.0)
    """

    def evaluate(params: Arrays, *data: Any) -> tuple[float, dict[str, np.ndarray]]:
        roots = {name: VJPNode.new_root() for name in params}
        top = trace_stack.top
        try:
            with trace_stack.new_trace() as trace:
                boxes = {name: new_box(value, trace, roots[name]) for name, value in params.items()}
                end = loss(boxes, *data)
        finally:
            # autograd leaves its counter raised when the traced function raises.
            trace_stack.top = top
        if not isbox(end):
            return end, {name: np.zeros_like(value) for name, value in params.items()}
        gradients = _backward(end._node)
        return end._value, {
            name: gradients[root] if root in gradients else np.zeros_like(params[name])
            for name, root in roots.items()
        }

    return evaluate


def _backward(end: Any) -> dict[Any, np.ndarray]:
    """Return the gradient at every root, as ``autograd.core.backward_pass`` does for its one."""
    gradients: dict[Any, np.ndarray] = {}
    pending: dict[Any, Any] = {end: (1.0, False)}
    for node in toposort(end):
        outgrad = pending.pop(node)
        if not node.parents:
            gradients[node] = outgrad[0]
            continue
        for parent, ingrad in zip(node.parents, node.vjp(outgrad[0]), strict=True):
            pending[parent] = add_outgrads(pending.get(parent), ingrad)
    return gradients
