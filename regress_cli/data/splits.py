"""Which rows train, validate and test."""

import numpy as np

from regress_cli.config.schema import Split
from regress_cli.data.dataset import PARTS, TEST, TRAIN, VALIDATION, Rows
from regress_cli.data.table import Table
from regress_cli.errors import DataError
from regress_cli.text import quoted


def random_parts(n: int, split: Split, rng: np.random.Generator) -> dict[str, Rows]:
    """Return the rows of each part, drawn without replacement, in the table's order.

    Raises:
        DataError: a part that is asked for would have no rows.
    """
    sizes = {VALIDATION: round(n * split.validation), TEST: round(n * split.test)}
    wanted = {VALIDATION: split.validation, TEST: split.test}
    for name, size in sizes.items():
        if wanted[name] and not size:
            raise DataError(
                f"data.split.{name}: {wanted[name]} of {n} rows is less than one row; give a larger fraction"
            )
    train_size = n - sum(sizes.values())
    if train_size < 1:
        raise DataError(f"data.split: no row of {n} is left to train on; give smaller fractions")
    if train_size == n:
        return {TRAIN: slice(None)}
    order = rng.permutation(n)
    parts: dict[str, Rows] = {TRAIN: np.sort(order[:train_size])}
    start = train_size
    for name, size in sizes.items():
        if size:
            parts[name] = np.sort(order[start : start + size])
            start += size
    return parts


def refuse_unknown_parts(table: Table, column: str) -> None:
    """Refuse the first cell of ``column`` that names no part; a missing cell is not judged here."""
    for row, label in enumerate(table.values[column]):
        if label is not None and label not in PARTS:
            place = table.file.cell(row, column)
            raise DataError(f"{place}: {quoted(label)} is not a part; write one of: {', '.join(PARTS)}")


def named_parts(labels: np.ndarray, column: str) -> dict[str, Rows]:
    """Return the rows of each part, as a column of the table names it.

    Raises:
        DataError: no row trains.
    """
    parts = {name: np.flatnonzero(labels == name) for name in PARTS}
    if not len(parts[TRAIN]):
        raise DataError(
            f"data.split.column: no row of column {quoted(column)} says train; mark the rows to train on"
        )
    return {name: rows for name, rows in parts.items() if len(rows)}
