"""Numbers and arrays as short texts."""

from typing import Any

import numpy as np

from regress_cli.text import all_digits

_MOST_SHOWN = 6


def short(value: Any) -> str:
    """Return a number with all its digits, a small array with four, a large one by its shape.

    >>> short(np.array([1.0, 0.25])), short(np.zeros((100, 3)))
    ('[1, 0.25]', 'array (100, 3)')
    """
    array = np.asarray(value)
    if array.ndim == 0:
        return all_digits(float(array)) if array.dtype.kind == "f" else str(array)
    if array.size > _MOST_SHOWN:
        return f"array ({', '.join(map(str, array.shape))})"
    return _brackets(array)


def relative(error: float) -> str:
    """Return a relative error in one digit."""
    return "0" if error == 0 else f"{error:.0e}"


def _brackets(array: np.ndarray) -> str:
    if array.ndim == 0:
        return f"{array.item():.4g}"
    return f"[{', '.join(map(_brackets, array))}]"
