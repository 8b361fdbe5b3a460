"""How each primitive is done for many copies at once: a table.

A rule writes the steps that do for every copy what the primitive does for one, in the same order of
additions wherever NumPy lets it. All of them are made of primitives that have kernels.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np

from regress_cli import primitives
from regress_cli.tape.internals import ADD, ADD_IN_PLACE, ADD_SPARSE, GETITEM, MEAN, UNTAKE, WHERE
from regress_cli.tape.stacking.stacker import NotStackable, Stacker, Value
from regress_cli.tape.stand_ins import add_to_part, products
from regress_cli.tape.steps import Ref, Step

Rule = Callable[[Stacker, Step, tuple[Value, ...]], Value]
_ALL = slice(None)


def elementwise(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do what is done to each entry by itself."""
    shape, dtype, is_flipped = _result(step)
    aligned = [stacker.aligned(arg, len(shape), flipped=is_flipped) for arg in args]
    look = stacker.look(shape[::-1] if is_flipped else shape, dtype)
    where = stacker.add(step.function, *aligned, look=look, **step.kwargs)
    return stacker.stacked(where, shape, dtype, is_flipped=is_flipped)


def multiply(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do a product of entries; that of a column and a row is an outer one."""
    shape, dtype, _ = _result(step)
    if len(shape) == 2 and dtype.kind == "f" and all(arg.is_stacked and arg.dtype == dtype for arg in args):
        column, row = args
        if column.shape == (shape[0], 1) and row.shape in (shape[1:], (1, shape[1])):
            where = stacker.add(
                products,
                stacker.laid(column, flipped=False),
                stacker.aligned(row, 2, flipped=False),
                look=stacker.look(shape, dtype),
            )
            return stacker.stacked(where, shape, dtype)
    return elementwise(stacker, step, args)


def _result(step: Step) -> tuple[tuple[int, ...], np.dtype, bool]:
    """Return shape and dtype of one copy's result, and whether its columns lie together."""
    if step.result is None:
        raise NotStackable(f"{step.name} gives no array")
    return step.result.shape, step.result.dtype, step.result.order == "F" and len(step.result.shape) > 1


def _apply(stacker: Stacker, function: Callable[..., Any], shape: tuple[int, ...], *args: Value) -> Value:
    """Return an elementwise function of values, its result in order of rows."""
    dtype = next(arg.dtype for arg in args if arg.is_stacked)
    aligned = [stacker.aligned(arg, len(shape), flipped=False) for arg in args]
    return stacker.stacked(stacker.add(function, *aligned, look=stacker.look(shape, dtype)), shape, dtype)


# ---------------------------------------------------------------------------------- products


def _product(stacker: Stacker, a: Any, b: Any, shape: tuple[int, ...], dtype: Any) -> Ref:
    """Return the products of matrices, copy by copy; one that all share is used by each."""
    return stacker.add(anp.matmul, a, b, look=stacker.look(shape, dtype))


def _layer(stacker: Stacker, X: Value, W: Value, dtype: Any) -> Value:
    """Return ``X @ W`` for X of shape (n, d) and W of shape (d, m), its columns together."""
    (n, d), m = X.shape, W.shape[1]
    if X.is_stacked or not W.is_stacked or d > 1:
        left, right = stacker.laid(W, flipped=True), stacker.laid(X, flipped=True)
        return stacker.stacked(_product(stacker, left, right, (m, n), dtype), (n, m), dtype, is_flipped=True)
    # The units of all copies are those of one wide layer; of a single feature NumPy's stacks are slow.
    units = stacker.count * m
    weights = stacker.reshaped(stacker.laid(W, flipped=True), ((units, d), dtype))
    wide = stacker.add(anp.dot, weights, stacker.laid(X, flipped=True), look=((units, n), dtype))
    return stacker.stacked(
        stacker.reshaped(wide, stacker.look((m, n), dtype)), (n, m), dtype, is_flipped=True
    )


def _single_output(stacker: Stacker, X: Value, w: Any, dtype: Any) -> Value:
    """Return ``X @ w`` for X of shape (n, d); ``w`` says where the (copies, d, 1) or (d, 1) weights are."""
    n = X.shape[0]
    column = _product(stacker, stacker.laid(X, flipped=False), w, (n, 1), dtype)
    return stacker.stacked(stacker.reshaped(column, stacker.look((n,), dtype)), (n,), dtype)


def _as_column(stacker: Stacker, v: Value) -> Any:
    index, shape = (_ALL, None), (*v.shape, 1)
    if v.is_stacked:
        return stacker.item(v.where, (_ALL, *index), stacker.look(shape, v.dtype))
    return stacker.item(v.where, index, (shape, v.dtype))


def _as_row(stacker: Stacker, v: Value) -> Any:
    index, shape = (None, _ALL), (1, *v.shape)
    if v.is_stacked:
        return stacker.item(v.where, (_ALL, *index), stacker.look(shape, v.dtype))
    return stacker.item(v.where, index, (shape, v.dtype))


def affine(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do ``X @ W + b``."""
    X, W, b = args
    shape, dtype, _ = _result(step)
    if len(W.shape) == 1:
        product = _single_output(stacker, X, _as_column(stacker, W), dtype)
        return _apply(stacker, anp.add, shape, product, b)
    product = _layer(stacker, X, W, dtype)
    operands = [stacker.aligned(arg, 2, flipped=True) for arg in (product, b)]
    where = stacker.add(anp.add, *operands, look=stacker.look(shape[::-1], dtype))
    return stacker.stacked(where, shape, dtype, is_flipped=True)


def matrix_vector(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do ``X @ w``."""
    X, w = args
    return _single_output(stacker, X, _as_column(stacker, w), _result(step)[1])


def affine_output(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do ``(X @ W + b)[:, 0]``."""
    X, W, b = args
    shape, dtype, _ = _result(step)
    return _apply(
        stacker, anp.add, shape, _single_output(stacker, X, stacker.laid(W, flipped=False), dtype), b
    )


def dot(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do a product of vectors and matrices."""
    a, b = args
    shape, dtype, _ = _result(step)
    if not {len(a.shape), len(b.shape)} <= {1, 2}:
        return _scaled(stacker, step, a, b)
    left = stacker.laid(a, flipped=False) if len(a.shape) == 2 else _as_row(stacker, a)
    right = stacker.laid(b, flipped=False) if len(b.shape) == 2 else _as_column(stacker, b)
    full = (a.shape[0] if len(a.shape) == 2 else 1, b.shape[1] if len(b.shape) == 2 else 1)
    product = _product(stacker, left, right, full, dtype)
    if full != shape:
        product = stacker.reshaped(product, stacker.look(shape, dtype))
    return stacker.stacked(product, shape, dtype)


def _scaled(stacker: Stacker, step: Step, a: Value, b: Value) -> Value:
    """Do a product with a single number."""
    if a.shape and b.shape:
        raise NotStackable(f"{step.name} of more than two axes is not known for many copies at once")
    return _apply(stacker, anp.multiply, _result(step)[0], a, b)


def outer(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do the products of each entry of a vector with each of another."""
    a, b = args
    shape, dtype, _ = _result(step)
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise NotStackable("an outer product of matrices is not known for many copies at once")
    factors = _as_column(stacker, a), _as_row(stacker, b)
    return stacker.stacked(stacker.add(anp.multiply, *factors, look=stacker.look(shape, dtype)), shape, dtype)


# -------------------------------------------------------------------------------- reductions


def _mean(stacker: Stacker, total: Value, divisor: int) -> Value:
    return _apply(stacker, anp.divide, (), total, Value(divisor))


def _squares(stacker: Stacker, flat: Value) -> Value:
    """Return the sum of squares of vectors."""
    product = _product(stacker, _as_row(stacker, flat), _as_column(stacker, flat), (1, 1), flat.dtype)
    return stacker.stacked(stacker.reshaped(product, ((stacker.count,), flat.dtype)), (), flat.dtype)


def half_mse(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do half the mean of the squared residuals."""
    residual = _apply(stacker, anp.subtract, args[0].shape, *args)
    return _mean(stacker, _squares(stacker, residual), 2 * args[0].shape[0])


def sum_of_squares(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do the sum of squares."""
    (x,) = args
    size = int(np.prod(x.shape))
    flat = stacker.reshaped(stacker.laid(x, flipped=False), stacker.look((size,), x.dtype))
    return _squares(stacker, stacker.stacked(flat, (size,), x.dtype))


def absolute_error(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do the mean of the absolute residuals."""
    shape = args[0].shape
    size = _apply(stacker, anp.abs, shape, _apply(stacker, anp.subtract, shape, *args))
    return _mean(stacker, _sum_of_rows(stacker, size), shape[0])


def huber(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do the mean of the Huber loss."""
    prediction, target, delta = args
    shape = prediction.shape
    size = _apply(stacker, anp.abs, shape, _apply(stacker, anp.subtract, shape, prediction, target))
    near = _apply(stacker, anp.minimum, shape, size, delta)
    half = _apply(stacker, anp.divide, shape, near, Value(2))
    term = _apply(stacker, anp.multiply, shape, near, _apply(stacker, anp.subtract, shape, size, half))
    return _mean(stacker, _sum_of_rows(stacker, term), shape[0])


def _sum_of_rows(stacker: Stacker, values: Value) -> Value:
    where = stacker.add(anp.sum, values.where, axis=1, look=((stacker.count,), values.dtype))
    return stacker.stacked(where, (), values.dtype)


def reduction(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do a sum or a mean over some axes."""
    value, *more = args
    rank = len(value.shape)
    given = {**dict(zip(("axis", "keepdims"), (one.where for one in more), strict=False)), **step.kwargs}
    axis, keepdims = given.pop("axis", None), given.pop("keepdims", False)
    if given:
        raise NotStackable(f"{step.name} with {', '.join(given)} is not known for many copies at once")
    axes = range(rank) if axis is None else [a % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    shape, dtype, _ = _result(step)
    # Summed where the values lie: what is left of reversed axes is still in reverse.
    places = tuple(sorted(rank - a if value.is_flipped else a + 1 for a in axes))
    look = stacker.look(shape[::-1] if value.is_flipped else shape, dtype)
    where = stacker.add(step.function, value.where, axis=places, keepdims=keepdims, look=look)
    return stacker.stacked(where, shape, dtype, is_flipped=value.is_flipped)


# ------------------------------------------------------------------------------------- views


def transpose(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do nothing: the same numbers, seen from the other side."""
    value, *more = args
    axes = more[0].where if more else step.kwargs.get("axes")
    rank = len(value.shape)
    if axes is not None and tuple(axes) != tuple(range(rank))[::-1]:
        raise NotStackable("a transpose of chosen axes is not known for many copies at once")
    flipped = not value.is_flipped and rank > 1
    return stacker.stacked(value.where, value.shape[::-1], value.dtype, is_flipped=flipped)


def item(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do a slice."""
    value, index = args
    shape, dtype, _ = _result(step)
    places = index.where if isinstance(index.where, tuple) else (index.where,)
    if not all(place is None or isinstance(place, int | np.integer | slice) for place in places):
        raise NotStackable("an index of other than slices and numbers is not known for many copies at once")
    if value.is_flipped and None not in places:
        full = (*places, *(_ALL,) * (len(value.shape) - len(places)))
        look = stacker.look(shape[::-1], dtype)
        where = stacker.item(value.where, (_ALL, *full[::-1]), look)
        return stacker.stacked(where, shape, dtype, is_flipped=True)
    where = stacker.item(stacker.laid(value, flipped=False), (_ALL, *places), stacker.look(shape, dtype))
    return stacker.stacked(where, shape, dtype)


def reshape(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do another shape, the entries in order of rows."""
    value, *more = args
    shape, dtype, _ = _result(step)
    if step.kwargs.get("order") not in (None, "C") or len(more) > 1:
        raise NotStackable("a reshape in order of columns is not known for many copies at once")
    where = stacker.reshaped(stacker.laid(value, flipped=False), stacker.look(shape, dtype))
    return stacker.stacked(where, shape, dtype)


# ----------------------------------------------------------------------------- added gradients


def add_gradients(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do the sum of two gradients of one value; there may be no previous one."""
    _, previous, new = args
    shape, _, _ = _result(step)
    start = Value(0.0) if previous.where is None else previous
    return _apply(stacker, anp.add, shape, start, new)


def untake(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do nothing yet: the gradient of a part, with where the part is."""
    part, index, _ = args
    places = index.where if isinstance(index.where, tuple) else (index.where,)
    if not all(place is None or isinstance(place, int | slice) for place in places):
        raise NotStackable("an index of other than slices and numbers is not known for many copies at once")
    return Value(
        (stacker.laid(part, flipped=False), (_ALL, *places)), part.shape, part.dtype, is_stacked=True
    )


def add_sparse_gradient(stacker: Stacker, step: Step, args: tuple[Value, ...]) -> Value:
    """Do the sum of a gradient and that of a part."""
    _, previous, new = args
    shape, dtype, _ = _result(step)
    if not isinstance(new.where, tuple) or len(new.where) != 2:
        raise NotStackable("a gradient of a part is not known for many copies at once")
    part, index = new.where
    start = 0.0 if previous.where is None else stacker.laid(previous, flipped=False)
    look = stacker.look(shape, dtype)
    where = stacker.add(add_to_part, start, part, look[0], index, look=look)
    return stacker.stacked(where, shape, dtype)


RULES: dict[Callable[..., Any], Rule] = {
    primitives.affine: affine,
    primitives.matrix_vector: matrix_vector,
    primitives.affine_output: affine_output,
    primitives.half_mse: half_mse,
    primitives.sum_of_squares: sum_of_squares,
    primitives.absolute_error: absolute_error,
    primitives.huber: huber,
    anp.dot: dot,
    anp.matmul: dot,
    anp.outer: outer,
    anp.sum: reduction,
    MEAN: reduction,
    anp.multiply: multiply,
    anp.clip: elementwise,
    WHERE: elementwise,
    anp.transpose: transpose,
    GETITEM: item,
    anp.reshape: reshape,
    anp.ravel: reshape,
    ADD: add_gradients,
    ADD_IN_PLACE: add_gradients,
    UNTAKE: untake,
    ADD_SPARSE: add_sparse_gradient,
}
