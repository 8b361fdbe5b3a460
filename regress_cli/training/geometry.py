"""What a Jacobian tells of a point: is it a minimum, which step leads there, what is left open."""

import math
from dataclasses import dataclass

import numpy as np

from regress_cli.training.residuals import Residuals

_EPS = float(np.finfo(np.float64).eps)
# The relative offset at which a minimum is reached; R's nls() asks for the same.
_OFFSET = 1e-5
# Of a target's length, what is but rounding in the sums behind a prediction.
_ROUNDING = 4 * _EPS
# How far a parameter may take part in a direction that the data leave open, and still count as determined.
_OPEN = 1e-6
# Lengths between these are sums of squares that neither overflow nor lose digits to underflow.
SMALL, LARGE = 1e-140, 1e150


@dataclass(frozen=True)
class View:
    """A point and what is seen from it.

    Attributes:
        x: The flat parameters, shape (p,).
        square: The sum of squared residuals.
        gradient: Half of its gradient, shape (p,).
        step: The Gauss-Newton step, shape (p,); zero for parameters that are open or held by a bound.
        tangent: The length of the residuals' part in the tangent plane: what the step would take away.
        rest: The length of what is left of them then.
        offset: The relative offset; infinite where the residuals are not finite.
        condition_number: Of the Jacobian's columns of length 1.
        is_open: Which parameters the data leave open, shape (p,).
        is_held: Which parameters a bound holds, shape (p,).
        scale: The length of the target.
        directions: Steps that each change the predictions by a standard deviation of the residuals, and by
            nothing that another one does, shape (rank, p).
    """

    x: np.ndarray
    square: float
    gradient: np.ndarray
    step: np.ndarray
    tangent: float
    rest: float
    offset: float
    condition_number: float
    is_open: np.ndarray
    is_held: np.ndarray
    scale: float
    directions: np.ndarray

    @property
    def is_minimum(self) -> bool:
        """Whether no step would gain more than rounding, or a hundred-thousandth of a standard error."""
        return math.isfinite(self.square) and (self.offset <= _OFFSET or self.fits_to_rounding)

    @property
    def fits_to_rounding(self) -> bool:
        """Whether what a step would change is no more than rounding in the predictions."""
        return self.tangent <= _ROUNDING * self.scale

    @property
    def could_be_saddle(self) -> bool:
        """Whether it looks like a minimum, and residuals are left that may bend the sum downwards."""
        return self.is_minimum and self.rest > _ROUNDING * self.scale


def column_lengths(matrix: np.ndarray) -> np.ndarray:
    """Return the length of each column, for numbers too large or small to be squared too; shape (p,)."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(matrix, axis=0)
    if np.all((lengths > SMALL) & (lengths < LARGE)):
        return lengths
    # A power of two changes no digit.
    powers = np.frexp(np.abs(matrix).max(axis=0, initial=0.0))[1]
    return np.ldexp(np.linalg.norm(np.ldexp(matrix, -powers), axis=0), powers)


def look(residuals: Residuals, x: np.ndarray, low: np.ndarray, high: np.ndarray) -> View:
    """Return what is seen from x, with parameters between the bounds low and high, each of shape (p,)."""
    p, scale = len(x), residuals.scale
    # With J = QR, all is said by R and Q'r, the last column of the factor of both together.
    triangle = residuals.triangle(x)
    R, r = triangle[:p, :p], triangle[:, p]
    square, gradient = float(r @ r), R.T @ r[:p]
    if not (math.isfinite(square) and np.isfinite(R).all()):
        nothing, none = np.zeros(p), np.zeros(p, dtype=bool)
        unknown, no_steps = math.inf, np.empty((0, p))
        return View(
            x, square, nothing, nothing, unknown, unknown, unknown, unknown, none, none, scale, no_steps
        )
    is_held = ((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0))
    norms = column_lengths(R)
    # Much of a parameter changes the predictions by less than their rounding. Its value alone does not
    # tell, for the estimate of a parameter that is truly 0 is itself no more than rounding.
    is_idle = norms * np.maximum(np.abs(x), residuals.sizes) <= _EPS * scale
    used = np.flatnonzero(~is_held & ~is_idle)
    step, is_open, directions = np.zeros(p), is_idle & ~is_held, np.empty((0, p))
    tangent, rank, condition, rest = 0.0, 0, 1.0, math.sqrt(square)
    if len(used):
        U, singular, Vt = np.linalg.svd(R[:, used] / norms[used], full_matrices=False)
        rank = int((singular > max(residuals.count, p) * _EPS * singular[0]).sum())
        inside = U[:, :rank].T @ r[:p]
        tangent, condition = float(np.linalg.norm(inside)), float(singular[0] / singular[rank - 1])
        step[used] = -(Vt[:rank].T @ (inside / singular[:rank])) / norms[used]
        taking_part = 1 - np.sum(Vt[:rank] ** 2, axis=0)
        is_open[used] = taking_part > _OPEN
        rest = math.hypot(float(np.linalg.norm(r[:p] - U[:, :rank] @ inside)), float(r[p]))
        directions = np.zeros((rank, p))
        directions[:, used] = Vt[:rank] / singular[:rank, None] / norms[used]
    spare = residuals.count - rank
    offset = _ratio(tangent / math.sqrt(max(rank, 1)), rest / math.sqrt(spare) if spare > 0 else 0.0)
    deviation = rest / math.sqrt(max(spare, 1))
    return View(
        x=x,
        square=square,
        gradient=gradient,
        step=step,
        tangent=tangent,
        rest=rest,
        offset=offset,
        condition_number=condition,
        is_open=is_open,
        is_held=is_held,
        scale=scale,
        directions=directions * deviation,
    )


def why_open(residuals: Residuals, start: np.ndarray, view: View, low: np.ndarray, high: np.ndarray) -> str:
    """Say whether the data leave parameters open everywhere, or only where a search from a start was led."""
    names = ", ".join(residuals.problem.names_where(view.is_open))
    if (look(residuals, start, low, high).is_open & view.is_open).any():
        return f"the data do not determine {names}: other values give the same predictions"
    return (
        f"the search ended where the predictions no longer depend on {names}, "
        "though they do at its start; start nearer to the curve, or give bounds"
    )


def polish(residuals: Residuals, view: View, low: np.ndarray, high: np.ndarray) -> tuple[View, int]:
    """Return the view after Gauss-Newton steps, and their number.

    They are taken while each clearly lessens what is left to gain, and changes more than the last digit.
    Solvers stop where the sum of squares no longer falls, which is at half of the digits. The part of
    the residuals in the tangent plane goes on falling from there, to the last digits.
    """
    steps = 0
    while steps < _MOST_POLISHING and np.isfinite(view.step).all() and _is_more_than_a_digit(view):
        further = look(residuals, np.clip(view.x + view.step, low, high), low, high)
        most = math.sqrt(view.square) * (1 + 1e-10) + 4 * _EPS * view.scale
        if not (further.tangent <= _GAIN * view.tangent and math.sqrt(further.square) <= most):
            break
        view, steps = further, steps + 1
    return view, steps


# Steps that gain less than this are of rounding, or of a model too bent for them.
_GAIN = 0.95
_MOST_POLISHING = 300


def _is_more_than_a_digit(view: View) -> bool:
    return bool((np.abs(view.step) > _EPS * np.abs(view.x)).any())


def _ratio(part: float, whole: float) -> float:
    if part == 0.0:
        return 0.0
    return part / whole if whole else math.inf
