"""A squared loss as residuals and their derivatives, in the flat parameters, as least squares wants them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from regress_cli.data import TRAIN
from regress_cli.flat import Layout
from regress_cli.training.problem import Problem
from regress_cli.training.progress import Progress

# A caller wants to be told of the progress so often, in seconds.
_TELL_SECONDS = 0.05

# Is told how far a fit is, and may end it by raising.
Heed = Callable[[Progress], None]


class OutOfTime(Exception):
    """The time limit is over."""


@dataclass
class Budget:
    """What a fit may use, and what it has used.

    Attributes:
        evaluations: How many a start may make: evaluations, or whatever `spend` is told of.
        seconds: How long it may take; None for as long as it wants.
        heed: Is told of the progress.
    """

    evaluations: int
    seconds: float | None
    heed: Heed
    used: int = 0
    started: float = 0.0
    told: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.told = time.perf_counter()

    @property
    def seconds_used(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self.started

    def spend(self, loss: float, done: int | None = None) -> None:
        """Count an evaluation, and tell of it.

        Args:
            loss: The lowest so far.
            done: What the progress is measured by, if not by evaluations.

        Raises:
            OutOfTime: the time limit is over.
        """
        self.used += 1
        now = time.perf_counter()
        if self.seconds is not None and now - self.started > self.seconds:
            raise OutOfTime
        if now - self.told > _TELL_SECONDS:
            self.told = now
            self.heed(
                Progress(self.used if done is None else done, self.evaluations, loss, now - self.started)
            )


class Residuals:
    """The vector whose sum of squares is ``2n / curvature`` times the objective.

    Attributes:
        rows: The number of rows of the training part, or of the sample.
        unit: What the sum of squares is multiplied by to be the objective.
        scale: The length of the target, weighted.
        square_of_mean: The sum of squares of the best constant.
        sizes: What counts as much of each parameter, shape (p,): its initial value; where that is 0,
            the target's length, or 1 if that is shorter.

    It holds ``root * (prediction - target)`` for each row, where ``root`` is the root of the row's
    weight, or 1; and with an l2 penalty ``sqrt(l2 n / curvature) * parameter`` for each penalized one.

    Args:
        problem: What is fitted.
        sample: Which rows of the training part take part; None for all of them.
    """

    def __init__(self, problem: Problem, sample: np.ndarray | None = None) -> None:
        curvature = problem.objective.loss.curvature
        if curvature is None:
            raise TypeError("only a squared loss is a sum of squares")
        self.problem = problem
        self.layout: Layout = problem.layout
        self.derivatives = problem.derivatives
        features, self._target = problem.parts[TRAIN]
        self._roots = None if problem.weighting is None else problem.weighting.roots(TRAIN)
        if sample is not None:
            self.derivatives = self.derivatives.over(np.asfortranarray(features[sample]))
            self._target = self._target[sample]
            self._roots = None if self._roots is None else self._roots[sample]
        self.rows = len(self._target)
        self.unit = curvature / (2 * self.rows)
        self.scale, self.square_of_mean = _sizes(self._target, self._roots)
        initial = np.abs(problem.start)
        # A parameter that starts at 0 may have to grow with the target.
        self.sizes = np.where(initial == 0, max(1.0, self.scale), initial)
        self._penalized, self._penalty = np.empty(0, dtype=np.intp), 0.0
        if problem.objective.l2:
            numbers = self.layout.unflatten(np.arange(len(problem.start)))
            self._penalized = np.concatenate([np.ravel(a) for a in problem.model.penalized(numbers)])
            self._penalty = float(np.sqrt(problem.objective.l2 * self.rows / curvature))

    @property
    def count(self) -> int:
        """The number of residuals, those of the penalty included."""
        return self.rows + len(self._penalized)

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the residuals at flat parameters x of shape (p,), and their Jacobian.

        The shapes are (count,) and (count, p).
        """
        residual, J = np.empty(self.count), np.empty((self.count, len(x)), order="F")
        for rows, r, block in self._blocks(x):
            residual[rows], J[rows] = r, block
        return residual, J

    def square_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the sum of squares, and half of its gradient, shape (p,)."""
        square, gradient = 0.0, np.zeros(len(x))
        for _, r, J in self._blocks(x):
            square += float(r @ r)
            gradient += J.T @ r
        return square, gradient

    def triangle(self, x: np.ndarray) -> np.ndarray:
        """Return the triangular factor of the Jacobian with the residuals as its last column.

        Its shape is (p + 1, p + 1). It is made of orthogonal factors of one block of rows after the other,
        and holds all that least squares asks of the Jacobian, to the same digits.
        """
        width = len(x) + 1
        factor = np.zeros((width, width))
        for _, r, block in self._blocks(x):
            stack = np.empty((width + len(r), width), order="F")
            stack[:width], stack[width:, :-1], stack[width:, -1] = factor, block, r
            if not np.isfinite(stack).all():
                return np.full((width, width), np.nan)
            factor = np.asarray(np.linalg.qr(stack, mode="r"))
        return factor

    def loss_at(self, x: np.ndarray, square: float) -> float:
        """Return the loss without the penalty, in the target's own unit, where ``square`` is the sum."""
        penalized = self._penalty * x[self._penalized]
        return self.loss_of(square - float(penalized @ penalized))

    def loss_of(self, square: float) -> float:
        """Return the loss that a sum of squares is, in the target's own unit."""
        return self.problem.in_data_units(self.unit * square)

    def _blocks(self, x: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield residuals and their derivatives, those of the penalty last."""
        for rows, prediction, J in self.derivatives.blocks(x):
            residual = prediction - self._target[rows]
            if self._roots is not None:
                residual *= self._roots[rows]
                J = J * self._roots[rows, None]
            yield rows, residual, J
        if self._penalty:
            J = np.zeros((len(self._penalized), len(x)))
            J[np.arange(len(J)), self._penalized] = self._penalty
            yield slice(self.rows, None), self._penalty * x[self._penalized], J


def _sizes(target: np.ndarray, roots: np.ndarray | None) -> tuple[float, float]:
    """Return the length of the target, and the sum of squares about its mean, both weighted."""
    if roots is None:
        spread = target - target.mean()
        return float(np.linalg.norm(target)), float(spread @ spread)
    spread = (target - np.average(target, weights=roots**2)) * roots
    return float(np.linalg.norm(roots * target)), float(spread @ spread)
