"""What a finished run predicts for its own data, read back part by part."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regress_cli.runs import layout
from regress_cli.runs.csv_columns import read_table
from regress_cli.runs.record_file import damaged
from regress_cli.runs.run import Run


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
    columns = read_table(path)
    if len(columns) < 3:
        raise damaged(path)
    (_, parts), *inputs, (_, target), (_, prediction) = columns
    return Predictions(
        parts,
        {name: values for name, values in inputs if values.dtype.kind == "f"},
        _numbers(path, target),
        _numbers(path, prediction),
    )


def _numbers(path: Path, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "f":
        raise damaged(path)
    return values
