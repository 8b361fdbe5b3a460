"""Standardisation: fitted on the training part, undone in everything that is reported."""

import math
from dataclasses import dataclass

import numpy as np

# A column whose spread is below this fraction of its size holds nothing but rounding.
_ROUNDING = 8 * np.finfo(np.float64).eps
# A spread below the smallest normal float has lost digits, and there may be no float that is one over it.
_SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Standardizer:
    """An affine map ``(values - mean) / scale``, for each column or for one vector.

    A scale of 0 marks a constant column: it maps to exactly 0, so that rounding in a column of
    equal numbers is never blown up to look like data.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def identity(cls, shape: tuple[int, ...]) -> "Standardizer":
        """Return the map that changes nothing."""
        return cls(np.zeros(shape), np.ones(shape))

    @classmethod
    def fit(cls, values: np.ndarray) -> "Standardizer":
        """Return the map that gives each column of ``values`` mean 0 and standard deviation 1.

        >>> Standardizer.fit(np.array([1.0, 3.0])).transform(np.array([1.0, 3.0]))
        array([-1.,  1.])
        """
        columns = values.T if values.ndim == 2 else [values]
        # A column at a time, so that no second copy of a large table is made.
        moments = np.array([_mean_and_deviation(column) for column in columns])
        shape = values.shape[1:]
        return cls(moments[:, 0].reshape(shape), moments[:, 1].reshape(shape))

    @property
    def is_identity(self) -> bool:
        """Whether the map changes nothing."""
        return bool(np.all(self.mean == 0) and np.all(self.scale == 1))

    @property
    def factor(self) -> np.ndarray:
        """``1 / scale``, and 0 for a constant column."""
        return np.divide(1.0, self.scale, out=np.zeros_like(self.scale), where=self.scale != 0)

    def transform(self, values: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Return ``values`` as training sees them; the same array where nothing changes.

        What does change is written to ``out``, if it is given; it may be ``values`` itself.
        """
        if self.is_identity:
            return values
        out = np.subtract(values, self.mean, out=out, order="K")
        out *= self.factor
        return out

    def inverse_transform(self, values: np.ndarray) -> np.ndarray:
        """Return ``values`` in the data's own units again."""
        if self.is_identity:
            return values
        return values * self.scale + self.mean


def _mean_and_deviation(column: np.ndarray) -> tuple[float, float]:
    """Return a column's mean and standard deviation, 0 for one that holds nothing but rounding."""
    size = max(float(column.max()), -float(column.min()))
    if size == 0.0:
        return 0.0, 0.0
    # A power of two changes no digit, and keeps the squares of large and small numbers in range.
    unit = math.ldexp(1.0, math.frexp(size)[1] - 1)
    scaled = column / unit
    deviation = float(scaled.std())
    is_data = deviation > _ROUNDING * size / unit and unit * deviation >= _SMALLEST
    return unit * float(scaled.mean()), unit * deviation if is_data else 0.0


@dataclass(frozen=True)
class Scaling:
    """The standardizers of the features, with arrays of shape (d,), and of the target, ()."""

    features: Standardizer
    target: Standardizer

    @property
    def is_identity(self) -> bool:
        """Whether nothing is scaled."""
        return self.features.is_identity and self.target.is_identity


def fit_scaling(X: np.ndarray, y: np.ndarray, features: bool, target: bool) -> Scaling:
    """Return the scaling of the training part's ``X`` and ``y``, of what is to be scaled."""
    scaling_y = Standardizer.fit(y) if target else Standardizer.identity(())
    if target and scaling_y.scale == 0:
        # A constant target is learned as its mean; dividing by zero would lose the way back.
        scaling_y = Standardizer(scaling_y.mean, np.ones(()))
    return Scaling(
        Standardizer.fit(X) if features else Standardizer.identity(X.shape[1:]),
        scaling_y,
    )
