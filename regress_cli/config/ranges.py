"""Whole numbers in a few characters: ``0..9`` for those from 0 to 9, ``0..100..10`` for every tenth."""

import re
from collections.abc import Sequence
from typing import Any

from regress_cli.errors import ConfigError
from regress_cli.text import quoted

# More of them are a mistake sooner than a wish.
MOST_NUMBERS = 1_000_000
# Whole numbers from the first to the last, both included, and how far apart they are.
_RANGE = re.compile(r"([-+]?\d{1,18})\.\.([-+]?\d{1,18})(?:\.\.(\d{1,18}))?")


def expand(value: Any) -> Sequence[Any]:
    """Return the whole numbers that a text such as ``0..9`` stands for; any other value by itself.

    >>> list(expand("0..2")), list(expand("0..100..50")), expand("relu")
    ([0, 1, 2], [0, 50, 100], ['relu'])

    Raises:
        ConfigError: there are none between its ends, or too many.
    """
    found = _RANGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return [value]
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    if step == 0 or last < first:
        raise ConfigError(f"{quoted(value)}: a range goes up, from the smaller number to the larger one")
    numbers = range(first, last + 1, step)
    if len(numbers) > MOST_NUMBERS:
        raise ConfigError(
            f"{quoted(value)}: a range has at most {MOST_NUMBERS:,} numbers; give a shorter one"
        )
    return numbers


def range_text(numbers: Sequence[int]) -> str:
    """Return whole numbers as briefly as `expand` reads them back, several pieces with commas between.

    >>> range_text([0, 1, 2, 3]), range_text([0, 3, 7]), range_text([5]), range_text([0, 1, 2, 9])
    ('0..3', '0,3,7', '5', '0..2,9')
    """
    pieces: list[list[int]] = []
    for number in numbers:
        if pieces and number == pieces[-1][-1] + 1:
            pieces[-1].append(number)
        else:
            pieces.append([number])
    return ",".join(_piece_text(piece) for piece in pieces)


def _piece_text(piece: list[int]) -> str:
    if len(piece) < 3:
        return ",".join(map(str, piece))
    return f"{piece[0]}..{piece[-1]}"
