"""What pydantic found, told to a person: place, dotted key, value, and the nearest valid name."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from regress_cli.config.reader import Document, KeyPath
from regress_cli.config.sections import kind_of, section_at, sections_at
from regress_cli.text import did_you_mean, printable, quoted


def problem_lines(error: ValidationError, document: Document) -> list[str]:
    """Return one line for each problem: ``file:line: dotted.key: what; what to do``."""
    lines: dict[str, None] = {}
    for details in error.errors(include_url=False):
        if _is_echo(details):
            continue
        keys = _strip_tags(details["loc"])
        keys = (*keys, *(details.get("ctx") or {}).get("keys", ()))
        dotted = ".".join(printable(key) for key in keys)
        sentence = _sentence(details, keys, document.data)
        prefix = f"{document.place(keys)}: {dotted}: " if dotted else f"{document.source}: "
        lines[prefix + sentence] = None
    return list(lines)


def _is_echo(details: ErrorDetails) -> bool:
    """Whether this says again of a list that one of its items is wrong: pydantic leaves that item out."""
    value = details["input"]
    return details["type"] == "too_short" and len(value) >= (details.get("ctx") or {})["min_length"]


def _strip_tags(location: Iterable[Any]) -> KeyPath:
    """Drop from pydantic's location what is no key: the ``kind`` that it puts after each union's name."""
    keys: list[Any] = []
    tagged_at = None
    for element in location:
        if element in _kinds(tuple(keys)) and tagged_at != len(keys):
            tagged_at = len(keys)
        elif element != "[key]":
            keys.append(element)
    return tuple(keys)


def _sentence(details: ErrorDetails, keys: KeyPath, data: Any) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx") or {}
    if kind == "regress":
        return context["message"]
    if kind == "extra_forbidden":
        return _unknown_key(keys, data)
    if kind == "missing":
        return f"this key is missing; add it ({_description(keys, data)})"
    if kind == "union_tag_not_found":
        return f"the key 'kind' is missing; use one of: {', '.join(_kinds(keys))}"
    if kind == "union_tag_invalid":
        return f"unknown kind {quoted(context['tag'])}; {did_you_mean(context['tag'], _kinds(keys))}"
    if kind == "literal_error":
        return f"{quoted(value)} is not possible; {_literal_hint(value, context['expected'])}"
    if kind in _BOUNDS:
        return f"{quoted(value)} is out of range; give a number {_BOUNDS[kind].format(**context)}"
    if kind in _LENGTHS:
        return f"{quoted(value)} is too {_LENGTHS[kind].format(**context)}"
    if kind in _TYPES:
        return f"{_found(value)} stands where {_TYPES[kind]} is wanted; {_type_hint(value, kind)}"
    if kind == "string_pattern_mismatch":
        return f"{quoted(value)} can't be a name here; use letters, digits and _, a letter first"
    return f"{quoted(value)}: {printable(details['msg'])}; change it"


def _unknown_key(keys: KeyPath, data: Any) -> str:
    name, section = str(keys[-1]), section_at(keys[:-1], data)
    if section is None or "kind" not in section.model_fields:
        return f"unknown key; {did_you_mean(name, section.model_fields if section else [])}"
    kind = kind_of(section)
    for other in sections_at(keys[:-1]):
        if name in other.model_fields:
            return (
                f"this key belongs to kind {quoted(kind_of(other))}, not to {quoted(kind)}; remove it, "
                f"or set {'.'.join(map(printable, keys[:-1]))}.kind to {kind_of(other)}"
            )
    return f"unknown key of kind {quoted(kind)}; {did_you_mean(name, section.model_fields)}"


def _kinds(keys: KeyPath) -> list[str]:
    return [kind_of(section) for section in sections_at(keys) if "kind" in section.model_fields]


def _description(keys: KeyPath, data: Any) -> str:
    section = section_at(keys[:-1], data)
    field = section.model_fields.get(str(keys[-1])) if section else None
    return (field.description if field else None) or "it has no default"


def _literal_hint(value: Any, expected: str) -> str:
    valid = [word.strip("' ") for word in expected.replace(" or ", ",").split(",") if word.strip()]
    return did_you_mean(str(value), valid)


def _found(value: Any) -> str:
    names = {bool: "the truth value", str: "the text", int: "the number", float: "the number"}
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a section of keys"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{names.get(type(value), 'the value')} {quoted(value)}"


def _type_hint(value: Any, kind: str) -> str:
    if isinstance(value, str) and kind == "bool_type":
        return "write true or false"
    if isinstance(value, str) and kind.startswith(("int", "float")):
        if value.replace("_", "").replace(",", ".").replace(".", "", 1).lstrip("-+").isdigit():
            return "write it without quotes, underscores and commas"
        return "write a number"
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    return "change it"


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
    "dict_type": "a section of keys",
    "model_type": "a section of keys",
    "model_attributes_type": "a section of keys",
}
