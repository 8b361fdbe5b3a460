"""From a table to a dataset: features chosen, missing cells settled, parts split, scaling fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from regress_cli.config.schema import TableData
from regress_cli.data.columns import (
    CategoricalColumn,
    Column,
    NumericColumn,
    encode,
    feature_names,
    make_column,
    missing_cells,
    refuse_missing,
)
from regress_cli.data.dataset import PARTS, TRAIN, Dataset, Rows, take_rows
from regress_cli.data.splits import named_parts, random_parts, refuse_unknown_parts
from regress_cli.data.streams import Streams
from regress_cli.data.table import Table, column_names, fingerprint, read_table, require_columns
from regress_cli.data.table_file import TableFile
from regress_cli.errors import DataError
from regress_cli.scaling import fit_scaling
from regress_cli.text import quoted


def load_dataset(config: TableData, streams: Streams) -> Dataset:
    """Read the table that ``config`` names.

    Raises:
        DataError: the table can't be used; the message names the row, column or key.
    """
    path = Path(config.path)
    table = _read(config, TableFile(path, config.separator, config.decimal))
    values = _settle_missing(config, table)
    y, labels, values = _take_apart(config, values)
    parts = random_parts(len(y), config.split, streams.split) if labels is None else labels
    columns = _columns(config, values, parts[TRAIN])
    X = encode(columns, values)
    notes = _doubts(config, columns, len(y))
    # X holds all of the features now; a large table should not be kept twice.
    del table, values
    return Dataset(
        X=X,
        y=y,
        columns=columns,
        target_name=config.target,
        parts=parts,
        scaling=fit_scaling(
            take_rows(X, parts[TRAIN]),
            y[parts[TRAIN]],
            config.standardize.features,
            config.standardize.target,
        ),
        fingerprint=fingerprint(path),
        notes=notes,
    )


def _read(config: TableData, file: TableFile) -> Table:
    available = column_names(file)
    require_columns(file, [config.target], available, "data.target")
    require_columns(file, config.features or (), available, "data.features")
    require_columns(file, config.categorical, available, "data.categorical")
    split_columns = [config.split.column] if config.split.column else []
    require_columns(file, split_columns, available, "data.split.column")
    chosen = config.features or [name for name in available if name not in (config.target, *split_columns)]
    if not chosen:
        raise DataError(f"{quoted(file.path.name)}: no column is left to predict from; add a feature column")
    names = list(dict.fromkeys([*chosen, config.target, *split_columns]))
    table = read_table(file, names, texts=[*config.categorical, *split_columns])
    rows = len(table.values[config.target])
    if rows < 2:
        count = "one row" if rows else "no rows"
        raise DataError(f"{file.origin}: the table has {count}; a fit needs at least two")
    # While the rows are still the file's own, so that a message can name one.
    _refuse_text_target(table, config.target)
    if config.split.column:
        refuse_unknown_parts(table, config.split.column)
    return table


def _refuse_text_target(table: Table, target: str) -> None:
    values = table.values[target]
    if values.dtype == object:
        row = int(missing_cells(values).argmin())
        place = table.file.cell(row, target)
        raise DataError(f"{place}: {quoted(values[row])} can't be a target; name a column of numbers")


def _settle_missing(config: TableData, table: Table) -> dict[str, np.ndarray]:
    """Return the columns with no cell missing, but for numbers that a mean will fill."""
    values = dict(table.values)
    if config.missing == "drop":
        missing = np.logical_or.reduce([missing_cells(column) for column in values.values()])
        if missing.sum() > len(missing) - 2:
            raise DataError(
                f"{table.file.origin}: dropping rows with missing cells leaves too few; fill some in"
            )
        return {name: column[~missing] for name, column in values.items()} if missing.any() else values
    must_be_whole, remedy = values, "fill it in, or set data.missing to drop or mean"
    if config.missing == "mean":
        # A mean can stand for a number among the features, but for no text and no target.
        must_be_whole = {
            name: column for name, column in values.items() if column.dtype == object or name == config.target
        }
        remedy = "a mean fills neither texts nor the target: fill it in, or set data.missing to drop"
    refuse_missing(must_be_whole, table.file.cell, remedy)
    return values


def _take_apart(
    config: TableData, values: dict[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, Rows] | None, dict[str, np.ndarray]]:
    """Return the target, the parts that a column names, and the feature columns."""
    y = values.pop(config.target)
    column = config.split.column
    if column is None:
        return y, None, values
    return y, named_parts(values.pop(column), column), values


def _columns(config: TableData, values: Mapping[str, np.ndarray], train: Rows) -> tuple[Column, ...]:
    columns = [make_column(name, column, config.one_hot) for name, column in values.items()]
    if not feature_names(columns):
        names = ", ".join(quoted(column.name) for column in columns)
        raise DataError(f"{names}: the same text stands in every row; add a feature column that varies")
    return tuple(
        replace(column, fill=_mean(column.name, values[column.name][train]))
        if config.missing == "mean" and isinstance(column, NumericColumn)
        else column
        for column in columns
    )


def _mean(name: str, values: np.ndarray) -> float:
    if np.isnan(values).all():
        raise DataError(f"column {quoted(name)}: every cell of the training part is missing; leave it out")
    return float(np.nanmean(values))


def _doubts(config: TableData, columns: Sequence[Column], rows: int) -> tuple[str, ...]:
    """Return what to say of texts that are features only because nobody said otherwise."""
    if config.features is not None:
        return ()
    notes = []
    for column in columns:
        if not isinstance(column, CategoricalColumn) or column.name in config.categorical:
            continue
        if set(column.categories) <= set(PARTS):
            notes.append(
                f"column {quoted(column.name)} holds names of parts and is taken for a feature; "
                "to split by it, name it in data.split.column"
            )
        elif len(column.categories) == rows:
            notes.append(
                f"column {quoted(column.name)} holds another text in every row, each a feature of its own; "
                "to leave it out, name the others in data.features"
            )
    return tuple(notes)
