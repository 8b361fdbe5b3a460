"""A config as lines of YAML, each of which knows the key that it is about."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from regress_cli.config.dump import as_yaml

_INDENT = "  "


def config_lines(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the lines of a resolved config, each with the dotted key that it belongs to.

    >>> for line, key in config_lines({"seed": 0, "model": {"hidden": [4]}}):
    ...     print(f"{line:<15}|{key}")
    seed: 0        |seed
    model:         |model
      hidden: [4]  |model.hidden
    """
    yield from _lines(config, "", "")


def _lines(config: Mapping[str, Any], indent: str, prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in config.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield indent + _leaf(key, None)[0].removesuffix(" null"), dotted
            yield from _lines(value, indent + _INDENT, f"{dotted}.")
        else:
            for line in _leaf(key, value) if isinstance(value, str | float) else _written(key, value):
                yield indent + line, dotted


# Most runs of a report have most of their values in common; 1, 1.0 and True are not the same.
@lru_cache(maxsize=4096, typed=True)
def _leaf(key: str, value: str | float | None) -> list[str]:
    return _written(key, value)


def _written(key: str, value: Any) -> list[str]:
    return as_yaml({key: value}, is_flat=isinstance(value, list)).splitlines()
