"""Parameters that are probably columns with a wrong letter: a slip would fit another formula."""

import difflib
import re
import unicodedata
from collections.abc import Sequence

from regress_cli.errors import UserError
from regress_cli.text import SIMILAR, printable, quoted

# Of names of fewer letters every other one is similar to it: k1 and k2, x and xc.
_FEWEST_LETTERS = 3


def refuse_mistyped(unstarted: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a parameter that looks like a column; one that has a start is meant as it is written.

    Args:
        unstarted: The parameters that no start names.
        columns: Those of the table.

    Raises:
        UserError: the message names the column, and how to keep the parameter.
    """
    for name in unstarted:
        column = _column_like(name, columns)
        if column is not None:
            same = "which looks the same; " if not name.isascii() and _plain(name) == _plain(column) else ""
            raise UserError(
                f"{quoted(name)} is no column of the table, but nearly the column {quoted(column)}; {same}"
                f"write {printable(column)}, or --start {printable(name)}=1 if it is a parameter"
            )


def _column_like(name: str, columns: Sequence[str]) -> str | None:
    by_letters = {_plain(column): column for column in columns}
    if _plain(name) in by_letters:
        return by_letters[_plain(name)]
    # A column with a number after it is what many call a parameter that belongs to it, as in (x - x0).
    long = [
        column
        for column in columns
        if len(column) >= _FEWEST_LETTERS and not re.fullmatch(re.escape(column) + r"_?\d+", name)
    ]
    if len(name) < _FEWEST_LETTERS:
        return None
    return next(iter(difflib.get_close_matches(name, long, n=1, cutoff=SIMILAR)), None)


def _plain(name: str) -> str:
    """Return what a reader sees of a name: no difference between cases, nor between signs that look alike."""
    return unicodedata.normalize("NFKC", name).casefold()
