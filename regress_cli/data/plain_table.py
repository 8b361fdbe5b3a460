"""Small tables of plain numbers, read without polars, which takes longer to import than most fits take.

Read here is only what leaves no doubt: a header, and under each of its names a finite number in every row.
Whatever is otherwise is left to polars, and with it every refusal. What both can read they read alike:
both return the number nearest to the digits.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from regress_cli.data.table_file import TableFile

# From here on polars is worth the time it takes to import.
_MOST_BYTES = 1 << 20
_SEPARATORS = {",", ";", "\t", "|"}
_IN_NUMBERS = b"0123456789.+-eE"


@dataclass(frozen=True)
class PlainTable:
    """A table of numbers.

    Attributes:
        names: Those of its columns, as they stand in the file.
        numbers: Shape (rows, columns).
    """

    names: list[str]
    numbers: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """Return the numbers of a column, as an array of its own."""
        return self.numbers[:, self.names.index(name)].copy()


def plain_table(file: TableFile) -> PlainTable | None:
    """Return the table that a file holds; None where it takes more to read it."""
    if not file.is_text or file.decimal != "." or file.separator not in _SEPARATORS:
        return None
    with file.path.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    return None if len(content) > _MOST_BYTES else _parsed(content, file.separator)


# A run asks several times: for the names, for the numbers.
@lru_cache(maxsize=1)
def _parsed(content: bytes, separator: str) -> PlainTable | None:
    header, _, body = content.partition(b"\n")
    if body.translate(None, _IN_NUMBERS + b"\n" + separator.encode()):
        return None
    names = _names(header, separator)
    rows = [row.split(separator) for row in body.decode("ascii").removesuffix("\n").split("\n")]
    if names is None or any(len(row) != len(names) for row in rows):
        return None
    try:
        numbers = np.fromiter(map(float, chain.from_iterable(rows)), dtype=np.float64)
    except ValueError:
        return None
    return PlainTable(names, numbers.reshape(len(rows), len(names))) if np.isfinite(numbers).all() else None


def _names(header: bytes, separator: str) -> list[str] | None:
    """Return the names in a header that holds nothing with a meaning of its own, such as quotes."""
    try:
        names = header.decode("utf-8").split(separator)
    except UnicodeDecodeError:
        return None
    return names if all(name.isprintable() and name and '"' not in name for name in names) else None
