"""What counts as real numbers, and clear words for what does not."""

import types
from typing import Any

import numpy as np

from regress_cli.isolation.frames import is_sendable
from regress_cli.text import printable

_REMEDY = "return an array of real numbers"
_OF_SEVERAL = f"{_REMEDY}, or of several gradients a tuple or a dict by name"


class Unusable(Exception):
    """What the file gives can't be used. The text says what it is, and what would do."""


def as_array(value: Any, subject: str) -> np.ndarray:
    """Return a number, an array or a list of numbers as an array of real numbers.

    Args:
        value: Anything.
        subject: What a message begins with, such as ``"grad_f returned"``.

    Raises:
        Unusable: it is something else.
    """
    if isinstance(value, bool | int | float | complex | np.generic | list):
        array = _converted(value, subject)
    elif type(value) is np.ndarray:
        array = value
    else:
        raise Unusable(f"{subject} {describe(value)}; {_remedy(value)}")
    if not is_sendable(array):
        raise Unusable(f"{subject} {_kind_of(array)}")
    return array


def describe(value: object) -> str:
    """Return what a value is, as a message calls it.

    >>> describe(None), describe("x"), describe(np.ma.array([1.0]))
    ('None', 'a text', 'a MaskedArray instead of a plain array')
    """
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, np.ndarray):
        kind = _type_name(value)
        return "an array" if kind == "ndarray" else f"a {kind} instead of a plain array"
    if isinstance(value, types.GeneratorType):
        return "a generator"
    name = "function" if callable(value) and not isinstance(value, type) else _type_name(value)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _remedy(value: object) -> str:
    if value is None:
        return f"{_REMEDY}; perhaps a return is missing"
    if isinstance(value, np.ndarray):
        return f"{_REMEDY}, such as np.asarray gives"
    if isinstance(value, types.GeneratorType):
        return f"{_REMEDY}, such as np.array(list(...))"
    if callable(value):
        return "return its result, or (y, backward)"
    return _REMEDY


def _type_name(value: object) -> str:
    return printable(type(value).__name__, 60)


def _converted(value: Any, subject: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:  # Rows of different lengths, or what can't be converted.
        raise Unusable(f"{subject} a list that is no array of numbers; {_OF_SEVERAL}") from error
    if isinstance(value, list) and array.dtype.kind not in "biufc":
        raise Unusable(f"{subject} a list that is no array of numbers; {_OF_SEVERAL}")
    return array


def _kind_of(array: np.ndarray) -> str:
    """Return what is wrong with numbers that are not of an ordinary real type."""
    kind = array.dtype.kind
    if kind == "c":
        return f"complex numbers; {_REMEDY}, for a gradient is real"
    if kind == "O" and array.ndim == 0 and isinstance(array.item(), int):
        return "an integer of more than 64 bits; return a float"
    if kind == "O":
        return "an array of Python objects; return one of numbers, with dtype=float"
    if kind in "fiu":
        return f"numbers of the type {array.dtype}; return float64, such as .astype(float) gives"
    return f"an array of the type {printable(array.dtype, 60)}; {_REMEDY}"
