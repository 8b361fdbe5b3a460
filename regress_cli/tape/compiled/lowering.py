"""From calls of NumPy functions to loops: which function is which, and what NumPy would compute with."""

from collections.abc import Callable
from typing import Any

import numpy as np

from regress_cli.tape.calls import Call
from regress_cli.tape.compiled.expressions import EXPRESSIONS, LOGIC, suffix_of
from regress_cli.tape.compiled.loops import Loops
from regress_cli.tape.compiled.statements import C_TYPES, NotCompilable

# From here on in all three sizes NumPy's library for matrix products is faster.
_LARGE = 48
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


def lower(call: Call, loops: Loops) -> None:
    """Append the loops of a call.

    Raises:
        NotCompilable: there are none for this function, or for these arguments.
    """
    name = getattr(call.function, "__name__", "a function")
    try:
        if call.function in EXPRESSIONS:
            _ufunc(loops, call.function, *call.args, **call.kwargs)
        elif call.function in _OTHERS:
            _OTHERS[call.function](loops, *call.args, **call.kwargs)
        else:
            raise NotCompilable(f"{name} has no text in C")
    except (TypeError, ValueError) as error:
        raise NotCompilable(f"{name} has no text in C for these arguments") from error


def _ufunc(loops: Loops, function: Any, *args: Any, out: Any = None) -> None:
    inputs = args[: function.nin]
    (target,) = args[function.nin :] if out is None else (out,)
    *types, result = function.resolve_dtypes((*map(_type_of, inputs), None))
    known = (*_FLOATS, np.dtype(np.bool_)) if function in LOGIC else _FLOATS
    if any(dtype not in known for dtype in types):
        raise NotCompilable(f"{function.__name__} of {types[0]} has no text in C")
    _require_cast(result, target)
    text = "{0} * {0}" if function is np.power and _is_two(inputs[1]) else EXPRESSIONS[function]
    operands = [_operand(arg, dtype) for arg, dtype in zip(inputs, types, strict=True)]
    texts = [_cast(f"{{{number}}}", operands[number], dtype) for number, dtype in enumerate(types)]
    loops.assign(target, operands, text.format(*texts, f=suffix_of(types[0])))


def _copyto(loops: Loops, dst: np.ndarray, src: Any, *, where: Any = True) -> None:
    source = _operand(src, dst.dtype)
    _require_cast(np.result_type(source), dst)
    if where is True:
        loops.assign(dst, [source], "{0}")
    elif where.dtype == np.bool_:
        loops.assign(dst, [where, source, dst], "{0} ? {1} : {2}")
    else:
        raise NotCompilable("a mask that is not boolean has no text in C")


def _clip(loops: Loops, a: np.ndarray, low: Any, high: Any, out: np.ndarray) -> None:
    if isinstance(high, np.ndarray) and np.may_share_memory(high, out):
        raise NotCompilable("a bound would be written over before it is read")
    _ufunc(loops, np.maximum, a, low, out)
    _ufunc(loops, np.minimum, out, high, out)


def _sum(
    loops: Loops,
    array: np.ndarray,
    axis: Any = 0,
    dtype: None = None,
    out: Any = None,
    keepdims: bool = False,
) -> None:
    if dtype is not None or array.dtype not in _FLOATS or array.dtype != out.dtype:
        raise NotCompilable(f"a sum of {array.dtype} has no text in C")
    axes = tuple(range(array.ndim)) if axis is None else axis
    loops.add_up(out if keepdims else np.expand_dims(out, axes), [array])


def _product(loops: Loops, a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    if not (a.ndim in (1, 2) and b.ndim in (1, 2)):
        raise NotCompilable("a product of arrays that are neither vectors nor matrices has no text in C")
    if out.dtype not in _FLOATS or out.dtype != np.result_type(a, b):
        raise NotCompilable(f"a product of {a.dtype} and {b.dtype} has no text in C")
    rows, columns = np.atleast_2d(a), np.atleast_2d(b.T)
    if min(*rows.shape, len(columns)) > _LARGE:
        raise NotCompilable("for products of large matrices NumPy's library is faster")
    missing = [0] * (a.ndim == 1) + [1] * (b.ndim == 1)
    loops.add_up(np.expand_dims(out, (*missing, 2)), [rows[:, None, :], columns[None, :, :]])


def _take(
    loops: Loops, a: np.ndarray, indices: np.ndarray, axis: int, out: np.ndarray, mode: str = "raise"
) -> None:
    if mode != "clip" or indices.ndim != 1 or indices.dtype != np.intp or a.dtype != out.dtype or a.size == 0:
        raise NotCompilable("this way to look up rows has no text in C")
    loops.look_up(np.moveaxis(out, axis, 0), np.moveaxis(a, axis, 0), indices)


def _type_of(arg: Any) -> Any:
    """Return the type that decides what a function computes with; a Python number follows the arrays."""
    return type(arg) if type(arg) in (int, float) else np.asarray(arg).dtype


def _operand(arg: Any, dtype: np.dtype) -> np.ndarray | int:
    """Return an argument as an array, and a small whole number as itself."""
    if type(arg) is int and abs(arg) < 2**24:
        return arg
    if not isinstance(arg, np.ndarray | np.generic | int | float):
        raise TypeError(f"{type(arg).__name__} is neither an array nor a number")
    return arg if isinstance(arg, np.ndarray) else np.asarray(arg, dtype)


def _cast(text: str, operand: np.ndarray | int, dtype: np.dtype) -> str:
    """Return the text that turns an operand into a type; the text of logic takes every number as it is."""
    given = None if isinstance(operand, int) else operand.dtype
    if dtype in (given, np.bool_):
        return text
    if given == np.bool_:  # In this form compilers turn a comparison into a mask for whole vectors.
        return f"({text} ? ({C_TYPES[dtype]})1 : 0)"
    return f"({C_TYPES[dtype]}){text}"


def _require_cast(result: np.dtype, out: np.ndarray) -> None:
    if not np.can_cast(result, out.dtype, "same_kind"):
        raise NotCompilable(f"a result of {result} is put into an array of {out.dtype}")


def _is_two(arg: Any) -> bool:
    return type(arg) is int and arg == 2


_OTHERS: dict[Callable[..., Any], Callable[..., None]] = {
    np.copyto: _copyto,
    np.clip: _clip,
    np.add.reduce: _sum,
    np.dot: _product,
    np.ndarray.dot: _product,
    np.matmul: _product,
    np.take: _take,
    np.ndarray.take: _take,
}
