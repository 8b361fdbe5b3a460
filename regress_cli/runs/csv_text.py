"""Columns as CSV text, floats in the shortest form that reads back exactly."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# From here on polars is worth the time it takes to import.
_MANY_ROWS = 20_000


def csv_text(columns: Mapping[str, Sequence[Any] | np.ndarray]) -> str:
    """Return columns of equal length as CSV text with a header; None becomes an empty cell."""
    length = len(next(iter(columns.values())))
    if length >= _MANY_ROWS:
        import polars as pl

        return pl.DataFrame({name: _plain(values) for name, values in columns.items()}).write_csv()
    lines = _Lines()
    # With this end of line, and no other, Python 3.11 quotes a text that holds a carriage return.
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(zip(*(_listed(values) for values in columns.values()), strict=True))
    return "".join(lines)


class _Lines(list[str]):
    """Takes each line that a csv writer writes."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")


def _plain(values: Sequence[Any] | np.ndarray) -> Any:
    """Return what polars takes: arrays of numbers as they are, texts as a list."""
    return values.tolist() if isinstance(values, np.ndarray) and values.dtype == object else values


def _listed(values: Sequence[Any] | np.ndarray) -> Sequence[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else values
