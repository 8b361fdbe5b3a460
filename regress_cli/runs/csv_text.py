"""Columns as CSV text: floats in the shortest form that reads back exactly, texts that are no formulas."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.spreadsheets import guarded

# From here on polars is worth the time it takes to import.
_MANY_ROWS = 20_000


def csv_text(columns: Mapping[str, Sequence[Any] | np.ndarray]) -> str:
    """Return columns of equal length as CSV text with a header; None becomes an empty cell."""
    written = {guarded(name): _written(values) for name, values in columns.items()}
    if len(next(iter(written.values()))) >= _MANY_ROWS:
        import polars as pl

        return pl.DataFrame(written).write_csv()
    lines = _Lines()
    # With this end of line, and no other, Python 3.11 quotes a text that holds a carriage return.
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(written)
    writer.writerows(zip(*(_listed(values) for values in written.values()), strict=True))
    return "".join(lines)


class _Lines(list[str]):
    """Takes each line that a csv writer writes."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")


def _written(values: Sequence[Any] | np.ndarray) -> Sequence[Any] | np.ndarray:
    """Return arrays of numbers as they are, and lists in which every text is guarded."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values
    return [guarded(value) if isinstance(value, str) else value for value in values]


def _listed(values: Sequence[Any] | np.ndarray) -> Sequence[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else values
