"""What the rest of the house knows of data: arrays, names, parts and scaling."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from regress_cli.data.columns import Column, feature_names
from regress_cli.expression import Expression
from regress_cli.scaling import Scaling

TRAIN, VALIDATION, TEST = PARTS = ("train", "validation", "test")

Rows = np.ndarray | slice


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from, in the data's own units.

    Attributes:
        X: Features, float64 of shape (n, d), column-major.
        y: Target, float64 of shape (n,).
        columns: How the features are made from named columns.
        target_name: The target's name.
        parts: The rows of each part that has any; ``train`` always does.
        scaling: Fitted on the training part.
        truth: The function that synthetic data were drawn from.
        noise: The standard deviation of synthetic noise.
        fingerprint: The SHA-256 of the file that a table was read from, taken after it was read.
        notes: What a reader should know of how the data were taken, one sentence each.
        weights: How much each row counts, zero or more, shape (n,); None where all count alike.
        has_known_sigma: Whether the weights are 1/sigma**2 of known standard deviations.
    """

    X: np.ndarray
    y: np.ndarray
    columns: tuple[Column, ...]
    target_name: str
    parts: Mapping[str, Rows]
    scaling: Scaling
    truth: Expression | None = None
    noise: float | None = None
    fingerprint: str | None = None
    notes: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    has_known_sigma: bool = False

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return ``X`` and ``y`` of a part, in the data's own units."""
        rows = self.parts[name]
        return take_rows(self.X, rows), self.y[rows]

    def scaled_part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return ``X`` and ``y`` of a part as training sees them."""
        X, y = self.part(name)
        # Chosen rows are a copy that may be overwritten; a slice is a view of the data.
        out = None if isinstance(self.parts[name], slice) else X
        return self.scaling.features.transform(X, out), self.scaling.target.transform(y)

    def size(self, name: str) -> int:
        """Return the number of rows of a part."""
        return len(self.y[self.parts[name]])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns of ``X``."""
        return feature_names(self.columns)

    @property
    def true_values(self) -> np.ndarray | None:
        """The true function's value at every row, without noise; None for a table."""
        if self.truth is None:
            return None
        inputs = dict(zip(self.feature_names, self.X.T, strict=True))
        # where(x > 0, log(x), 0) takes the logarithm everywhere before it chooses.
        with np.errstate(all="ignore"):
            return np.broadcast_to(self.truth.evaluate(inputs), self.y.shape)


def take_rows(X: np.ndarray, rows: Rows) -> np.ndarray:
    """Return the chosen rows of a column-major matrix, column-major again."""
    if isinstance(rows, slice):
        return X[rows]
    return X.T.take(rows, axis=1).T
