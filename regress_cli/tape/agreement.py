"""Whether two computations of one gradient differ by more than rounding."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]
# Returns a loss and its gradients at parameters, and best of all data, that are multiplied by a factor.
EvaluateNear = Callable[[float], tuple[Any, Arrays]]

# How far beside the parameters the rounding in a gradient is looked for, in units of their last place.
_NEARBY = (-4, -2, 2, 4)
_MORE_THAN_SEEN = 100.0


def same_within_rounding(one: tuple[Any, Arrays], other: tuple[Any, Arrays], near: EvaluateNear) -> bool:
    """Return whether two values with their gradients are the same but for rounding.

    Each array is held against its own largest entry. Where little is left of large terms, as at an
    optimum, rounding is all that is left of a gradient; how much that is shows in the gradients at
    numbers that differ in their last places. (Parameters that are zero have none: so data, too.)
    """
    pairs = _paired(one, other)
    if all(_is_close(a, b, 0.0) for a, b in pairs.values()):
        return True
    noise = dict.fromkeys(pairs, 0.0)
    for steps in _NEARBY:
        factor = 1 + steps * max(_last_place(b) for _, b in pairs.values())
        for name, (a, b) in _paired(near(factor), other).items():
            both = np.isfinite(a) & np.isfinite(b)
            noise[name] = max(noise[name], float(np.max(np.abs(a[both] - b[both]), initial=0.0)))
    return all(_is_close(*pairs[name], _MORE_THAN_SEEN * noise[name]) for name in pairs)


def _paired(one: tuple[Any, Arrays], other: tuple[Any, Arrays]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {"": (np.asarray(one[0]), np.asarray(other[0]))} | {
        name: (np.asarray(one[1][name]), np.asarray(other[1][name])) for name in other[1]
    }


def _is_close(a: np.ndarray, b: np.ndarray, noise: float) -> bool:
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    size = float(np.max(np.abs(b[finite]), initial=0.0))
    allowed = 0.1 * np.sqrt(_last_place(b)) * size + noise
    return bool(np.all(np.abs(a[finite] - b[finite]) <= allowed))


def _last_place(array: np.ndarray) -> float:
    """Return the relative size of rounding in an array; integers have none."""
    return float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else 0.0
