"""The columns of a csv file that a run wrote."""

import csv
import io
from pathlib import Path

import numpy as np

from regress_cli.errors import explain_os_errors
from regress_cli.runs.record_file import damaged
from regress_cli.spreadsheets import unguarded
from regress_cli.text import printable

# From here on polars is worth the time it takes to import.
_LARGE = 2 << 20


def read_columns(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of numbers by their names, shape (rows,); an empty cell is NaN.

    Raises:
        RunFolderError: the file is none that a run writes.
        LimitReached, UserError: the system does not let it be read; the run may be a good one.
    """
    return {name: column for name, column in read_table(path) if column.dtype.kind == "f"}


def read_table(path: Path) -> list[tuple[str, np.ndarray]]:
    """Return all columns with their names, in order: numbers, or texts as objects, shape (rows,).

    Raises:
        RunFolderError, LimitReached, UserError: as `read_columns` does.
    """
    with explain_os_errors(f"read {printable(path)}", "check its permissions"):
        is_large = path.stat().st_size > _LARGE
        try:
            names, columns = _read_many(path) if is_large else _read_few(path)
        except (ValueError, StopIteration, csv.Error) as error:
            raise damaged(path) from error
    return list(zip(map(unguarded, names), columns, strict=True))


def _read_few(path: Path) -> tuple[list[str], list[np.ndarray]]:
    with path.open("rb") as file:
        rows = csv.reader(io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline=""))
        names = next(rows)
        cells = list(zip(*rows, strict=True)) or [()] * len(names)
    if len(cells) != len(names):
        raise ValueError(f"{len(names)} names for {len(cells)} columns")
    return names, [_column(column) for column in cells]


def _read_many(path: Path) -> tuple[list[str], list[np.ndarray]]:
    import polars as pl

    try:
        table = pl.read_csv(path, infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        raise ValueError(str(error)) from error
    columns = [
        column.cast(pl.Float64).to_numpy()
        if column.dtype.is_numeric()
        else np.array(column.to_list(), dtype=object)
        for column in table.get_columns()
    ]
    return table.columns, columns


def _column(cells: tuple[str, ...]) -> np.ndarray:
    """Return numbers, or texts: the part of the data, or a category."""
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells], dtype=float)
    except ValueError:
        return np.array(cells, dtype=object)
