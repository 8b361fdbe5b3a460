"""Predictions of a finished run for new rows."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from regress_cli.config import Experiment
from regress_cli.data.columns import (
    CategoricalColumn,
    Column,
    NameCell,
    cell_in_memory,
    encode,
    missing_cells,
)
from regress_cli.data.table_file import TableFile
from regress_cli.errors import DataError, RunFolderError
from regress_cli.experiment.record import unique_names
from regress_cli.models import build_model
from regress_cli.models import predict as apply_model
from regress_cli.runs import Run, open_run
from regress_cli.text import quoted


class Frame(Protocol):
    """What a DataFrame of polars or pandas is known by: names, and a column for each."""

    @property
    def columns(self) -> Any:
        """The names of the columns."""

    def __getitem__(self, name: str, /) -> Any:
        """Return the column called ``name``."""


NewRows = str | Path | Mapping[str, Sequence[Any] | np.ndarray] | Frame


def predict(run: Run | str | Path, data: NewRows) -> np.ndarray:
    """Return a run's predictions for new rows, shape (n,), in the target's own unit.

    Args:
        run: A finished run, or its folder.
        data: A csv, tsv or parquet file, a DataFrame, or a column of values for each name. A file
            is read as the run's own table was, with its separator and decimals.

    Raises:
        DataError: a column is missing, or a cell can't be used; the message names it.
        RunFolderError: the folder is not a whole run.
    """
    opened = run if isinstance(run, Run) else open_run(run)
    inputs = read_inputs(opened, data)
    return predict_rows(opened, encode(opened.columns, inputs.values, inputs.name_cell))


@dataclass(frozen=True)
class PredictedTable:
    """New rows with their predictions, and the columns of the file that were of no use."""

    columns: dict[str, np.ndarray]
    ignored: list[str]


def predict_table(run: Run | str | Path, path: Path) -> PredictedTable:
    """Return the columns that a run was trained on, read from a file, and its predictions.

    Raises:
        DataError, RunFolderError: as `predict` does.
    """
    from regress_cli.data.table import column_names

    opened = run if isinstance(run, Run) else open_run(run)
    inputs = read_inputs(opened, path)
    prediction = predict_rows(opened, encode(opened.columns, inputs.values, inputs.name_cell))
    return PredictedTable(
        columns=unique_names([*inputs.values.items(), ("prediction", prediction)]),
        ignored=[name for name in column_names(_file(opened, path)) if name not in inputs.values],
    )


def predict_rows(run: Run, X: np.ndarray) -> np.ndarray:
    """Return predictions for encoded rows, X of shape (n, d)."""
    params, scaling = run.trained()
    config = _config(run)
    try:
        model = build_model(config.model, tuple(run.record["data"]["feature_names"]))
        # A row far from all that was learned may have a prediction beyond the largest number: inf.
        with np.errstate(all="ignore"):
            scaled = apply_model(model, params, scaling.features.transform(X))
            prediction = scaling.target.inverse_transform(scaled)
    except (IndexError, KeyError, ValueError) as error:
        raise _damaged(run) from error
    # Parameters of another shape than the model's may still be multiplied with the rows.
    if np.shape(prediction) != (len(X),):
        raise _damaged(run)
    return prediction


@dataclass(frozen=True)
class Inputs:
    """The columns that a run needs: float64, or texts as objects; and how a message names a cell."""

    values: Mapping[str, np.ndarray]
    name_cell: NameCell


def read_inputs(run: Run, data: NewRows) -> Inputs:
    """Return the values of every column that the run needs."""
    columns = run.columns
    names = [column.name for column in columns]
    texts = [column.name for column in columns if isinstance(column, CategoricalColumn)]
    if isinstance(data, str | os.PathLike):
        inputs = _from_file(_file(run, data), names, texts)
    else:
        inputs = Inputs(_from_memory(data, names, texts), cell_in_memory)
    for column in columns:
        _check(column, inputs.values[column.name], inputs.name_cell)
    return inputs


def _file(run: Run, path: str | os.PathLike[str]) -> TableFile:
    """Return a file that is written as the run's own table was."""
    data = _config(run).data
    if data.kind == "table":
        return TableFile(Path(path), data.separator, data.decimal, in_config=False)
    return TableFile(Path(path), in_config=False)


def _config(run: Run) -> Experiment:
    try:
        return Experiment.model_validate(run.record["config"])
    except (KeyError, ValueError) as error:
        raise _damaged(run) from error


def _damaged(run: Run) -> RunFolderError:
    return RunFolderError(f"{quoted(run.folder.name)}: the run is damaged; repeat the run with --force")


def _from_file(file: TableFile, names: Sequence[str], texts: Sequence[str]) -> Inputs:
    from regress_cli.data.table import column_names, read_table, require_columns

    require_columns(file, names, column_names(file), "the run was trained on it")
    return Inputs(read_table(file, names, texts).values, file.cell)


def _from_memory(data: Any, names: Sequence[str], texts: Sequence[str]) -> dict[str, np.ndarray]:
    available = _names_in(data)
    for name in names:
        if name not in available:
            raise DataError(f"data: there is no column {quoted(name)} (the run was trained on it); add it")
    try:
        values = {
            name: np.asarray(data[name], dtype=object if name in texts else np.float64) for name in names
        }
    except (TypeError, ValueError) as error:
        raise DataError(f"data: a column of numbers holds something else ({error}); correct it") from error
    for name, column in values.items():
        if column.ndim != 1:
            raise DataError(f"data: column {quoted(name)} is not a list of values; give one for each row")
        if len(column) != len(values[names[0]]):
            raise DataError(
                f"data: column {quoted(name)} has {len(column)} rows, column {quoted(names[0])} has "
                f"{len(values[names[0]])}; give every column the same"
            )
    return values


def _names_in(data: Any) -> list[Any]:
    """Return the names of the columns of a mapping or a DataFrame."""
    if isinstance(data, Mapping):
        return list(data)
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        return list(data.columns)
    raise DataError(
        f"data: {quoted(type(data).__name__)} has no columns by name; "
        "give a file, a DataFrame, or a mapping from names to columns"
    )


def _check(column: Column, values: np.ndarray, name_cell: NameCell) -> None:
    if values.dtype == object and not isinstance(column, CategoricalColumn):
        place = name_cell(0, column.name)
        raise DataError(f"{place}: {quoted(values[0])} stands where the run has numbers; correct the column")
    missing = missing_cells(values)
    can_be_filled = getattr(column, "fill", None) is not None
    if missing.any() and not can_be_filled:
        place = name_cell(int(missing.argmax()), column.name)
        raise DataError(f"{place}: the cell is missing; fill it in, or leave the row out")
