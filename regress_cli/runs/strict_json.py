"""JSON that every reader takes: a number that is not finite is null, and its place is listed."""

import json
import math
from typing import Any

import numpy as np


def finite(data: Any) -> tuple[Any, list[str]]:
    """Return ``data`` with null for every number that is not finite, and the dotted places of those.

    NumPy's numbers and arrays become plain ones.

    >>> finite({"loss": float("nan"), "steps": 3})
    ({'loss': None, 'steps': 3}, ['loss'])
    """
    places: list[str] = []
    return _convert(data, "", places), places


def dumps(data: Any, *, ascii_only: bool = False) -> str:
    """Return ``data`` as readable JSON text; every number in it must be finite."""
    return json.dumps(data, indent=2, allow_nan=False, ensure_ascii=ascii_only) + "\n"


def _convert(value: Any, place: str, places: list[str]) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        places.append(place)
        return None
    if isinstance(value, dict):
        return {key: _convert(item, f"{place}.{key}".lstrip("."), places) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_convert(item, f"{place}[{index}]", places) for index, item in enumerate(value)]
    return value
