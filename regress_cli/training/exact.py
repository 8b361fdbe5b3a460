"""The exact least-squares solution, and how many of its digits can be trusted.

The columns are centred (where there is an intercept) and scaled to length 1, reduced to a small
triangle by an orthogonal (QR) factorisation, a block of rows at a time so that a large table is
never copied, and the triangle is solved through its singular values. What the data do not determine
is found there: singular values that are zero to rounding.
"""

import math
from dataclasses import dataclass

import numpy as np

_EPS = float(np.finfo(np.float64).eps)
_BLOCK_ROWS = 16_384
# How far a coefficient may take part in a direction that the data leave open.
_OPEN = 1e-6


@dataclass(frozen=True)
class ExactSolution:
    """The minimum of ``sum((A c - y)**2)/2 + ridge/2 * sum(c[penalized]**2)``.

    Attributes:
        coefficients: Shape (p,), the intercept's first; of the shortest length where several fit.
        determined: Shape (p,); False where the data leave the coefficient open.
        rank: The number of independent columns, the intercept's included.
        condition_number: Of the centred and scaled columns, over what is not zero to rounding.
        digits: Decimal digits of the coefficients that rounding leaves, as estimated: of each slope
            times its column's spread, against all of them together, and of the intercept.
    """

    coefficients: np.ndarray
    determined: np.ndarray
    rank: int
    condition_number: float
    digits: int


def solve_least_squares(
    design: np.ndarray, target: np.ndarray, intercept: bool, ridge: float = 0.0
) -> ExactSolution:
    """Solve for the coefficients of ``design``, shape (n, p), and of an intercept if there is one.

    Args:
        design: The columns without the intercept's ones.
        target: Shape (n,).
        intercept: Whether a constant is fitted too; it is never penalized.
        ridge: The weight of the penalty.

    The estimate of digits is the error bound of a backward-stable solution,
    eps (2 k / cos t + k^2 tan t) for condition number k and angle t between target and fit
    (Golub and Van Loan, Matrix Computations, 4th ed., section 5.3.7); the intercept loses more where
    it is a small difference of large numbers.
    """
    means, norms, constant = _centre_and_norms(design, intercept)
    factors = np.where(constant, 0.0, 1 / norms)
    target_mean, centred_target = _centred(target) if intercept else (np.zeros(2), target)
    target_length = _length(centred_target) or 1.0
    triangle = _triangle(design, centred_target / target_length, means, factors)
    p = design.shape[1]
    R, right, residual = triangle[:p, :p], triangle[:p, p], abs(float(triangle[p, p]))
    if ridge:
        R, right = _with_ridge(R, right, math.sqrt(ridge) / norms)
    U, singular, Vt = np.linalg.svd(R)
    kept = singular > max(design.shape) * _EPS * singular[0]
    rank = int(kept.sum())
    scaled = Vt[:rank].T @ ((U.T @ right)[:rank] / singular[:rank])
    slopes = scaled / norms * target_length
    condition_number = float(singular[0] / singular[rank - 1]) if rank else 1.0
    # The rows of Vt beyond the rank are the directions that the data leave open.
    open_directions = Vt[rank:]
    determined = np.linalg.norm(open_directions, axis=0) < _OPEN
    error = _error_bound(condition_number, float(np.linalg.norm(right)), residual)
    if not intercept:
        return ExactSolution(slopes, determined, rank, condition_number, _digits(error))
    terms = np.concatenate([target_mean, -(means * slopes).ravel()])
    constant_term = float(terms.sum())
    # How far errors of the slopes move the intercept: the bound above, along the columns' means.
    reach = Vt[:rank] @ (means[0] / norms) / singular[:rank]
    moved = np.linalg.norm(reach) * np.linalg.norm(scaled)
    moved += np.linalg.norm(reach / singular[:rank]) * residual
    lost = _EPS * float(np.abs(terms).sum() + singular[0] * moved * target_length)
    # An intercept of zero must not count as lost, so the target's spread is a measure too.
    error = max(error, lost / max(abs(constant_term), target_length / math.sqrt(len(target))))
    shift = math.sqrt(len(target)) * (open_directions / norms) @ means[0]
    return ExactSolution(
        coefficients=np.concatenate([[constant_term], slopes]),
        determined=np.concatenate([[not np.any(np.abs(shift) > _OPEN)], determined]),
        rank=rank + 1,
        condition_number=condition_number,
        digits=_digits(error),
    )


def _centre_and_norms(design: np.ndarray, intercept: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each column's mean, its length once the mean is taken off, and whether none is left.

    The means have two parts, as of `_centred`. A column of nothing but rounding errors counts as
    constant (with its length before), or it would be blown up to look like data.
    """
    n = len(design)
    means, norms = np.zeros((2, design.shape[1])), np.ones(design.shape[1])
    constant = np.zeros(design.shape[1], dtype=bool)
    for j, column in enumerate(design.T):
        size = math.sqrt(n) * max(abs(float(column.max())), abs(float(column.min())))
        if intercept:
            means[:, j], column = _centred(column)
        length = _length(column)
        constant[j] = length <= 8 * _EPS * size
        norms[j] = (size if constant[j] else length) or 1.0
    return means, norms, constant


def _centred(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean in two parts, and the values without it.

    A computed mean is off by rounding, which is much where the values lie far from zero and close
    together. The second part is what the first leaves.
    """
    mean = values.mean()
    centred = values - mean
    rest = centred.mean()
    centred -= rest
    return np.array([mean, rest]), centred


def _length(values: np.ndarray) -> float:
    """Return the root of the sum of squares, where the squares are too large or small for a float too."""
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(values))
    if 1e-150 < length < 1e150:
        return length
    largest = float(np.abs(values).max())
    return largest * float(np.linalg.norm(values / largest)) if largest else 0.0


def _triangle(design: np.ndarray, target: np.ndarray, means: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return R of the QR factorisation of the scaled columns and the target, shape (p+1, p+1)."""
    p = design.shape[1]
    triangle = np.zeros((p + 1, p + 1))
    block = max(_BLOCK_ROWS, 4 * (p + 1))
    for start in range(0, len(design), block):
        rows = slice(start, start + block)
        stacked = np.empty((p + 1 + len(target[rows]), p + 1), order="F")
        stacked[: p + 1] = triangle
        np.subtract(design[rows], means[0], out=stacked[p + 1 :, :p])
        stacked[p + 1 :, :p] -= means[1]
        stacked[p + 1 :, :p] *= factors
        stacked[p + 1 :, p] = target[rows]
        triangle = np.asarray(np.linalg.qr(stacked, mode="r"))
    return triangle


def _with_ridge(R: np.ndarray, right: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    penalty_rows = np.column_stack([np.diag(weights), np.zeros(len(right))])
    stacked = np.vstack([np.column_stack([R, right]), penalty_rows])
    triangle = np.asarray(np.linalg.qr(stacked, mode="r"))
    p = len(right)
    return triangle[:p, :p], triangle[:p, p]


def _error_bound(condition_number: float, fitted: float, residual: float) -> float:
    if fitted == 0.0:
        return _EPS
    cosine, tangent = fitted / math.hypot(fitted, residual), residual / fitted
    return _EPS * (2 * condition_number / cosine + condition_number**2 * tangent)


def _digits(error: float) -> int:
    return int(min(max(-math.log10(error), 0), 15)) if math.isfinite(error) else 0
