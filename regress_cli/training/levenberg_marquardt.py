"""Nonlinear least squares: SciPy's methods from every start, and a polish to the last digits.

SciPy's solvers do the walking: MINPACK's ``lm`` (Moré 1978) first, and where its end is doubtful the
trust-region methods ``trf`` and ``dogbox`` (Branch, Coleman and Li 1999), which also know bounds.
Each gets the exact Jacobian. An end is doubtful where it is no minimum, where the data leave a
parameter open, or where the fit is no better than a constant.

Of a large table a sample is fitted first, and polished with all rows. Where the sample misled, all rows
are walked with from the start.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from regress_cli.config.schema import LevenbergMarquardt
from regress_cli.float_errors import quiet
from regress_cli.models import Formula
from regress_cli.training.convergence import Convergence
from regress_cli.training.derivatives import BLOCK_ROWS
from regress_cli.training.descent import MOST_DESCENTS, lower_nearby
from regress_cli.training.geometry import View, look, polish, why_open
from regress_cli.training.least_squares_walk import LeastSquaresWalk, Method
from regress_cli.training.problem import Problem
from regress_cli.training.residuals import Budget, Heed, OutOfTime, Residuals
from regress_cli.training.result import Result
from regress_cli.training.starts import bounds_of, refuse_unusable, starts_of
from regress_cli.training.state import Row, TrainingState

# Tables with more rows than so many times a sample are sampled.
_SAMPLE_ROWS = 4 * BLOCK_ROWS
_MANY_SAMPLES = 4
# The mean square over all rows may be above the sample's by so many standard deviations of the latter.
_MOST_DEVIATIONS = 5
# Sums of squares that differ by no more, relatively, are those of one minimum.
_SAME = 1e-6


@dataclass
class Attempt:
    """One way from a start, by one method.

    Attributes:
        start: Which starting point it began at, from 0.
        method: SciPy's name of the method, and the rows it was used on if not all.
        view: Where it ended, polished.
        rows: The metrics of the way.
        is_whole: Whether it came to its end, and not to that of the budget.
        bends_upwards: Whether no point nearby is lower, as at a maximum or a saddle.
    """

    start: int
    method: str
    view: View
    rows: list[Row]
    is_whole: bool
    bends_upwards: bool

    @property
    def has_converged(self) -> bool:
        """Whether it ended at a minimum."""
        return self.view.is_minimum and self.bends_upwards


def fit_least_squares(problem: Problem, heed: Heed) -> Result:
    """Return the least-squares fit of a problem with a squared loss.

    Args:
        problem: What is fitted.
        heed: Is told of the progress; it may end the fit by raising.

    Raises:
        DataError: the formula has no value at a start, or does not depend on a parameter.
    """
    with quiet():
        return _Search(problem, heed).result()


class _Search:
    """Attempts from every start, and the best of them."""

    def __init__(self, problem: Problem, heed: Heed) -> None:
        config = problem.experiment.optimizer
        if not isinstance(config, LevenbergMarquardt):
            raise TypeError("the config wants another optimizer")
        self.problem, self.config = problem, config
        self.residuals = Residuals(problem)
        self.low, self.high = bounds_of(problem)
        self.starts = starts_of(problem)
        refuse_unusable(problem, self.starts, by_jacobian=True)
        self.budget = Budget(config.max_evaluations, problem.experiment.training.time_limit, heed)
        self.used_before = 0
        self.attempts: list[Attempt] = []
        self.is_out_of_time = False

    def result(self) -> Result:
        for k, start in enumerate(self.starts):
            self.used_before = self.budget.used
            for attempt in self._ways(k, start):
                self.attempts.append(attempt)
                if self.is_out_of_time or self._is_beyond_doubt(attempt) or self._is_hopeless(attempt, start):
                    break
            if self.is_out_of_time:
                break
        return self._conclude()

    def _ways(self, k: int, start: np.ndarray) -> Iterator[Attempt]:
        """Yield attempts from a start until one is good enough for who asks."""
        if self.residuals.rows > _MANY_SAMPLES * _SAMPLE_ROWS:
            attempt = self._attempt_on_sample(k, start)
            if attempt is not None:
                yield attempt
        for method in self._methods():
            if self._left > 0:
                yield self._attempt(k, start, method)

    @property
    def _left(self) -> int:
        """The evaluations that are left for this start."""
        return self.config.max_evaluations - (self.budget.used - self.used_before)

    def _methods(self) -> Iterator[Method]:
        is_free = bool(np.isinf(self.low).all() and np.isinf(self.high).all())
        if is_free and self.residuals.count >= len(self.low):
            yield "lm"
        yield "trf"
        if isinstance(self.problem.model, Formula):
            yield "dogbox"
            yield "trf, unscaled"

    def _is_beyond_doubt(self, attempt: Attempt) -> bool:
        view = attempt.view
        is_better = view.square < self.residuals.square_of_mean
        return attempt.has_converged and is_better and not view.is_open.any()

    def _is_hopeless(self, attempt: Attempt, start: np.ndarray) -> bool:
        """Whether the same parameters are left open at both ends of a way, as a and b of a*b*x are."""
        view = attempt.view
        if not (view.is_open.any() and view.is_minimum):
            return False
        before = look(self.residuals, start, self.low, self.high)
        self.budget.used += 1
        return bool((before.is_open == view.is_open).all())

    def _attempt(self, k: int, start: np.ndarray, method: Method) -> Attempt:
        walk = LeastSquaresWalk(self.residuals, self.budget, self.low, self.high)
        for _ in range(MOST_DESCENTS):
            end, is_whole = self._go(walk, start, method)
            view = self._polished(walk, look(self.residuals, end, self.low, self.high))
            lower = self._lower_nearby(self.residuals, view)
            if lower is None:
                break
            start = lower
        return Attempt(k, method, view, walk.rows, is_whole, lower is None)

    def _attempt_on_sample(self, k: int, start: np.ndarray) -> Attempt | None:
        """Return the fit of a sample, polished with all rows; None where the sample misled."""
        n, method = self.residuals.rows, next(self._methods())
        rows = np.sort(np.random.default_rng(0).choice(n, _SAMPLE_ROWS, replace=False, shuffle=False))
        sample = Residuals(self.problem, rows)
        end, is_whole = self._go(LeastSquaresWalk(sample, self.budget, self.low, self.high), start, method)
        there = look(self.residuals, end, self.low, self.high)
        self.budget.used += 1
        expected = float(np.sum(sample.at(end)[0] ** 2)) * n / _SAMPLE_ROWS
        if not there.square <= expected * (1 + _MOST_DEVIATIONS * math.sqrt(2 / _SAMPLE_ROWS)):
            return None
        # Only rows of all data are recorded: the loss of a sample is not theirs.
        walk = LeastSquaresWalk(self.residuals, self.budget, self.low, self.high)
        walk.add_row(start, *self.residuals.square_and_gradient(start))
        walk.add_row(end, there.square, there.gradient)
        view = self._polished(walk, there)
        if self._lower_nearby(sample, view) is not None:
            return None
        return Attempt(k, f"{method} on {_SAMPLE_ROWS:,} rows", view, walk.rows, is_whole, True)

    def _lower_nearby(self, residuals: Residuals, view: View) -> np.ndarray | None:
        """Return where to go on from an end that is no minimum though no step seems to improve it."""
        if self.is_out_of_time or not view.could_be_saddle:
            return None
        self.budget.used += 2 * len(view.directions)
        return lower_nearby(residuals, view, self.low, self.high)

    def _go(self, walk: LeastSquaresWalk, start: np.ndarray, method: Method) -> tuple[np.ndarray, bool]:
        """Return where a way ends, and whether it came to rest there; the time limit may end it before."""
        try:
            return walk.go(start, method, self.config.tolerance, max(self._left, 1))
        except OutOfTime:
            self.is_out_of_time = True
            return walk.best(start), False

    def _polished(self, walk: LeastSquaresWalk, view: View) -> View:
        """Return the view after Gauss-Newton steps, which are recorded as one."""
        if self.is_out_of_time:
            return view
        view, steps = polish(self.residuals, view, self.low, self.high)
        self.budget.used += steps + 1
        if steps:
            walk.add_row(view.x, view.square, view.gradient)
        return view

    # ---------------------------------------------------------------------------------- conclusion

    def _conclude(self) -> Result:
        best = self._best()
        view = best.view
        convergence = self._convergence(best)
        params = self.residuals.layout.unflatten(view.x)
        iterations = convergence.iterations
        state = TrainingState(
            iterations, view.x.copy(), {}, {}, rows=best.rows, seconds=self.budget.seconds_used, engine=""
        )
        stop_reason = "converged" if convergence.has_converged else "not_converged"
        if self.is_out_of_time:
            stop_reason = "time_limit"
        return Result(params, state, stop_reason, iterations, convergence=convergence)

    def _best(self) -> Attempt:
        """Return the lowest end that is a minimum; where none is, the lowest."""
        sound = [attempt for attempt in self.attempts if self._is_sound(attempt)]
        return min(sound or self.attempts, key=lambda attempt: _finite(attempt.view.square))

    def _is_sound(self, attempt: Attempt) -> bool:
        """Whether an attempt ended at a minimum; of a formula, at one that determines every parameter."""
        if isinstance(self.problem.model, Formula):
            return attempt.has_converged and not attempt.view.is_open.any()
        return attempt.has_converged

    def _convergence(self, best: Attempt) -> Convergence:
        view = best.view
        has_converged = self._is_sound(best) and not self.is_out_of_time
        led_here = {
            attempt.start
            for attempt in self.attempts
            if self._is_sound(attempt) and _is_same(attempt.view.square, view.square, self.residuals)
        }
        notes = []
        lower = min(_finite(attempt.view.square) for attempt in self.attempts)
        if has_converged and not (lower >= view.square or _is_same(lower, view.square, self.residuals)):
            notes.append(
                f"another way went lower, to a loss of {self.residuals.loss_of(lower):.6g}, "
                "and found no minimum there; give bounds or other starts if the fit does not convince"
            )
        polished = f"{best.method}, then Gauss-Newton" if view.is_minimum else best.method
        return Convergence(
            method=polished,
            has_converged=has_converged,
            reason=self._reason(best),
            evaluations=self.budget.used,
            iterations=best.rows[-1].step if best.rows else 0,
            relative_offset=view.offset if math.isfinite(view.offset) else None,
            condition_number=view.condition_number if math.isfinite(view.condition_number) else None,
            starts=len(self.starts),
            starts_that_led_here=len(led_here),
            undetermined=self.problem.names_where(view.is_open),
            at_bounds=self.problem.names_where(view.is_held),
            notes=tuple(notes),
        )

    def _reason(self, best: Attempt) -> str:
        view = best.view
        if self.is_out_of_time:
            return "the time limit was over"
        if not math.isfinite(view.square):
            return (
                "the sum of squared residuals is beyond the range of floating-point numbers; "
                "give the target in other units, or start elsewhere"
            )
        if view.is_open.any() and isinstance(self.problem.model, Formula):
            return why_open(self.residuals, self.starts[best.start], view, self.low, self.high)
        if view.is_minimum and not best.bends_upwards:
            return "it ended at a maximum or a saddle again and again; start elsewhere"
        if view.fits_to_rounding:
            return "a further step changes the predictions by rounding only"
        if view.is_minimum:
            return f"the relative offset is {view.offset:.2g}, at most 1e-05"
        if best.is_whole:
            return f"the loss no longer falls; the relative offset is {view.offset:.2g}, more than 1e-05"
        return f"{self.config.max_evaluations:,} evaluations were not enough"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _is_same(one: float, other: float, residuals: Residuals) -> bool:
    """Return whether two sums of squares are those of one minimum, which rounding may move too."""
    rounding = (64 * np.finfo(np.float64).eps * residuals.scale) ** 2
    return abs(one - other) <= _SAME * max(abs(one), abs(other)) + rounding
