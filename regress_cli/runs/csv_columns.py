"""The numbers of a csv file that a run wrote, read back."""

import csv
from pathlib import Path

import numpy as np

from regress_cli.spreadsheets import unguarded


def columns_of_numbers(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of numbers of a csv file that a run wrote; an empty cell is NaN."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        names = [unguarded(name) for name in next(rows)]
        cells = list(zip(*rows, strict=True)) or [()] * len(names)
    columns = {}
    for name, column in zip(names, cells, strict=True):
        try:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in column])
        except ValueError:  # The part of the data, or a category.
            continue
    return columns
