"""What a key may hold, in plain words: for the docs, the comments of the starters, and the messages."""

import json
import re
from collections.abc import Iterable, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from regress_cli.config.sections import kind_of, sections_in

_LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def values_of(field: FieldInfo) -> str:
    """Return what a field may hold, such as ``whole number, at least 1``."""
    return _in_words(field.annotation, _limits(field.metadata))


def words_of(annotation: Any) -> list[str]:
    """Return the words that may stand at a key: those of a `Literal`, or the kinds of its sections."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [kind_of(annotation)] if "kind" in annotation.model_fields else []
    if get_origin(annotation) is Literal:
        return [_word(value) for value in get_args(annotation)]
    return [word for inner in get_args(annotation) for word in words_of(inner)]


def comment_of(field: FieldInfo) -> str:
    """Return a field's description, with the words to choose from, or the shape of its section."""
    description = field.description or ""
    words = words_of(field.annotation)
    if set(words) - set(re.findall(r"\w+", description)):
        choice = either(words)
    elif field.default is None and len(sections_in(field.annotation)) == 1:
        choice = _shape(sections_in(field.annotation)[0])
    else:
        return description
    return f"{description} ({choice})" if re.search("[:;]", description) else f"{description}: {choice}"


def either(words: Sequence[str]) -> str:
    """Return the words as a choice.

    >>> either(["sgd", "adam", "rmsprop"])
    'sgd, adam or rmsprop'
    """
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _in_words(annotation: Any, limits: dict[str, Any]) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _in_words(inner[0], {**_limits(inner[1:]), **limits})
    if origin is Literal:
        return ", ".join(words_of(annotation))
    if origin in (Union, UnionType):
        return _union(inner, limits)
    if origin is tuple and Ellipsis not in inner:
        return f"list of {len(inner)}, each: {_in_words(inner[0], {})}"
    if origin is tuple:
        return f"list{_count(limits, 'items')}, each: {_in_words(inner[0], {})}"
    if origin is list:
        return "list"
    if origin is dict:
        value = _in_words(inner[1], {})
        return f"section{_count(limits, 'names')}, each with a {value}"
    if annotation in (int, float):
        return _number(annotation, limits)
    if annotation is str:
        return f"text{_count(limits, 'characters')}"
    return "true, false" if annotation is bool else "section"


def _union(members: Iterable[Any], limits: dict[str, Any]) -> str:
    kinds = [kind for member in members if sections_in(member) for kind in words_of(member)]
    if kinds:
        return f"section of kind {', '.join(kinds)}"
    texts = [_in_words(member, limits) for member in members if member is not NoneType]
    return "; or ".join([*texts, "null"] if NoneType in members else texts)


def _number(type_: type, limits: dict[str, Any]) -> str:
    name = "whole number" if type_ is int else "number"
    low, high = limits.get("ge"), limits.get("le")
    above, below = limits.get("gt"), limits.get("lt")
    if type_ is int:  # Whole numbers have a neighbour, so that each bound can be one that is reached.
        low, above = (low if above is None else above + 1), None
        high, below = (high if below is None else below - 1), None
    end = _shown("", high) or _shown("below ", below)
    if low is not None:
        return f"{name} from {_shown('', low)} to {end}" if end else f"{name}, at least {_shown('', low)}"
    start = _shown(" above ", above)
    upper = _shown("at most ", high) or _shown("below ", below)
    return name + start + (f", {upper}" if upper else "")


def _shown(prefix: str, bound: float | None) -> str:
    if bound is None:
        return ""
    return f"{prefix}{bound}" if isinstance(bound, int) else f"{prefix}{bound:g}"


def _count(limits: dict[str, Any], what: str) -> str:
    low, high = limits.get("min_length"), limits.get("max_length")
    if high is not None:
        return f" of {low or 0} to {high} {what}" if low != high else f" of {high} {what}"
    return ""


def _limits(metadata: Iterable[Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for item in metadata:
        if isinstance(item, FieldInfo):
            limits |= _limits(item.metadata)
        limits |= {name: getattr(item, name) for name in _LIMITS if getattr(item, name, None) is not None}
    return limits


def _word(value: Any) -> str:
    """Return a word as YAML takes it: punctuation and blanks in quotes, with their escapes."""
    return str(value) if re.fullmatch(r"[\w-]+", str(value)) else json.dumps(value)


def _shape(section: type[BaseModel]) -> str:
    """Return the required keys of a section in braces, with the examples that the schema gives."""
    required = {name: field for name, field in section.model_fields.items() if field.is_required()}
    return (
        "{" + ", ".join(f"{name}: {(field.examples or ['...'])[0]}" for name, field in required.items()) + "}"
    )
