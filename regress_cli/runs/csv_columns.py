"""The numbers of a csv file that a run wrote."""

import csv
from pathlib import Path

import numpy as np

from regress_cli.errors import explain_os_errors
from regress_cli.runs.record_file import damaged
from regress_cli.spreadsheets import unguarded
from regress_cli.text import printable


def read_columns(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of numbers by their names, shape (rows,); an empty cell is NaN.

    Raises:
        RunFolderError: the file is none that a run writes.
        LimitReached, UserError: the system does not let it be read; the run may be a good one.
    """
    with explain_os_errors(f"read {printable(path)}", "check its permissions"):
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    rows = csv.reader(text.splitlines())
    try:
        names = [unguarded(name) for name in next(rows)]
        cells = list(zip(*rows, strict=True)) or [()] * len(names)
        columns = zip(names, map(_numbers, cells), strict=True)
        return {name: column for name, column in columns if column is not None}
    except (ValueError, StopIteration, csv.Error) as error:
        raise damaged(path) from error


def _numbers(cells: tuple[str, ...]) -> np.ndarray | None:
    """Return a column; None where it holds texts: the part of the data, or a category."""
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return None
