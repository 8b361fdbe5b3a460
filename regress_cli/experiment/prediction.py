"""Predictions of a finished run for new rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.config import Experiment
from regress_cli.data.columns import CategoricalColumn, Column, cell, encode, missing_cells
from regress_cli.errors import DataError, RunFolderError
from regress_cli.experiment.record import unique_names
from regress_cli.models import build_model
from regress_cli.models import predict as apply_model
from regress_cli.runs import Run, open_run
from regress_cli.text import quoted


def predict(run: Run | str | Path, data: str | Path | Mapping[str, Sequence[Any] | np.ndarray]) -> np.ndarray:
    """Return a run's predictions for new rows, shape (n,), in the target's own unit.

    Args:
        run: A finished run, or its folder.
        data: A csv, tsv or parquet file, or a column of values for each name.

    Raises:
        DataError: a column is missing, or a cell can't be used; the message names it.
        RunFolderError: the folder is not a whole run.
    """
    opened = run if isinstance(run, Run) else open_run(run)
    columns = opened.columns
    values = read_inputs(columns, data)
    return predict_rows(opened, encode(columns, values))


@dataclass(frozen=True)
class PredictedTable:
    """New rows with their predictions, and the columns of the file that were of no use."""

    columns: dict[str, np.ndarray]
    ignored: list[str]


def predict_table(run: str | Path, path: Path) -> PredictedTable:
    """Return the columns that a run was trained on, read from a file, and its predictions.

    Raises:
        DataError, RunFolderError: as `predict` does.
    """
    from regress_cli.data.table import column_names

    opened = open_run(run)
    values = read_inputs(opened.columns, path)
    prediction = predict_rows(opened, encode(opened.columns, values))
    return PredictedTable(
        columns=unique_names([*values.items(), ("prediction", prediction)]),
        ignored=[name for name in column_names(path) if name not in values],
    )


def predict_rows(run: Run, X: np.ndarray) -> np.ndarray:
    """Return predictions for encoded rows, X of shape (n, d)."""
    params, scaling = run.trained()
    try:
        config = Experiment.model_validate(run.record["config"])
        model = build_model(config.model, tuple(run.record["data"]["feature_names"]))
        # A row far from all that was learned may have a prediction beyond the largest number: inf.
        with np.errstate(all="ignore"):
            return scaling.target.backward(apply_model(model, params, scaling.features.forward(X)))
    except (KeyError, ValueError) as error:
        raise RunFolderError(
            f"{quoted(run.folder.name)}: the run is damaged; run the experiment again"
        ) from error


def read_inputs(
    columns: Sequence[Column], data: str | Path | Mapping[str, Sequence[Any] | np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the values of every column that the run needs: float64, or texts as objects."""
    names = [column.name for column in columns]
    texts = [column.name for column in columns if isinstance(column, CategoricalColumn)]
    if isinstance(data, Mapping):
        values, origin, first_line = _from_mapping(data, names, texts), "data", None
    else:
        from regress_cli.data.table import column_names, read_table, require_columns

        path = Path(data)
        require_columns(path, names, column_names(path), "the run was trained on it")
        table = read_table(path, names, texts)
        values, origin, first_line = table.values, table.origin, table.first_line
    for column in columns:
        _check(column, values[column.name], origin, first_line)
    return dict(values)


def _from_mapping(
    data: Mapping[str, Sequence[Any] | np.ndarray], names: Sequence[str], texts: Sequence[str]
) -> dict[str, np.ndarray]:
    for name in names:
        if name not in data:
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


def _check(column: Column, values: np.ndarray, origin: str, first_line: int | None) -> None:
    if values.dtype == object and not isinstance(column, CategoricalColumn):
        place = cell(origin, 0, column.name, first_line)
        raise DataError(f"{place}: {quoted(values[0])} stands where the run has numbers; correct the column")
    missing = missing_cells(values)
    can_be_filled = getattr(column, "fill", None) is not None
    if missing.any() and not can_be_filled:
        place = cell(origin, int(missing.argmax()), column.name, first_line)
        raise DataError(f"{place}: the cell is missing; fill it in, or leave the row out")
