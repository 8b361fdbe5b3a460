"""A value of a config in one line, as it is written there."""

from collections.abc import Iterable, Sequence
from typing import Any


def value_text(value: Any) -> str:
    """Return a value as YAML writes it, for people to read: texts without quotes, lists in brackets.

    >>> value_text([4, 8]), value_text(1e9), value_text(True), value_text({"kind": "cosine"})
    ('[4, 8]', '1e+09', 'true', '{kind: cosine}')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if value is None:
        return "null"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {value_text(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)


def are_numbers(values: Iterable[Any]) -> bool:
    """Return whether all are numbers; true and false are none to a config."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def cells(values: Sequence[Any]) -> list[Any]:
    """Return values as a column of a csv file: numbers if all are numbers, else texts; None stays empty."""
    if are_numbers(value for value in values if value is not None):
        return list(values)
    return [None if value is None else value_text(value) for value in values]
