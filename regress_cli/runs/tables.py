"""The tables of a finished run, read back from its csv files."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regress_cli.runs import layout
from regress_cli.runs.record_file import damaged, refuse_unreadable
from regress_cli.runs.run import Run
from regress_cli.spreadsheets import unguarded

# From here on polars is worth the time it takes to import.
_LARGE = 2 << 20


@dataclass(frozen=True)
class Predictions:
    """What predictions.csv holds.

    Attributes:
        parts: The part of the data that each row belongs to, shape (n,).
        inputs: The columns of numbers among the inputs, by name, each of shape (n,).
        target: Of each row, shape (n,).
        prediction: For each row, shape (n,).
    """

    parts: np.ndarray
    inputs: dict[str, np.ndarray]
    target: np.ndarray
    prediction: np.ndarray


def predictions_of(run: Run) -> Predictions:
    """Return a run's predictions for its own data.

    Raises:
        RunFolderError: the file is damaged.
        LimitReached, UserError: the system does not let it be read.
    """
    path = run.folder / layout.PREDICTIONS
    (_, parts), *inputs, (_, target), (_, prediction) = _columns(path, at_least=3)
    return Predictions(
        parts,
        {name: values for name, values in inputs if values.dtype.kind == "f"},
        _numbers(path, target),
        _numbers(path, prediction),
    )


def steps_of(run: Run) -> dict[str, np.ndarray]:
    """Return the columns of metrics.csv, each of shape (rows,), by name; an empty cell is NaN.

    Raises:
        RunFolderError, LimitReached, UserError: as `predictions_of` does.
    """
    path = run.folder / layout.METRICS
    return {name: _numbers(path, values) for name, values in _columns(path, at_least=2)}


def _columns(path: Path, at_least: int) -> list[tuple[str, np.ndarray]]:
    """Return the columns of a csv file: numbers, or texts as objects."""
    try:
        names, cells = _read_many(path) if path.stat().st_size > _LARGE else _read_few(path)
    except OSError as error:
        refuse_unreadable(path, error)
    except (csv.Error, ValueError, StopIteration) as error:
        raise damaged(path) from error
    if len(names) < at_least:
        raise damaged(path)
    return list(zip(map(unguarded, names), cells, strict=True))


def _read_few(path: Path) -> tuple[list[str], list[np.ndarray]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        cells = list(zip(*rows, strict=True)) or [()] * len(names)
    if len(cells) != len(names):
        raise ValueError(f"{len(names)} names for {len(cells)} columns")
    return names, [_array(column) for column in cells]


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


def _array(column: tuple[str, ...]) -> np.ndarray:
    try:
        return np.array([float(cell) if cell else np.nan for cell in column], dtype=float)
    except ValueError:  # The part of the data, or a category.
        return np.array(column, dtype=object)


def _numbers(path: Path, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "f":
        raise damaged(path)
    return values
