"""What makes all numbers worthless: another answer to the same question, and arguments that change."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regress_cli.flat import Params
from regress_cli.gradients.checking.subject import Unmeasurable

# Two calls may differ by the order in which threads add numbers up.
_SAME = 1e-10
CHANGES = (
    "two calls at the same point give different numbers{where}, so {what} is not deterministic; draw its "
    "random numbers from a generator with a fixed seed, made inside the function"
)


class ChangedInput(Exception):
    """A call wrote into its arguments. The text says which."""


def call_twice(function: Callable[[Params], Any], at: Params, what: str) -> Any:
    """Return what a function gives, after making sure that it gives it again and leaves its arguments alone.

    Args:
        function: Takes named arrays.
        at: The arrays; the function gets copies.
        what: What the function is called in a message, such as ``the gradient``.

    Raises:
        ChangedInput: the call changed an argument in place.
        Unmeasurable: a second call gives something else.
    """
    first = _call_on_copies(function, at, what)
    again = _call_on_copies(function, at, what)
    for name, one, other in _pairs(first, again):
        if not is_same(one, other):
            where = f" for {name}" if name else ""
            raise Unmeasurable(CHANGES.format(where=where, what=what))
    return first


def _call_on_copies(function: Callable[[Params], Any], at: Params, what: str) -> Any:
    copies = {name: value.copy() for name, value in at.items()}
    result = function(copies)
    changed = [name for name, value in at.items() if not _is_untouched(copies.get(name), value)]
    if changed:
        raise ChangedInput(
            f"{what} changes its argument {changed[0]} in place, so whoever calls it goes on with other "
            "numbers; let it work on a copy"
        )
    # The result may share memory with the arguments.
    if isinstance(result, Mapping):
        return {name: _as_array(value) for name, value in result.items()}
    return _as_array(result)


def _is_untouched(now: Any, before: np.ndarray) -> bool:
    return isinstance(now, np.ndarray) and np.array_equal(now, before, equal_nan=True)


def _as_array(value: Any) -> np.ndarray:
    try:
        return np.array(value)
    except ValueError:  # Lists of unequal lengths.
        return np.array(None)


def _pairs(one: Any, other: Any) -> list[tuple[str, np.ndarray, np.ndarray]]:
    if isinstance(one, Mapping):
        # What is missing from the second answer is no number that could be the same.
        return [(name, value, other.get(name, np.array(None))) for name, value in one.items()]
    return [("", one, other)]


def is_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two answers are the same, but for the order in which threads add numbers up."""
    if one.shape != other.shape or one.dtype.kind not in "fciub":
        return one.shape == other.shape
    if one.dtype.kind == "b":
        return bool((one == other).all())
    with np.errstate(all="ignore"):
        finite = np.isfinite(one)
        size = np.abs(one[finite]).max(initial=0.0)
        is_close = np.abs(one[finite] - other[finite]) <= _SAME * size
    return bool(np.array_equal(finite, np.isfinite(other)) and is_close.all())
