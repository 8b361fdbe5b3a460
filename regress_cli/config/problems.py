"""What pydantic found, told to a person: place, dotted key, value, and the nearest valid name."""

import math
import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from regress_cli.config.reader import Document, KeyPath, blank_hint
from regress_cli.config.schema import Experiment
from regress_cli.config.schema.base import SECTION_TAG, TEXT_TAG
from regress_cli.config.sections import Spot, kind_of
from regress_cli.config.wording import either, words_of
from regress_cli.text import did_you_mean, printable, quoted


def problem_lines(
    error: ValidationError, document: Document, root: type[BaseModel] = Experiment
) -> list[str]:
    """Return one line for each problem: ``file:line: dotted.key: what; what to do``.

    Args:
        error: What pydantic found.
        document: The file that it was found in.
        root: The schema that it was held against.
    """
    found = [
        (Spot(_keys(details, root), document.data, root), details)
        for details in error.errors(include_url=False)
        if not _is_echo(details)
    ]
    found.sort(key=lambda problem: document.line(problem[0].keys))
    return list(dict.fromkeys(_line(details, spot, document) for spot, details in found))


def _keys(details: ErrorDetails, root: type[BaseModel]) -> KeyPath:
    return (*_strip_tags(details["loc"], root), *(details.get("ctx") or {}).get("keys", ()))


def _line(details: ErrorDetails, spot: Spot, document: Document) -> str:
    dotted = ".".join(printable(key) for key in spot.keys)
    prefix = f"{document.place(spot.keys)}: {dotted}: " if dotted else f"{document.source}: "
    return prefix + _sentence(details, spot)


def _is_echo(details: ErrorDetails) -> bool:
    """Whether this says again of a list that one of its items is wrong: pydantic leaves that item out."""
    value = details["input"]
    return details["type"] == "too_short" and len(value) >= (details.get("ctx") or {})["min_length"]


def _strip_tags(location: Iterable[Any], root: type[BaseModel]) -> KeyPath:
    """Drop from pydantic's location what is no key: the ``kind`` that it puts after each union's name."""
    keys: list[Any] = []
    tagged_at = None
    for element in location:
        if element in Spot(tuple(keys), None, root).kinds and tagged_at != len(keys):
            tagged_at = len(keys)
        elif element not in ("[key]", SECTION_TAG, TEXT_TAG):
            keys.append(element)
    return tuple(keys)


def _sentence(details: ErrorDetails, spot: Spot) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx") or {}
    if kind == "regress":
        return context["message"]
    if kind == "extra_forbidden":
        return _unknown_key(spot)
    if kind == "missing":
        return f"this key is missing; add it ({_description(spot)})"
    if kind == "union_tag_not_found":
        return f"the key 'kind' is missing; {_kind_hint(value, spot)}"
    if kind == "union_tag_invalid":
        return f"unknown kind {quoted(context['tag'])}; {did_you_mean(context['tag'], spot.kinds)}"
    if kind == "literal_error":
        return f"{quoted(value)} is not possible; {_literal_hint(value, spot)}"
    if kind in _BOUNDS:
        return f"{quoted(value)} is out of range; give a number {_BOUNDS[kind].format(**context)}"
    if kind in _LENGTHS:
        return f"{quoted(value)} is too {_LENGTHS[kind].format(**context)}"
    if kind in _TYPES:
        return f"{_found(value)} stands where {_TYPES[kind]} is wanted; {_type_hint(value, kind, spot)}"
    if kind == "string_pattern_mismatch":
        return f"{quoted(value)} can't be a name here; use letters, digits and _, a letter first"
    return f"{quoted(value)}: {printable(details['msg'])}; change it"


def _unknown_key(spot: Spot) -> str:
    name, section = str(spot.keys[-1]), spot.above.section
    if name.isdigit():  # In braces, what follows the comma of 0,5 is a key of its own.
        return "unknown key; write a point for decimals, as in 0.5"
    if hint := blank_hint(name):
        return f"unknown key; {hint}"
    if section is None or "kind" not in section.model_fields:
        return f"unknown key; {did_you_mean(name, section.model_fields if section else [])}"
    kind = kind_of(section)
    for other in spot.above.sections:
        if name in other.model_fields:
            return (
                f"this key belongs to kind {quoted(kind_of(other))}, not to {quoted(kind)}; remove it, "
                f"or set {'.'.join(map(printable, spot.above.keys))}.kind to {kind_of(other)}"
            )
    return f"unknown key of kind {quoted(kind)}; {did_you_mean(name, section.model_fields)}"


def _description(spot: Spot) -> str:
    field = spot.field
    return (field.description if field else None) or "it has no default"


def _literal_hint(value: Any, spot: Spot) -> str:
    field = spot.field
    valid = words_of(field.annotation) if field else []
    return f"use {either(valid)}" if 0 < len(valid) <= _FEW else did_you_mean(str(value), valid)


def _kind_hint(value: Any, spot: Spot) -> str:
    hints = (blank_hint(key) for key in value) if isinstance(value, dict) else ()
    return next(filter(None, hints), f"use one of: {', '.join(spot.kinds)}")


def _found(value: Any) -> str:
    names = {bool: "the truth value", str: "the text", int: "the number", float: "the number"}
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a section of keys"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{names.get(type(value), 'the value')} {quoted(value)}"


def _type_hint(value: Any, kind: str, spot: Spot) -> str:
    if hint := blank_hint(value):
        return hint
    if _TYPES[kind] == _SECTION:
        return _section_hint(value, kind, spot)
    if _TYPES[kind] == "a list":
        return _list_hint(value)
    if kind == "string_type":
        return "write it in quotes" if isinstance(value, bool | int | float) else "write a text"
    return "write true or false" if kind == "bool_type" else _number_hint(value, kind)


def _list_hint(value: Any) -> str:
    if isinstance(value, str):
        return f"write [{printable(value)}]"
    return f"write [{quoted(value)}]" if isinstance(value, int | float) else "write a list, as in [a, b]"


def _section_hint(value: Any, kind: str, spot: Spot) -> str:
    """Say how to write the section: ``{kind: mlp}`` for mlp, ``{patience: 5}`` for 5, else its keys."""
    kinds, sections = spot.kinds, spot.sections
    if kinds:
        return f"write {{kind: {value}}}" if value in kinds else f"write {{kind: ...}} with {either(kinds)}"
    if not sections:
        return "write `key: value` lines"
    fields = sections[0].model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    if len(required) == 1 and isinstance(value, int | float) and not isinstance(value, bool):
        return f"write {{{required[0]}: {quoted(value)}}}"
    shape = "{name: {key: value}}" if kind == "dict_type" else "{key: value}"
    return f"write {shape} with the keys {', '.join(fields)}"


def _number_hint(value: Any, kind: str) -> str:
    if isinstance(value, str):
        if value.replace("_", "").replace(",", ".").replace(".", "", 1).lstrip("-+").isdigit():
            return "write it without quotes, underscores and commas"
        return "write a finite number" if _NOT_FINITE.fullmatch(value) else "write a number"
    if isinstance(value, float) and not math.isfinite(value):
        return "write a finite number"
    if isinstance(value, float):
        return f"write {int(value)}" if value.is_integer() else "write a number without decimals"
    return "write a number"


# So many options are always listed, also where one of them is near.
_FEW = 4
_SECTION = "a section of keys"
_NOT_FINITE = re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE)

_BOUNDS = {
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "of at least {ge:g}",
    "less_than": "less than {lt}",
    "less_than_equal": "of at most {le}",
    "finite_number": "that is finite",
}

_LENGTHS = {
    "too_short": "short; give at least {min_length}",
    "too_long": "long; give at most {max_length}",
    "string_too_short": "short; give at least {min_length} character(s)",
    "string_too_long": "long; give at most {max_length} characters",
}

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
}
