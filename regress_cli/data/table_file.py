"""Which file a table is read from, how its text is written, and what messages say of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from regress_cli.data.columns import cell
from regress_cli.text import printable

# What separates the cells, by the file's ending.
SEPARATORS = {".csv": ",", ".tsv": "\t", ".parquet": None}
_SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class TableFile:
    """A csv, tsv or parquet file.

    Attributes:
        path: Where it lies.
        given_separator: What stands between its cells; None: by its ending.
        decimal: What stands before a number's decimals: a point or a comma.
        in_config: Whether a config names it, so that messages can name the config's keys.
    """

    path: Path
    given_separator: str | None = None
    decimal: str = "."
    in_config: bool = True

    @property
    def is_text(self) -> bool:
        """Whether it has lines and separators."""
        return self.path.suffix.lower() != ".parquet"

    @property
    def separator(self) -> str:
        """What stands between the cells of a text file."""
        return self.given_separator or SEPARATORS[self.path.suffix.lower()] or ","

    @property
    def origin(self) -> str:
        """How a message names it."""
        return printable(self.path.name)

    def cell(self, row: int, name: str) -> str:
        """Return how a message names a cell; ``row`` counts from 0."""
        return cell(self.origin, row, name, 2 if self.is_text else None)

    @property
    def check_path(self) -> str:
        """What to do about a wrong path."""
        return "check data.path" if self.in_config else "check the path"

    def separator_hint(self, header: str) -> str | None:
        """Return what to do about a header of one cell, if another separator stands in it."""
        found = max(_SEPARATOR_NAMES, key=header.count)
        if not self.is_text or found not in header:
            return None
        remedy = f"save it with {_SEPARATOR_NAMES[self.separator]}, as the run has them"
        if self.in_config:
            remedy = f"set data.separator: {json.dumps(found)}"
        return f"its header is separated by {_SEPARATOR_NAMES[found]}; {remedy}"

    @property
    def decimal_hint(self) -> str:
        """What to do about numbers whose decimals follow another mark."""
        if self.decimal == ",":
            return "write a comma for decimals and nothing for thousands"
        if self.in_config and self.is_text and self.separator != ",":
            return 'set data.decimal: "," and write nothing for thousands'
        points = "write a point for decimals and nothing for thousands"
        if not self.in_config or not self.is_text:
            return points
        return f'{points} (or save it with semicolons, for data.separator: ";" and data.decimal: ",")'
