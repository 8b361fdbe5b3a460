"""autograd's reverse pass over named arrays, carried out."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regress_cli.tape.internals import (
    VJPNode,
    add_outgrads,
    getval,
    isbox,
    new_box,
    new_trace,
    toposort,
    vspace,
)

Inputs = Mapping[str, Any]
Loss = Callable[..., Any]


def evaluate(loss: Loss, params: Inputs, data: Inputs) -> tuple[Any, dict[str, Any]]:
    """Return a loss and its gradient by each parameter, by autograd's own reverse pass.

    It does what ``autograd.value_and_grad`` does for a dict, to the last bit, with less work: every
    array enters the trace as a root of its own, where autograd traces the dict's look-ups as well.

    Args:
        loss: A function ``loss(params, *data)`` that returns a scalar.
        params: Floating-point arrays or numbers by name.
        data: What else the function takes, in order.

    Raises:
        TypeError: the loss is not a scalar, or no real number.
    """
    roots = {name: VJPNode.new_root() for name in params}
    with new_trace() as trace:
        boxes = {name: new_box(value, trace, roots[name]) for name, value in params.items()}
        end = loss(boxes, *data.values())
    is_traced = isbox(end) and end._trace == trace
    value = end._value if is_traced else end
    raw = np.asarray(getval(value))
    if raw.dtype.kind not in "fiub":
        raise TypeError(f"a loss is a real number, and this one is {described(getval(value))}")
    if raw.size != 1:
        raise TypeError(f"a loss is a single number, and this one has the shape {raw.shape}")
    gradients = _backward(end._node, np.ones_like(raw)[()]) if is_traced else {}
    return value, {
        name: gradients[root] if root in gradients else vspace(params[name]).zeros()
        for name, root in roots.items()
    }


def described(value: Any) -> str:
    """Return what a value that can't be used is."""
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _backward(end: Any, outgrad_of_end: Any) -> dict[Any, Any]:
    """Return the gradient at every root, as ``autograd.core.backward_pass`` does for its one."""
    gradients: dict[Any, Any] = {}
    pending: dict[Any, Any] = {end: (outgrad_of_end, False)}
    for node in toposort(end):
        outgrad = pending.pop(node)
        if not node.parents:
            gradients[node] = outgrad[0]
            continue
        for parent, ingrad in zip(node.parents, node.vjp(outgrad[0]), strict=True):
            pending[parent] = add_outgrads(pending.get(parent), ingrad)
    return gradients
