"""``KEY=VALUE`` on the command line: one value of the config, replaced."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from regress_cli.config.reader import Document, KeyPath, parse
from regress_cli.config.sections import kind_of, sections_at, step_into
from regress_cli.errors import ConfigError
from regress_cli.text import printable, quoted

# The key that another one takes the place of.
_IN_PLACE_OF: dict[KeyPath, str] = {("seed",): "seeds", ("seeds",): "seed"}
# What has a meaning to YAML, and is a text where it stands alone: nobody has to quote it twice for a shell.
_SIGNS = {sign: sign for sign in (",", "|")}


def apply_overrides(document: Document, overrides: Sequence[str]) -> Document:
    """Return a copy of ``document`` with each ``dotted.key=value`` put in its place.

    Values are read by the same strict YAML rules as the file. A key whose sections are missing
    makes them, so ``loss.kind=mae`` works on a config without a ``loss`` section. A new ``kind``
    takes along the keys that both kinds have; the others, which only the old kind knows, go.

    Raises:
        ConfigError: an override has no ``=``, an unreadable value, or a key below a plain value.
    """
    return put_values(document, [parsed(override) for override in overrides])


def parsed(override: str) -> tuple[str, Any]:
    """Return the dotted key and the value of ``dotted.key=value``.

    Raises:
        ConfigError: it has no ``=``, no key, or a value that can't be read.
    """
    dotted, equals, text = override.partition("=")
    if not equals or not all(dotted.split(".")):
        raise ConfigError(f"{quoted(override)} is not an override; write KEY=VALUE, as in seed=1")
    return dotted, _SIGNS.get(text.strip()) or parse(text, f"the value of {printable(dotted)}").data


def put_values(document: Document, values: Sequence[tuple[str, Any]]) -> Document:
    """Return a copy of ``document`` with each value put in place of what stands at its dotted key.

    Raises:
        ConfigError: a key stands below a plain value.
    """
    data = copy.deepcopy(document.data)
    paths = []
    for dotted, value in values:
        keys = tuple(dotted.split("."))
        if keys in _IN_PLACE_OF and value is not None:
            # What is said last of the seeds holds, whichever of the two keys says it.
            data.pop(_IN_PLACE_OF[keys], None)
        if keys[-1] == "kind":
            _drop_keys_of_other_kinds(data, keys[:-1], value)
        _put(data, keys, value)
        paths.append(keys)
    return replace(document, data=data, overridden=document.overridden.union(paths))


def _put(data: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for depth, key in enumerate(keys[:-1], start=1):
        data = data.setdefault(key, {})
        if not isinstance(data, dict):
            section = printable(".".join(keys[:depth]))
            raise ConfigError(
                f"{printable('.'.join(keys))}: {section} is a value, not a section; override {section} itself"
            )
    data[keys[-1]] = value


def _drop_keys_of_other_kinds(data: dict[str, Any], keys: KeyPath, kind: Any) -> None:
    section: Any = data
    for key in keys:
        section = step_into(section, key)
    if not isinstance(section, dict) or section.get("kind") == kind:
        return
    kinds = {
        kind_of(other): other.model_fields for other in sections_at(keys) if "kind" in other.model_fields
    }
    if not isinstance(kind, str) or kind not in kinds:
        return
    known_elsewhere = {name for fields in kinds.values() for name in fields}
    for name in known_elsewhere.intersection(section).difference(kinds[kind]):
        del section[name]
