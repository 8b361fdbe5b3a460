"""Tables of thousands of rows, which look as rich draws them and are there at once."""

import unicodedata
from collections.abc import Sequence

from regress_cli.cli.words.alignment import ends_at_right

_GAP = "   "


def long_table(header: Sequence[str], rows: Sequence[Sequence[str]], rule: str = "─") -> str:
    """Return a table as text: its header, a line of ``rule``, a line for each row.

    >>> print(long_table(["run", "rmse"], [["a", "1.5"], ["bb", "12.5"]]).strip())
    run   rmse
     ──────────
     a      1.5
     bb    12.5
    """
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]
    is_right = ends_at_right([header, *rows])
    length = sum(widths) + len(_GAP) * (len(widths) - 1)
    lines = [_line(row, widths, is_right) for row in (header, *rows)]
    return "\n".join(["", lines[0], f" {rule * length}", *lines[1:], ""])


def _line(row: Sequence[str], widths: Sequence[int], is_right: Sequence[bool]) -> str:
    cells = []
    for cell, width, right in zip(row, widths, is_right, strict=True):
        blank = " " * (width - _width(cell))
        cells.append(blank + cell if right else cell + blank)
    return f" {_GAP.join(cells)}"


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
