"""From named columns to a matrix of features: numbers as they are, categories one-hot.

The columns are kept with the run, so that new rows are encoded exactly as the training rows were.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from regress_cli.errors import DataError
from regress_cli.text import did_you_mean, printable, quoted

MOST_CATEGORIES = 1000

# How a message names a cell, given its row, from 0, and its column.
NameCell = Callable[[int, str], str]


@dataclass(frozen=True)
class NumericColumn:
    """A column of numbers; ``fill`` stands in for a missing cell, if it is not None."""

    name: str
    fill: float | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features that the column becomes."""
        return (self.name,)

    def encode(self, values: np.ndarray, out: np.ndarray, name_cell: NameCell) -> None:
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

    def encode(self, values: np.ndarray, out: np.ndarray, name_cell: NameCell) -> None:
        """Write the column's features for ``values`` of shape (n,) to ``out``.

        A number, which may come from Python, is the category that it is written as, or else the only
        one of its value: 1.0 is the category ``1``, unless there is a ``1.0`` or a ``01`` as well.
        """
        codes = self._codes(values)
        unknown = codes < 0
        if unknown.any():
            self._refuse(values, int(unknown.argmax()), name_cell)
        for j in range(out.shape[1]):
            out[:, j] = codes == j + self.drop_first

    def decode(self, features: np.ndarray) -> np.ndarray:
        """Return the column's texts, given its features."""
        codes = features.argmax(axis=1) if features.shape[1] else np.zeros(len(features), dtype=int)
        if self.drop_first:
            codes = np.where(features.any(axis=1), codes + 1, 0)
        return np.array(self.categories, dtype=object)[codes]

    def _codes(self, values: np.ndarray) -> np.ndarray:
        """Return the index of each value's category, -1 for none."""
        by_text = {category: code for code, category in enumerate(self.categories)}
        by_number = _by_number(self.categories)

        def code_of(value: Any) -> int:
            if isinstance(value, str):
                return by_text.get(value, -1)
            written = str(value)
            return by_text.get(written, by_number.get(_number(written), -1))

        return np.fromiter((code_of(value) for value in values), dtype=np.intp, count=len(values))

    def _refuse(self, values: np.ndarray, row: int, name_cell: NameCell) -> None:
        raise DataError(
            f"{name_cell(row, self.name)}: the category {quoted(values[row])} was not in the training table; "
            f"{did_you_mean(str(values[row]), self.categories)}"
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


def encode(
    columns: Sequence[Column], values: Mapping[str, np.ndarray], name_cell: NameCell | None = None
) -> np.ndarray:
    """Return the matrix of features, float64 of shape (n, d), column-major.

    Raises:
        DataError: a category is none of the column's; ``name_cell`` says where it stands.
    """
    n = len(values[columns[0].name])
    X = np.empty((n, len(feature_names(columns))), order="F")
    start = 0
    for column in columns:
        stop = start + len(column.feature_names)
        column.encode(values[column.name], X[:, start:stop], name_cell or cell_in_memory)
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


def refuse_missing(values: Mapping[str, np.ndarray], name_cell: NameCell, remedy: str) -> None:
    """Refuse the first missing cell, by row and column.

    Args:
        values: The columns; a missing number is NaN, a missing text None.
        name_cell: Says where the cell stands.
        remedy: What the user can do about it.
    """
    masks = {name: missing_cells(column) for name, column in values.items()}
    count = sum(int(mask.sum()) for mask in masks.values())
    if count:
        first = min((int(mask.argmax()), name) for name, mask in masks.items() if mask.any())
        others = {1: "", 2: " (1 more is missing)"}.get(count, f" ({count - 1} more are missing)")
        raise DataError(f"{name_cell(*first)}: the cell is missing{others}; {remedy}")


def missing_cells(values: np.ndarray) -> np.ndarray:
    """Return where ``values`` are missing."""
    if values.dtype == object:
        # A missing text of pandas is NaN.
        return np.array(
            [value is None or (isinstance(value, float) and math.isnan(value)) for value in values],
            dtype=bool,
        )
    return np.isnan(values)


def cell_in_memory(row: int, name: str) -> str:
    """Return how a message names a cell of columns that were passed from Python."""
    return cell("data", row, name, None)


def cell(origin: str, row: int, name: str, first_line: int | None) -> str:
    """Return how a message names a cell; ``row`` counts from 0 here and from 1 in the message."""
    line = f" (line {row + first_line})" if first_line is not None else ""
    return f"{origin}: row {row + 1}{line}, column {printable(repr(name))}"


def _by_number(categories: Iterable[str]) -> dict[Decimal | None, int]:
    """Return the index of each category that is a number, by its value, if no other has the same."""
    codes: dict[Decimal | None, list[int]] = {}
    for code, category in enumerate(categories):
        codes.setdefault(_number(category), []).append(code)
    return {number: code for number, (code, *others) in codes.items() if number is not None and not others}


def _number(text: str) -> Decimal | None:
    """Return the exact value of a text that is a finite number, else None."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # Python's own notation 1_000 is no number in a table.
    return number if number.is_finite() and "_" not in text else None


def _category_order(category: str) -> tuple[float, str]:
    """Order numbers by value and before texts."""
    try:
        number = float(category)
    except ValueError:
        number = math.inf
    # No order holds for a number that is not one, so such a text stands among the texts.
    return (math.inf if math.isnan(number) else number), category


_KINDS = {NumericColumn: "numeric", CategoricalColumn: "categorical"}
