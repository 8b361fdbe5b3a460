"""From named columns to a matrix of features: numbers as they are, categories one-hot.

The columns are kept with the run, so that new rows are encoded exactly as the training rows were.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from regress_cli.errors import DataError
from regress_cli.text import did_you_mean, printable, quoted

MOST_CATEGORIES = 1000


@dataclass(frozen=True)
class NumericColumn:
    """A column of numbers; ``fill`` stands in for a missing cell, if it is not None."""

    name: str
    fill: float | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features that the column becomes."""
        return (self.name,)

    def encode(self, values: np.ndarray, out: np.ndarray) -> None:
        """Write the column's features for ``values`` of shape (n,) to ``out`` of shape (n, 1)."""
        out[:, 0] = values
        if self.fill is not None:
            out[np.isnan(out[:, 0]), 0] = self.fill

    def decode(self, features: np.ndarray) -> np.ndarray:
        """Return the column's values, given its features of shape (n, 1)."""
        return features[:, 0]


@dataclass(frozen=True)
class CategoricalColumn:
    """A column of texts: a feature of 0 and 1 for each category, or for each but the first."""

    name: str
    categories: tuple[str, ...]
    drop_first: bool

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features that the column becomes, such as ``species=adelie``."""
        return tuple(f"{self.name}={category}" for category in self.categories[self.drop_first :])

    def encode(self, values: np.ndarray, out: np.ndarray) -> None:
        """Write the column's features for ``values`` of shape (n,) to ``out``."""
        for j, category in enumerate(self.categories[self.drop_first :]):
            out[:, j] = values == category
        self._refuse_unknown(values)

    def decode(self, features: np.ndarray) -> np.ndarray:
        """Return the column's texts, given its features."""
        codes = features.argmax(axis=1) if features.shape[1] else np.zeros(len(features), dtype=int)
        if self.drop_first:
            codes = np.where(features.any(axis=1), codes + 1, 0)
        return np.array(self.categories, dtype=object)[codes]

    def _refuse_unknown(self, values: np.ndarray) -> None:
        unknown = ~np.isin(values.astype(str), self.categories)
        if unknown.any():
            row = int(unknown.argmax())
            raise DataError(
                f"row {row + 1}, column {quoted(self.name)}: the category {quoted(values[row])} was not in "
                f"the training table; {did_you_mean(str(values[row]), self.categories)}"
            )


Column = NumericColumn | CategoricalColumn


def make_column(name: str, values: np.ndarray, one_hot: str) -> Column:
    """Return the column that fits ``values``: float64 for numbers, objects for texts."""
    if values.dtype != object:
        return NumericColumn(name)
    categories = sorted({str(value) for value in values}, key=_category_order)
    if len(categories) > MOST_CATEGORIES:
        raise DataError(
            f"column {quoted(name)} holds {len(categories)} different texts, too many for one-hot columns; "
            "leave it out of data.features"
        )
    return CategoricalColumn(name, tuple(categories), drop_first=one_hot == "drop_first")


def feature_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the names of all features, in the order of the matrix's columns."""
    return tuple(name for column in columns for name in column.feature_names)


def encode(columns: Sequence[Column], values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the matrix of features, float64 of shape (n, d), column-major."""
    n = len(values[columns[0].name])
    X = np.empty((n, len(feature_names(columns))), order="F")
    start = 0
    for column in columns:
        stop = start + len(column.feature_names)
        column.encode(values[column.name], X[:, start:stop])
        start = stop
    return X


def decode(columns: Sequence[Column], X: np.ndarray) -> dict[str, np.ndarray]:
    """Return the named columns that ``X`` was made from."""
    decoded = {}
    start = 0
    for column in columns:
        stop = start + len(column.feature_names)
        decoded[column.name] = column.decode(X[:, start:stop])
        start = stop
    return decoded


def columns_to_json(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the columns as plain data, for the run's record."""
    return [{"kind": _KINDS[type(column)], **asdict(column)} for column in columns]


def columns_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Return the columns that `columns_to_json` wrote."""
    columns: list[Column] = []
    for item in data:
        if item["kind"] == "numeric":
            columns.append(NumericColumn(item["name"], item["fill"]))
        else:
            columns.append(
                CategoricalColumn(item["name"], tuple(item["categories"]), bool(item["drop_first"]))
            )
    return tuple(columns)


def refuse_missing(values: Mapping[str, np.ndarray], origin: str, first_line: int | None) -> None:
    """Refuse the first missing cell, by row and column.

    Args:
        values: The columns; a missing number is NaN, a missing text None.
        origin: The file's name, for the message.
        first_line: The line of the first row in a text file, or None.
    """
    masks = {name: missing_cells(column) for name, column in values.items()}
    count = sum(int(mask.sum()) for mask in masks.values())
    if count:
        first = min((int(mask.argmax()), name) for name, mask in masks.items() if mask.any())
        others = f" ({count - 1} more are missing)" if count > 1 else ""
        raise DataError(
            f"{cell(origin, *first, first_line)}: the cell is missing{others}; "
            "fill it in, or set data.missing to drop or mean"
        )


def missing_cells(values: np.ndarray) -> np.ndarray:
    """Return where ``values`` are missing."""
    if values.dtype == object:
        return np.array([value is None for value in values], dtype=bool)
    return np.isnan(values)


def cell(origin: str, row: int, name: str, first_line: int | None) -> str:
    """Return how a message names a cell; ``row`` counts from 0 here and from 1 in the message."""
    line = f" (line {row + first_line})" if first_line is not None else ""
    return f"{origin}: row {row + 1}{line}, column {printable(repr(name))}"


def _category_order(category: str) -> tuple[float, str]:
    """Order numbers by value and before texts."""
    try:
        number = float(category)
    except ValueError:
        number = math.inf
    # No order holds for a number that is not one, so such a text stands among the texts.
    return (math.inf if math.isnan(number) else number), category


_KINDS = {NumericColumn: "numeric", CategoricalColumn: "categorical"}
