"""The exact least-squares solution, what the data leave open in it, and what rounding may have done.

The columns are centred (where there is an intercept) and scaled to length 1, reduced to a small
triangle by an orthogonal (QR) factorisation, a block of rows at a time so that a large table is
never copied, and the triangle is solved through its singular values. What the data do not determine
is found there: singular values that are zero to rounding.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

_EPS = float(np.finfo(np.float64).eps)
_BLOCK_ROWS = 16_384
# How far a coefficient may take part in a direction that the data leave open, and still count as
# determined; and how much of a sum may be left for it to count as more than rounding.
_OPEN, _CANCELLED = 1e-6, 1e-9
# The directions of more columns than these are not told apart: they would take very much room.
_MOST_DIRECTIONS = 1000
# The rounding of the many sums behind a number is a few times that of the number itself.
_SAFETY = 8
# A float has 15 to 17 decimal digits; the last of 15 is not always right after a division.
_MOST_DIGITS = 14


@dataclass(frozen=True)
class ExactSolution:
    """The minimum of ``sum(w * (A c - y)**2)/2 + ridge/2 * sum(c[penalized]**2)``.

    Attributes:
        coefficients: Shape (p,), the intercept's first; of the shortest length where several fit.
        open_directions: Shape (p, k): what may be added to the coefficients without changing the fit.
        error_directions: Shape (p, rank): the solution's error is a sum of these columns, each times
            a number of about 1 at most.
        rounding: Shape (p,): the further error of each coefficient by itself.
        factor: Shape (p, rank): ``factor @ factor.T`` is the (pseudo)inverse of ``A.T W A`` plus the penalty.
        residual_length: The root of the weighted sum of squares that is left.
        rank: The number of independent columns, the intercept's included.
        condition_number: Of the centred and scaled columns, over what is not zero to rounding.
        digits: Decimal digits of the coefficients that rounding leaves, as estimated: of each slope
            times its column's spread, against all of them together, and of the intercept.
    """

    coefficients: np.ndarray
    open_directions: np.ndarray
    error_directions: np.ndarray
    rounding: np.ndarray
    factor: np.ndarray
    residual_length: float
    rank: int
    condition_number: float
    digits: int

    @property
    def determined(self) -> np.ndarray:
        """False for each coefficient that the data leave open, shape (p,)."""
        return ~np.any(self.open_directions != 0, axis=1)

    @property
    def errors(self) -> np.ndarray:
        """An estimate of how far rounding has moved each coefficient, shape (p,)."""
        return np.array([_length(row) for row in self.error_directions]) + self.rounding

    @property
    def is_lost(self) -> bool:
        """Whether rounding leaves not one digit of any coefficient."""
        known = self.determined & (self.coefficients != 0)
        return bool(known.any() and (self.errors > np.abs(self.coefficients) / 10)[known].all())

    def transformed(self, matrix: np.ndarray, shift: np.ndarray, unit: float) -> "ExactSolution":
        """Return the solution for ``matrix @ coefficients + shift``, in a target unit ``unit`` as large."""
        terms = np.abs(matrix) @ np.abs(self.coefficients) + np.abs(shift)
        moved = matrix @ self.open_directions
        moved[np.abs(moved) <= _CANCELLED * (np.abs(matrix) @ np.abs(self.open_directions))] = 0.0
        moved[:1][np.abs(moved[:1]) <= _OPEN * unit] = 0.0
        return replace(
            self,
            coefficients=matrix @ self.coefficients + shift,
            open_directions=moved,
            error_directions=matrix @ self.error_directions,
            rounding=np.abs(matrix) @ self.rounding + _EPS * terms,
            factor=matrix @ self.factor / unit,
            residual_length=self.residual_length * unit,
        )


def solve_least_squares(
    design: np.ndarray,
    target: np.ndarray,
    intercept: bool,
    ridge: float = 0.0,
    weights: np.ndarray | None = None,
) -> ExactSolution:
    """Solve for the coefficients of ``design``, shape (n, p), and of an intercept if there is one.

    Args:
        design: The columns without the intercept's ones.
        target: Shape (n,).
        intercept: Whether a constant is fitted too; it is never penalized.
        ridge: The weight of the penalty.
        weights: How much each row counts, shape (n,), none negative; None where all count alike.

    The error is estimated as that of a backward-stable solution: for columns A of length 1 with
    singular values s and directions V, a solution x and a residual r, it is V u with
    u = 8 eps (s[0] |x| + |y| + |r| / s) / s (Golub and Van Loan, Matrix Computations, 4th ed.,
    section 5.3.7, taken apart by directions; the 8 is for the sums behind each number).
    """
    rows = _Rows.of(weights, len(target))
    ridge /= rows.mean_weight
    means, norms, constant = _centre_and_norms(design, intercept, rows)
    factors = np.where(constant, 0.0, 1 / norms)
    target_mean, centred_target = _centred(target, rows) if intercept else (np.zeros(2), target)
    target_length = _length(rows.weighted(centred_target)) or 1.0
    triangle = _triangle(design, centred_target / target_length, means, factors, rows)
    p = design.shape[1]
    R, rhs, residual = triangle[:p, :p], triangle[:p, p], float(np.linalg.norm(triangle[p:, p]))
    if ridge:
        R, rhs = _with_ridge(R, rhs, math.sqrt(ridge) / norms)
    U, singular, Vt = np.linalg.svd(R, full_matrices=p <= _MOST_DIRECTIONS)
    rank = int((singular > max(design.shape) * _EPS * singular[0]).sum())
    singular, V = singular[:rank], Vt[:rank].T
    along = U.T @ rhs
    # What lies along a direction that is zero to rounding can't be fitted either.
    residual = math.hypot(residual, float(np.linalg.norm(along[rank:])))
    scaled = V @ (along[:rank] / singular)
    largest = singular[0] if rank else 0.0
    reach = _SAFETY * _EPS * (largest * np.linalg.norm(scaled) + 1 + residual / singular) / singular
    slopes = scaled / norms * target_length
    solution = ExactSolution(
        coefficients=slopes,
        # Each in such a length that it moves the parts of a prediction by about 1.
        open_directions=_open_directions(Vt, rank) * (math.sqrt(len(target)) / norms)[:, None],
        error_directions=V * reach / norms[:, None] * target_length,
        rounding=_EPS * np.abs(slopes),
        factor=V / singular / norms[:, None] / math.sqrt(rows.mean_weight),
        residual_length=residual * target_length * math.sqrt(rows.mean_weight),
        rank=rank,
        condition_number=float(largest / singular[-1]) if rank else 1.0,
        digits=digits_left(float(np.linalg.norm(reach)), float(np.linalg.norm(scaled))),
    )
    spread = target_length / math.sqrt(len(target))
    return _with_intercept(solution, means, target_mean, spread, rows) if intercept else solution


@dataclass(frozen=True)
class _Rows:
    """How much the rows count.

    Attributes:
        mean_weight: What the weights were divided by, so that their size does not matter.
        weights: Shape (n,), of mean 1; None where all rows count alike.
        roots: Their roots.
        number: Of the rows.
    """

    mean_weight: float
    weights: np.ndarray | None
    roots: np.ndarray | None
    number: int

    @classmethod
    def of(cls, weights: np.ndarray | None, number: int) -> "_Rows":
        """Return the rows with these weights."""
        if weights is None:
            return cls(1.0, None, None, number)
        mean = float(weights.mean()) or 1.0
        return cls(mean, weights / mean, np.sqrt(weights / mean), number)

    def weighted(self, values: np.ndarray) -> np.ndarray:
        """Return values, shape (n,), times the roots of the weights."""
        return values if self.roots is None else values * self.roots

    def mean(self, values: np.ndarray) -> float:
        """Return the weighted mean of values, shape (n,)."""
        return float(values.mean()) if self.weights is None else float(np.mean(values * self.weights))


def _open_directions(Vt: np.ndarray, rank: int) -> np.ndarray:
    """Return the directions beyond the rank as columns; of very many, only how far each part takes part."""
    if len(Vt) < Vt.shape[1]:
        taking_part = 1 - np.sum(Vt[:rank] ** 2, axis=0)
        directions = np.sqrt(np.maximum(taking_part, 0))[:, None]
    else:
        directions = Vt[rank:].T.copy()
    directions[np.abs(directions) < _OPEN] = 0.0
    return directions


def _with_intercept(
    solution: ExactSolution, means: np.ndarray, target_mean: np.ndarray, spread: float, rows: _Rows
) -> ExactSolution:
    """Put the intercept before the slopes: the target's mean less what the slopes make of the columns'."""
    terms = np.concatenate([target_mean, -(means * solution.coefficients).ravel()])
    constant_term = float(terms.sum())
    open_row = -means[0] @ solution.open_directions
    open_row[np.abs(open_row) <= _OPEN] = 0.0
    error_row = -means[0] @ solution.error_directions
    rounding = _EPS * (float(np.abs(terms).sum()) + _SAFETY * spread)
    # An intercept of zero must not count as lost, so the target's spread is a measure too.
    lost = digits_left(_length(error_row) + rounding, max(abs(constant_term), spread))
    return replace(
        solution,
        coefficients=np.concatenate([[constant_term], solution.coefficients]),
        open_directions=np.vstack([open_row, solution.open_directions]),
        error_directions=np.vstack([error_row, solution.error_directions]),
        rounding=np.concatenate([[rounding], solution.rounding]),
        factor=_factor_with_intercept(solution.factor, means, rows),
        rank=solution.rank + 1,
        digits=min(solution.digits, lost),
    )


def _factor_with_intercept(factor: np.ndarray, means: np.ndarray, rows: _Rows) -> np.ndarray:
    """Put the intercept first: its variance is that of the mean, and what the slopes make of the columns'."""
    wider = np.zeros((len(factor) + 1, factor.shape[1] + 1))
    wider[0, 0] = 1 / math.sqrt(rows.number * rows.mean_weight)
    wider[0, 1:] = -means[0] @ factor
    wider[1:, 1:] = factor
    return wider


def _centre_and_norms(
    design: np.ndarray, intercept: bool, rows: _Rows
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
            means[:, j], column = _centred(column, rows)
        length = _length(rows.weighted(column))
        constant[j] = length <= 8 * _EPS * size
        norms[j] = (size if constant[j] else length) or 1.0
    return means, norms, constant


def _centred(values: np.ndarray, rows: _Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean in two parts, and the values without it.

    A computed mean is off by rounding, which is much where the values lie far from zero and close
    together. The second part is what the first leaves.
    """
    mean = rows.mean(values)
    centred = values - mean
    rest = rows.mean(centred)
    centred -= rest
    return np.array([mean, rest]), centred


def _length(values: np.ndarray) -> float:
    """Return the root of the sum of squares, where the squares are too large or small for a float too."""
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(values))
    if 1e-150 < length < 1e150:
        return length
    largest = float(np.abs(values).max(initial=0.0))
    return largest * float(np.linalg.norm(values / largest)) if largest else 0.0


def _triangle(
    design: np.ndarray, target: np.ndarray, means: np.ndarray, factors: np.ndarray, weighting: _Rows
) -> np.ndarray:
    """Return R of the QR factorisation of the scaled columns and the target.

    Its shape is (p+1, p+1), or (n, p+1) where there are fewer rows than that.
    """
    p = design.shape[1]
    triangle = np.empty((0, p + 1))
    block = max(_BLOCK_ROWS, 4 * (p + 1))
    for start in range(0, len(design), block):
        rows = slice(start, start + block)
        above = len(triangle)
        stacked = np.empty((above + len(target[rows]), p + 1), order="F")
        stacked[:above] = triangle
        np.subtract(design[rows], means[0], out=stacked[above:, :p])
        stacked[above:, :p] -= means[1]
        stacked[above:, :p] *= factors
        stacked[above:, p] = target[rows]
        if weighting.roots is not None:
            stacked[above:] *= weighting.roots[rows, None]
        triangle = np.asarray(np.linalg.qr(stacked, mode="r"))
    return triangle


def _with_ridge(R: np.ndarray, rhs: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p = R.shape[1]
    penalty_rows = np.column_stack([np.diag(weights), np.zeros(p)])
    stacked = np.vstack([np.column_stack([R, rhs]), penalty_rows])
    triangle = np.asarray(np.linalg.qr(stacked, mode="r"))
    return triangle[:p, :p], triangle[:p, p]


def digits_left(error: float, size: float) -> int:
    """Return the decimal digits that an error leaves of a number of some size."""
    if error == 0.0 or size == 0.0:
        return _MOST_DIGITS
    return int(min(max(math.log10(size) - math.log10(error), 0), _MOST_DIGITS)) if math.isfinite(error) else 0
