"""The axes of a sweep: a dotted key of the config, and the values that it takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from regress_cli.config.reader import parse
from regress_cli.errors import ConfigError
from regress_cli.text import printable, quoted

# Every point is a run of its own: more of them are a mistake sooner than a wish.
MOST_POINTS = 1_000_000
# Whole numbers from the first to the last, both included, and how far apart they are.
_RANGE = re.compile(r"([-+]?\d{1,18})\.\.([-+]?\d{1,18})(?:\.\.(\d{1,18}))?")


@dataclass(frozen=True)
class Axis:
    """A key of the config and its values, in the order in which they were given.

    Attributes:
        key: Such as ``optimizer.step_size``.
        values: At least one, no two alike.
    """

    key: str
    values: tuple[Any, ...]


def parse_axis(text: str) -> Axis:
    """Return the axis that ``KEY=VALUE,VALUE,...`` stands for.

    Values are read as YAML reads those of a list, so that a value with a comma stands in brackets or
    quotes. ``0..9`` are the whole numbers from 0 to 9, ``0..100..10`` every tenth.

    >>> parse_axis("seed=0..2").values, parse_axis("model.hidden=[4],[8,8]").values
    ((0, 1, 2), ([4], [8, 8]))

    Raises:
        ConfigError: it has no key, no values, or values that can't be read.
    """
    key, equals, listed = text.partition("=")
    if not equals or not all(key.split(".")):
        raise ConfigError(f"{quoted(text)} is no axis; write KEY=VALUE,VALUE, as in seed=0..9")
    values = parse(f"[{listed}]", f"the values of {printable(key)}").data
    return axis(key, [one for value in values for one in expand(value)])


def axis(key: str, values: Sequence[Any]) -> Axis:
    """Return an axis of values, each once.

    Raises:
        ConfigError: there is none, or more than a sweep takes.
    """
    if not values:
        raise ConfigError(f"{printable(key)}: an axis needs a value; write one, or leave the key out")
    if len(values) > MOST_POINTS:
        raise ConfigError(f"{printable(key)}: a sweep has at most {MOST_POINTS:,} points; give fewer values")
    # True equals 1 to Python, and is another value in a config.
    different = {(type(value), repr(value)): value for value in values}
    return Axis(key, tuple(different.values()))


def expand(value: Any) -> Sequence[Any]:
    """Return the whole numbers that a text such as ``0..9`` stands for; any other value by itself.

    Raises:
        ConfigError: there are none between its ends, or more than a sweep takes.
    """
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return [value]
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    if step == 0 or last < first:
        raise ConfigError(f"{quoted(value)}: a range goes up, from the smaller number to the larger one")
    numbers = range(first, last + 1, step)
    if len(numbers) > MOST_POINTS:
        raise ConfigError(
            f"{quoted(value)}: a sweep has at most {MOST_POINTS:,} points; give a shorter range"
        )
    return numbers
