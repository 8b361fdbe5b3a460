"""A fit by least squares, as inference sees it: linear or linearised about its solution."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_EPS = float(np.finfo(np.float64).eps)
# The rounding of a residual is about that of its target.
_SAFETY = 2
# Residuals of so few roundings of the target have its rounding in their first digits.
_FEW_ROUNDINGS = 1000

_BLOCK_NUMBERS = 16_384

# The derivatives of some rows' fit by the parameters, shape (m, p), block after block.
Blocks = Callable[[], Iterator[tuple[slice, np.ndarray]]]


@dataclass(frozen=True)
class Options:
    """What is asked for.

    Attributes:
        confidence: Of the intervals.
        errors: ``classical`` (equal variances but for the weights) or ``hc3`` (any variances).
        is_sigma_known: Whether the weights are 1/sigma^2 of known standard deviations.
    """

    confidence: float = 0.95
    errors: str = "classical"
    is_sigma_known: bool = False

    @property
    def has_known_variance(self) -> bool:
        """Whether errors follow from the given standard deviations alone, and are normal."""
        return self.is_sigma_known and self.errors == "classical"


@dataclass(frozen=True)
class Fitted:
    """A fit and the factor that its errors come from.

    Attributes:
        names: Of the parameters.
        estimates: Shape (p,).
        determined: False for each parameter that the data leave open, shape (p,).
        held: True for each parameter that is taken for a constant, shape (p,).
        factor: Shape (p, rank): ``factor @ factor.T`` is the inverse of ``J.T W J``; 0 in the rows of what
            is held.
        blocks: The rows of J.
        residuals: Target less fit, shape (n,).
        target: Shape (n,).
        weights: Shape (n,), or None where all rows count alike.
        residual_length: The root of the weighted sum of squares.
        is_centred: Whether the model has a constant.
        is_linear: Whether the fit is linear in its parameters.
        condition_number: Of the scaled columns of J.
        digits: Of the estimates.
        notes: What is known already.
    """

    names: tuple[str, ...]
    estimates: np.ndarray
    determined: np.ndarray
    held: np.ndarray
    factor: np.ndarray
    blocks: Blocks
    residuals: np.ndarray
    target: np.ndarray
    weights: np.ndarray | None
    residual_length: float
    is_centred: bool
    is_linear: bool
    condition_number: float
    digits: int
    notes: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """The number of independent parameters."""
        return self.factor.shape[1]

    @cached_property
    def n(self) -> int:
        """The rows that count; a weight of zero takes a row out."""
        return len(self.target) if self.weights is None else int((self.weights > 0).sum())

    @property
    def degrees_of_freedom(self) -> int:
        """The rows that count, less the independent parameters."""
        return self.n - self.rank

    @cached_property
    def root_weights(self) -> np.ndarray | None:
        """The square roots of the weights."""
        return None if self.weights is None else np.sqrt(self.weights)

    @cached_property
    def is_perfect(self) -> bool:
        """Whether the residuals are no more than rounding."""
        return self.residual_length <= _SAFETY * _EPS * weighted_length(self.target, self.root_weights)

    @cached_property
    def is_nearly_rounding(self) -> bool:
        """Whether the rounding of the target is a part of the residuals that shows."""
        rounding = _EPS * weighted_length(self.target, self.root_weights)
        return not self.is_perfect and self.residual_length <= _FEW_ROUNDINGS * rounding

    @property
    def residual_standard_deviation(self) -> float | None:
        """The residuals' standard deviation; None without degrees of freedom."""
        if self.degrees_of_freedom < 1:
            return None
        return 0.0 if self.is_perfect else self.residual_length / self.degrees_of_freedom**0.5


def row_blocks(matrix: np.ndarray, *, intercept: bool = False) -> Blocks:
    """Return the rows of a matrix in blocks that stay in the processor's caches, after ones if so asked."""
    height = max(_BLOCK_NUMBERS // max(matrix.shape[1] + intercept, 1), 256)

    def blocks() -> Iterator[tuple[slice, np.ndarray]]:
        for start in range(0, len(matrix), height):
            rows = slice(start, start + height)
            block = matrix[rows]
            yield rows, np.column_stack([np.ones(len(block)), block]) if intercept else block

    return blocks


def weighted_length(values: np.ndarray, root_weights: np.ndarray | None) -> float:
    """Return the root of the weighted sum of squares, for numbers too large or small to be squared too."""
    weighted = values if root_weights is None else values * root_weights
    largest = float(np.abs(weighted).max(initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(weighted / largest))


def row_lengths(rows: np.ndarray) -> np.ndarray:
    """Return the length of each row of a matrix, for numbers too large or small to be squared too."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    units = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    return units * np.linalg.norm(rows / units[:, None], axis=1)
