"""The axes of a sweep: a dotted key of the config, and the values that it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from regress_cli.config.ranges import MOST_NUMBERS, expand
from regress_cli.config.reader import parse
from regress_cli.errors import ConfigError
from regress_cli.text import printable, quoted

# Every point is a run of its own.
MOST_POINTS = MOST_NUMBERS


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
