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
from regress_cli.data.target import Target
from regress_cli.data.weights import refuse_unusable_weights, weights_of
from regress_cli.errors import DataError
from regress_cli.scaling import fit_scaling
from regress_cli.text import quoted


def load_dataset(config: TableData, streams: Streams) -> Dataset:
    """Read the table that ``config`` names.

    Raises:
        DataError: the table can't be used; the message names the row, column or key.
    """
    path = Path(config.path)
    table, target = _read(config, TableFile(path, config.separator, config.decimal))
    values = _settle_missing(config, table, target)
    y, labels, weights, values = _take_apart(config, target, values)
    parts = random_parts(len(y), config.split, streams.split) if labels is None else labels
    columns = _columns(config, values, parts[TRAIN])
    X = encode(columns, values)
    notes = _doubts(config, columns, len(y))
    if weights is not None:
        weights = weights_of(config, weights, weights[parts[TRAIN]])
    if target.note is not None:
        notes = (*notes, target.note)
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
        weights=weights,
        has_known_sigma=config.sigma is not None,
    )


def _read(config: TableData, file: TableFile) -> tuple[Table, Target]:
    available = column_names(file)
    target = Target.of(config.target, file, available)
    require_columns(file, config.features or (), available, "data.features")
    require_columns(file, config.categorical, available, "data.categorical")
    split_columns = [config.split.column] if config.split.column else []
    require_columns(file, split_columns, available, "data.split.column")
    weight_columns = [config.weight_column] if config.weight_column else []
    key = "data.sigma" if config.sigma else "data.weights"
    require_columns(file, weight_columns, available, key)
    others = {*target.columns, *split_columns, *weight_columns}
    _refuse_two_roles(config, target, weight_columns)
    chosen = config.features or [name for name in available if name not in others]
    if not chosen:
        raise DataError(f"{quoted(file.path.name)}: no column is left to predict from; add a feature column")
    names = list(dict.fromkeys([*chosen, *target.columns, *split_columns, *weight_columns]))
    table = read_table(file, names, texts=[*config.categorical, *split_columns])
    rows = len(table.values[target.columns[0]])
    if rows < 2:
        count = "one row" if rows else "no rows"
        raise DataError(f"{file.origin}: the table has {count}; a fit needs at least two")
    # While the rows are still the file's own, so that a message can name one.
    target.refuse_texts(table)
    target.refuse_undefined(table)
    refuse_unusable_weights(config, table)
    if config.split.column:
        refuse_unknown_parts(table, config.split.column)
    return table, target


def _refuse_two_roles(config: TableData, target: Target, weight_columns: Sequence[str]) -> None:
    """Refuse a column that the target is made from and that has another role as well."""
    for name in target.columns:
        if name in (config.features or ()):
            raise DataError(
                f"data.features: {quoted(name)} is part of the target {quoted(config.target)}; remove it"
            )
        if name in weight_columns or name == config.split.column:
            raise DataError(
                f"data.target: column {quoted(name)} has another role already; name a column of its own"
            )


def _settle_missing(config: TableData, table: Table, target: Target) -> dict[str, np.ndarray]:
    """Return the columns with no cell missing, but for numbers that a mean will fill."""
    values = dict(table.values)
    if config.missing == "drop":
        missing = np.logical_or.reduce([missing_cells(column) for column in values.values()])
        if missing.sum() > len(missing) - 2:
            raise DataError(
                f"{table.file.origin}: dropping rows with missing cells leaves too few; fill some in"
            )
        return {name: column[~missing] for name, column in values.items()} if missing.any() else values
    # A mean can stand for a number among the features, but for no text, no target and no weight.
    own = {*target.columns, config.weight_column}
    never_filled = {name: column for name, column in values.items() if column.dtype == object or name in own}
    must_be_whole, remedy = values, "fill it in, or set data.missing to drop or mean"
    if any(missing_cells(column).any() for column in never_filled.values()):
        remedy = "fill it in, or set data.missing to drop"
    if config.missing == "mean":
        must_be_whole = never_filled
        remedy = "a mean fills neither texts nor the target: fill it in, or set data.missing to drop"
    refuse_missing(must_be_whole, table.file.cell, remedy)
    return values


def _take_apart(
    config: TableData, target: Target, values: dict[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, Rows] | None, np.ndarray | None, dict[str, np.ndarray]]:
    """Return the target, the parts that a column names, the column of weights, and the feature columns."""
    y = target.compute(values)
    for name in target.columns:
        del values[name]
    weights = None if config.weight_column is None else values.pop(config.weight_column)
    column = config.split.column
    if column is None:
        return y, None, weights, values
    return y, named_parts(values.pop(column), column), weights, values


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
