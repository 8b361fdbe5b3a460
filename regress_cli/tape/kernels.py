"""How each primitive is carried out on arrays that are already there.

A kernel takes the array for the result and the arguments, and returns the calls that fill it; it is
run once, when a tape is laid out in memory, and the calls are what a replay repeats. Views are taken
then too, so that a replay makes none. Each call does the same arithmetic as the primitive it stands
for, in the same order, so that the numbers are the same to the last bit.

A kernel that does not know its arguments returns None; then, as for a primitive without a kernel, the
replay calls the primitive itself and copies the result.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import autograd.numpy as anp
import numpy as np

from regress_cli import primitives
from regress_cli.tape import stand_ins
from regress_cli.tape.calls import Call, Calls
from regress_cli.tape.internals import ADD, ADD_IN_PLACE, ADD_SPARSE, GETITEM, MEAN, UNTAKE, WHERE
from regress_cli.tape.steps import Spec

Kernel = Callable[..., Calls | None]


def kernel_of(function: Callable[..., Any]) -> Kernel | None:
    """Return the kernel of a primitive; None if there is none."""
    if function in KERNELS:
        return KERNELS[function]
    ufunc = getattr(function, "fun", None)
    if isinstance(ufunc, np.ufunc) and ufunc.nout == 1 and ufunc.signature is None:
        return lambda out, *args: _ufunc(ufunc, out, *args)
    return None


def is_elementwise(function: Callable[..., Any]) -> bool:
    """Return whether each entry of the result needs only the same entry of the arguments.

    The result of such a primitive may take the place of an argument that nothing needs any more.
    """
    return function in ELEMENTWISE or (function not in KERNELS and kernel_of(function) is not None)


def _ufunc(ufunc: np.ufunc, out: np.ndarray, *args: Any) -> Calls:
    operands = tuple(_operand(ufunc, arg, args) for arg in args)
    if ufunc in (np.maximum, np.minimum):  # NumPy 2.4 wants the third argument of these two by name.
        return [Call(ufunc, operands, {"out": out})]
    return [Call(ufunc, (*operands, out))]


def _operand(ufunc: np.ufunc, arg: Any, args: tuple[Any, ...]) -> Any:
    """Return a number as the array that NumPy would make of it at every call."""
    if isinstance(arg, np.generic):
        return np.asarray(arg)
    if type(arg) not in (int, float):
        return arg
    arrays = [other for other in args if isinstance(other, np.ndarray | np.generic)]
    dtype = np.result_type(arg, *arrays)
    # There are those that want an integer beside a float, and integers too large for their array.
    is_common = any(types.startswith(dtype.char * ufunc.nin + "->") for types in ufunc.types)
    is_integer = dtype.kind != "f"
    return arg if is_integer or not is_common else np.asarray(arg, dtype)


# --------------------------------------------------------------------------- regress's primitives


def affine(out: np.ndarray, X: np.ndarray, W: np.ndarray, b: np.ndarray) -> Calls:
    """Fill out with ``X @ W + b``."""
    return [Call(np.ndarray.dot, (W.T, X.T, out.T)), Call(np.add, (out, b, out))]


def matrix_vector(out: np.ndarray, X: np.ndarray, w: np.ndarray) -> Calls:
    """Fill out with ``X @ w``."""
    return [Call(np.ndarray.dot, (X, w, out))]


def affine_output(out: np.ndarray, X: np.ndarray, W: np.ndarray, b: np.ndarray) -> Calls:
    """Fill out with ``X @ W[:, 0] + b``."""
    return [Call(np.ndarray.dot, (X, W[:, 0], out)), Call(np.add, (out, b, out))]


def relu(out: np.ndarray, x: np.ndarray) -> Calls:
    """Fill out with the larger of x and 0; against an array of zeros NumPy is three times as fast."""
    return [Call(np.maximum, (x, _zeros_like(out)), {"out": out})]


_zeros: WeakValueDictionary[Spec, np.ndarray] = WeakValueDictionary()


def _zeros_like(array: np.ndarray) -> np.ndarray:
    """Return zeros that no one may write to: the same array wherever the same one is wanted."""
    key = Spec.of(array)
    zeros = _zeros.get(key)
    if zeros is None:
        zeros = _zeros[key] = np.zeros(key.shape, key.dtype, order=key.order)  # type: ignore[call-overload]
        zeros.flags.writeable = False
    return zeros


def gate(out: np.ndarray, g: np.ndarray, x: np.ndarray) -> Calls:
    """Fill out with g where x is positive, and 0 elsewhere."""
    is_open = np.empty_like(out, dtype=bool)
    return [
        Call(np.greater, (x, np.zeros((), out.dtype), is_open)),
        Call(np.multiply, (g, is_open, out)),
    ]


def tanh(out: np.ndarray, x: np.ndarray) -> Calls:
    """Fill out with the hyperbolic tangent."""
    return [Call(np.tanh, (x, out))]


def _room(*arrays: np.ndarray) -> np.ndarray:
    """Return an array for what an elementwise function of these gives."""
    return np.empty(np.broadcast_shapes(*(array.shape for array in arrays)), np.result_type(*arrays))


def half_mse(out: np.ndarray, prediction: np.ndarray, target: np.ndarray) -> Calls:
    """Fill out with half the mean of the squared residuals."""
    residual = _room(prediction, target)
    n = np.asarray(2 * len(residual), out.dtype)
    return [
        Call(np.subtract, (prediction, target, residual)),
        Call(np.ndarray.dot, (residual, residual, out)),
        Call(np.divide, (out, n, out)),
    ]


def sum_of_squares(out: np.ndarray, x: np.ndarray) -> Calls | None:
    """Fill out with the sum of squares."""
    flat = x.ravel()
    return [Call(np.ndarray.dot, (flat, flat, out))] if np.may_share_memory(flat, x) else None


def absolute_error(out: np.ndarray, prediction: np.ndarray, target: np.ndarray) -> Calls:
    """Fill out with the mean of the absolute residuals."""
    residual = _room(prediction, target)
    return [
        Call(np.subtract, (prediction, target, residual)),
        Call(np.absolute, (residual, residual)),
        Call(np.add.reduce, (residual, None, None, out)),
        Call(np.divide, (out, np.asarray(len(residual), out.dtype), out)),
    ]


def huber(out: np.ndarray, prediction: np.ndarray, target: np.ndarray, delta: float) -> Calls:
    """Fill out with the mean of the Huber loss."""
    size, near, term = (_room(prediction, target) for _ in range(3))
    bound, two, n = (np.asarray(number, out.dtype) for number in (delta, 2, len(size)))
    return [
        Call(np.subtract, (prediction, target, size)),
        Call(np.absolute, (size, size)),
        Call(np.minimum, (size, bound), {"out": near}),
        Call(np.divide, (near, two, term)),
        Call(np.subtract, (size, term, term)),
        Call(np.multiply, (near, term, term)),
        Call(np.add.reduce, (term, None, None, out)),
        Call(np.divide, (out, n, out)),
    ]


# ------------------------------------------------------------------------ autograd's primitives


def dot(out: np.ndarray, a: Any, b: Any) -> Calls | None:
    """Fill out with a matrix product."""
    is_known = isinstance(a, np.ndarray) and a.ndim in (1, 2) and np.ndim(b) in (1, 2)
    is_known = is_known and out.flags.c_contiguous
    return [Call(np.ndarray.dot, (a, b, out))] if is_known else None


def matmul(out: np.ndarray, a: Any, b: Any) -> Calls:
    """Fill out with a matrix product, or with a stack of them."""
    return [Call(np.matmul, (a, b, out))]


def outer(out: np.ndarray, a: Any, b: Any) -> Calls | None:
    """Fill out with the products of each entry of a with each of b."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.ndim == b.ndim == 1):
        return None
    return [Call(np.multiply, (a[:, None], b[None, :], out))]


def total(out: np.ndarray, a: Any, axis: Any = None, keepdims: bool = False) -> Calls:
    """Fill out with the sum over some axes."""
    return [Call(np.add.reduce, (a, axis, None, out, keepdims))]


def mean(out: np.ndarray, a: Any, axis: Any = None, keepdims: bool = False) -> Calls | None:
    """Fill out with the mean over some axes."""
    if a.dtype != out.dtype or out.dtype.itemsize < 4:  # NumPy adds these up in a wider dtype.
        return None
    count = np.asarray(a.size // max(out.size, 1), out.dtype)
    return [*total(out, a, axis, keepdims), Call(np.divide, (out, count, out))]


def where(out: np.ndarray, condition: Any, a: Any, b: Any) -> Calls:
    """Fill out with a where the condition holds, or is a number other than 0, and with b elsewhere."""
    holds, calls = np.asarray(condition), []
    if holds.dtype != bool:
        number, holds = holds, np.empty(holds.shape, bool)
        calls.append(Call(np.not_equal, (number, np.zeros((), number.dtype), holds)))
    return [*calls, Call(np.copyto, (out, b)), Call(np.copyto, (out, a), {"where": holds})]


def clip(out: np.ndarray, a: Any, low: Any, high: Any) -> Calls:
    """Fill out with a, kept between two bounds."""
    return [Call(np.clip, (a, low, high, out))]


def concatenate(out: np.ndarray, axis: int, *arrays: Any) -> Calls:
    """Fill out with arrays one after another."""
    return [Call(np.concatenate, (arrays, axis, out))]


def add_gradients(out: np.ndarray, space: Any, previous: Any, new: Any) -> Calls:
    """Fill out with the sum of two gradients of one value; there may be no previous one."""
    if previous is None:
        return [Call(np.copyto, (out, new))]
    return [Call(np.add, (previous, new, out))]


def add_sparse_gradient(out: np.ndarray, space: Any, previous: Any, new: Any) -> Calls:
    """Fill out with a gradient and another one that covers only some entries."""
    start = np.zeros((), out.dtype) if previous is None else previous
    return [Call(np.copyto, (out, start)), Call(new.mut_add, (out,))]


def products(out: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> Calls:
    """Fill out with the products of columns and rows; a multiplication that broadcasts takes longer."""
    return [Call(np.einsum, ("smo,son->smn", columns, rows), {"out": out})]


def add_to_part(out: np.ndarray, start: Any, part: np.ndarray, shape: Any, index: Any) -> Calls:
    """Fill out with the start, and add to a part of it."""
    place = out[index]
    return [Call(np.copyto, (out, start)), Call(np.add, (place, part, place))]


KERNELS: dict[Callable[..., Any], Kernel] = {
    primitives.affine: affine,
    primitives.matrix_vector: matrix_vector,
    primitives.affine_output: affine_output,
    primitives.relu: relu,
    primitives.gate: gate,
    primitives.tanh: tanh,
    primitives.half_mse: half_mse,
    primitives.sum_of_squares: sum_of_squares,
    primitives.absolute_error: absolute_error,
    primitives.huber: huber,
    anp.dot: dot,
    anp.matmul: matmul,
    anp.outer: outer,
    anp.sum: total,
    MEAN: mean,
    WHERE: where,
    anp.clip: clip,
    anp.concatenate_args: concatenate,
    ADD: add_gradients,
    ADD_IN_PLACE: add_gradients,
    ADD_SPARSE: add_sparse_gradient,
    stand_ins.products: products,
    stand_ins.add_to_part: add_to_part,
}

ELEMENTWISE = {primitives.relu, primitives.gate, primitives.tanh, ADD, ADD_IN_PLACE}

# What these return lies in the memory of their first argument, if it can.
VIEWS = {
    GETITEM,
    UNTAKE,
    anp.transpose,
    anp.reshape,
    anp.ravel,
    anp.squeeze,
    anp.expand_dims,
    anp.swapaxes,
    anp.moveaxis,
    anp.rollaxis,
    anp.broadcast_to,
    anp.diagonal,
    anp.atleast_1d,
    anp.atleast_2d,
}
