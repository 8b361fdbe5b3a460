"""A squared loss as residuals and their derivatives, in the flat parameters, as least squares wants them."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regress_cli.data import TRAIN
from regress_cli.flat import Layout
from regress_cli.models import jacobian
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
        rows: The number of rows of the training part.
        unit: What the sum of squares is multiplied by to be the objective.
        scale: The length of the target, weighted.
        square_of_mean: The sum of squares of the best constant.

    It holds ``root * (prediction - target)`` for each row, where ``root`` is the root of the row's
    weight, or 1; and with an l2 penalty ``sqrt(l2 n / curvature) * parameter`` for each penalized one.
    """

    def __init__(self, problem: Problem) -> None:
        curvature = problem.objective.loss.curvature
        if curvature is None:
            raise TypeError("only a squared loss is a sum of squares")
        self.problem = problem
        self.layout: Layout = problem.layout
        self._features, self._target = problem.parts[TRAIN]
        self._roots = None if problem.weighting is None else problem.weighting.roots(TRAIN)
        self.rows = len(self._target)
        self.unit = curvature / (2 * self.rows)
        weighted = self._target if self._roots is None else self._roots * self._target
        self.scale = float(np.linalg.norm(weighted))
        weights = None if self._roots is None else self._roots**2
        spread = self._target - np.average(self._target, weights=weights)
        self.square_of_mean = float(np.sum((spread if self._roots is None else spread * self._roots) ** 2))
        self._penalized, self._penalty = np.empty(0, dtype=np.intp), 0.0
        if problem.objective.l2:
            numbers = self.layout.unflatten(np.arange(len(problem.start)))
            self._penalized = np.concatenate([np.ravel(a) for a in problem.model.penalized(numbers)])
            self._penalty = float(np.sqrt(problem.objective.l2 * self.rows / curvature))

    @property
    def count(self) -> int:
        """The number of residuals, those of the penalty included."""
        return self.rows + len(self._penalized)

    def at(self, x: np.ndarray) -> np.ndarray:
        """Return the residuals at flat parameters x of shape (p,)."""
        prediction = self.problem.model.apply(self.layout.unflatten(x), self._features)
        residual = prediction - self._target
        if self._roots is not None:
            residual *= self._roots
        if self._penalty:
            residual = np.concatenate([residual, self._penalty * x[self._penalized]])
        return residual

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Return the derivative of each residual by each parameter, shape (count, p)."""
        J = jacobian(self.problem.model, self.layout.unflatten(x), self._features)
        if self._roots is not None:
            J = J * self._roots[:, None]
        if self._penalty:
            rows = np.zeros((len(self._penalized), len(x)))
            rows[np.arange(len(rows)), self._penalized] = self._penalty
            J = np.vstack([J, rows])
        return J

    def loss(self, residual: np.ndarray) -> float:
        """Return the loss without the penalty, in the target's own unit."""
        own = residual[: self.rows]
        return self.loss_of(float(own @ own))

    def loss_of(self, square: float) -> float:
        """Return the loss that a sum of squares is, in the target's own unit."""
        return self.problem.in_data_units(self.unit * square)
