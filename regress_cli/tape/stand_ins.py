"""Functions that stand in stacked tapes for what NumPy has no single name for, or a slow one."""

from typing import Any

import numpy as np


def products(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the products of columns and rows, of shapes (s, m, 1) and (s, 1, n), shape (s, m, n)."""
    return columns * rows


def add_to_part(start: Any, part: np.ndarray, shape: tuple[int, ...], index: Any) -> np.ndarray:
    """Return an array, or a number in that shape, with ``part`` added to what ``index`` takes of it."""
    out = np.array(np.broadcast_to(start, shape), part.dtype)
    out[index] += part
    return out
