"""JSON that every reader takes: a number that is not finite is null, and its place is listed."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn


def finite(data: Any) -> tuple[Any, list[str]]:
    """Return ``data`` with null for every number that is not finite, and the dotted places of those.

    NumPy's numbers and arrays become plain ones.

    >>> finite({"loss": float("nan"), "steps": 3})
    ({'loss': None, 'steps': 3}, ['loss'])
    """
    places: list[str] = []
    return _convert(data, "", places), places


def dumps(data: Any, *, ascii_only: bool = False, is_readable: bool = True) -> str:
    """Return ``data`` as JSON text, readable or in one line; every number in it must be finite."""
    # Python itself writes lines and spaces, which takes ten times as long.
    indent = 2 if is_readable else None
    return json.dumps(data, indent=indent, allow_nan=False, ensure_ascii=ascii_only) + "\n"


def loads(text: str | bytes) -> Any:
    """Return what a JSON text holds.

    Raises:
        ValueError: it is no JSON, or has a number that is not finite.
        RecursionError: it is too deep.
    """
    return json.loads(text, parse_constant=_refuse_number, parse_float=_finite_number)


def checksum(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of ``data``, whatever the order and layout in which it is written.

    >>> checksum({"a": 1, "b": [0.1]}) == checksum({"b": [0.1], "a": 1})
    True
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _finite_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse_number(text)
    return number


def _convert(value: Any, place: str, places: list[str]) -> Any:
    # NumPy's numbers and arrays, by what they can do: whoever only reads records need not wait for NumPy.
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        places.append(place)
        return None
    if isinstance(value, dict):
        return {key: _convert(item, f"{place}.{key}".lstrip("."), places) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_convert(item, f"{place}[{index}]", places) for index, item in enumerate(value)]
    return value
