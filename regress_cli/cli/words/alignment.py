"""Which columns of a table end at the right: those of numbers, whose digits then stand below each other."""

import re
from collections.abc import Sequence
from itertools import zip_longest

# How a number begins; a star marks one among others, and a p-value may be below the smallest that is shown.
_NUMBER = re.compile(r"(\* )?<?-?(\d|inf\b|nan\b)")
# What says of a number that there is none.
_NOTHING = ("", "-")


def ends_at_right(rows: Sequence[Sequence[str]]) -> list[bool]:
    """Return for each column of a table, whose first row is its header, whether it ends at the right.

    The first column holds names. Below a header, one number makes a column of numbers, in which words say
    what is not known. Without a header the rows are facts of many kinds; where words are among them, all
    begin at the left.

    >>> ends_at_right([["name", "value"], ["a", "1.5"], ["b", "not determined"]])
    [False, True]
    >>> ends_at_right([["", ""], ["rows", "30"], ["model", "linear"]])
    [False, False]
    >>> ends_at_right([["part", "loss", "rmse"], ["train", "0.5", "1.0"], ["gap", "0"]])
    [False, True, True]
    """
    header, *others = rows
    enough = any if any(header) else all
    # A row may end before the last column.
    columns = list(zip_longest(header, *others, fillvalue=""))
    looks = [
        [_NUMBER.match(cell) is not None for cell in column[1:] if cell not in _NOTHING] for column in columns
    ]
    return [position > 0 and bool(column) and enough(column) for position, column in enumerate(looks)]
