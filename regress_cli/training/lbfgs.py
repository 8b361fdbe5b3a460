"""L-BFGS: quasi-Newton steps on all rows at once, for any smooth loss of any model.

SciPy's L-BFGS-B (Byrd, Lu, Nocedal and Zhu 1995) walks in parameters that are scaled by what they
change in the predictions, and begins again with new scales where it has come to rest, until that gains
nothing. Gradients come from the tape. Where the loss is squared and the model has a Jacobian of
moderate size, Gauss-Newton steps polish the end, and the relative offset judges it.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from regress_cli.config.schema import LBFGS
from regress_cli.data import TRAIN
from regress_cli.float_errors import quiet
from regress_cli.models import MLP, Formula
from regress_cli.training.convergence import Convergence
from regress_cli.training.descent import MOST_DESCENTS, lower_nearby
from regress_cli.training.geometry import LARGE, SMALL, View, column_lengths, look, polish, why_open
from regress_cli.training.problem import Problem
from regress_cli.training.residuals import Budget, Heed, OutOfTime, Residuals
from regress_cli.training.result import Result, StopReason
from regress_cli.training.starts import bounds_of, refuse_unusable, starts_of
from regress_cli.training.state import Row, TrainingState

# A Jacobian of more numbers is not worth its time to a method that needs none.
_MOST_NUMBERS = 10_000_000
_MOST_RESTARTS = 50
# The first step changes the predictions by about 1. Where that led astray, shorter ones are tried.
_DAMPINGS = (1.0, 1e-2, 1e-4)
# Relative changes of the loss that count as none.
_NOTHING = 1e-15
# Losses that differ by no more, relatively, are those of one minimum.
_SAME = 1e-6

# Evaluations along one line, of which a narrow valley takes many.
_MOST_ALONG_A_LINE = 50

# At rest, at a limit of steps or time, or with no lower point along a line.
End = Literal["rest", "limit", "stuck"]
# By SciPy's numbers.
_ENDS: dict[int, End] = {0: "rest", 1: "limit", 2: "stuck"}

ValueAndGradient = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass
class Attempt:
    """One way from a start.

    Attributes:
        start: Which starting point it began at, from 0.
        x: Where it ended, flat.
        value: The objective there.
        slope: The largest change of the objective, relative to it, that a parameter promises when it
            changes the predictions by as much as the residuals are long; infinite where that is not known.
        view: What a squared loss shows of the end; None for other losses and large models.
        rows: The metrics of the way.
        end: How the solver ended.
        bends_upwards: Whether no point nearby is lower, as at a maximum or a saddle.
        has_converged: Whether it did so at a minimum.
        reason: Why it is taken for a minimum, or why not.
    """

    start: int
    x: np.ndarray
    value: float
    slope: float
    view: View | None
    rows: list[Row]
    end: End
    bends_upwards: bool
    has_converged: bool = False
    reason: str = ""


def fit_lbfgs(problem: Problem, heed: Heed) -> Result:
    """Return the fit of a problem with a smooth loss.

    Args:
        problem: What is fitted.
        heed: Is told of the progress; it may end the fit by raising.

    Raises:
        DataError: the formula has no value at a start, or does not depend on a parameter.
    """
    with quiet():
        return _Search(problem, heed).result()


class _Search:
    """A way from every start, and the best of them."""

    def __init__(self, problem: Problem, heed: Heed) -> None:
        config = problem.experiment.optimizer
        if not isinstance(config, LBFGS):
            raise TypeError("the config wants another optimizer")
        self.problem, self.config = problem, config
        self.low, self.high = bounds_of(problem)
        self.starts = starts_of(problem)
        size = len(problem.train[1]) * len(problem.start)
        self.has_jacobian = not isinstance(problem.model, MLP) and size <= _MOST_NUMBERS
        is_squared = problem.objective.loss.curvature is not None
        self.residuals = Residuals(problem) if is_squared and self.has_jacobian else None
        refuse_unusable(problem, self.starts, by_jacobian=self.residuals is not None)
        self.unit = float(np.std(problem.train[1])) or 1.0
        self.evaluate, self.engine = value_and_gradient_of(problem)
        self.budget = Budget(config.max_iterations, problem.experiment.training.time_limit, heed)
        self.is_out_of_time = False

    def result(self) -> Result:
        attempts = []
        for k, start in enumerate(self.starts):
            for damping in _DAMPINGS if isinstance(self.problem.model, Formula) else _DAMPINGS[:1]:
                attempts.append(self._judged(self._attempt(k, start, damping)))
                if self.is_out_of_time or attempts[-1].has_converged:
                    break
            if self.is_out_of_time:
                break
        sound = [attempt for attempt in attempts if attempt.has_converged]
        best = min(sound or attempts, key=lambda attempt: attempt.value)
        led_here = {one.start for one in sound if abs(one.value - best.value) <= _SAME * abs(best.value)}
        convergence = self._convergence(best, len(led_here))
        stop_reason: StopReason = "converged" if convergence.has_converged else "not_converged"
        if self.is_out_of_time:
            stop_reason = "time_limit"
        state = TrainingState(
            convergence.iterations,
            best.x,
            {},
            {},
            rows=best.rows,
            seconds=self.budget.seconds_used,
            engine=self.engine,
        )
        params = self.problem.layout.unflatten(best.x)
        return Result(params, state, stop_reason, convergence.iterations, convergence=convergence)

    # ------------------------------------------------------------------------------------ one way

    def _attempt(self, k: int, start: np.ndarray, damping: float) -> Attempt:
        walk = _Walk(self.problem, self.evaluate, self.budget, start)
        for _ in range(MOST_DESCENTS):
            end = self._go_down(walk, start, damping)
            view = self._polished(walk)
            start = walk.best if view is None else view.x
            lower = self._lower_nearby(view)
            if lower is None:
                break
            start = lower
        value, gradient = self.evaluate(start)
        slope = self._slope(start, value, gradient)
        return Attempt(k, start.copy(), value, slope, view, walk.rows, end, bends_upwards=lower is None)

    def _go_down(self, walk: "_Walk", start: np.ndarray, damping: float) -> End:
        """Walk down from a start, with new scales each time, until that gains nothing."""
        end: End = "limit"
        nothing = _NOTHING if self.has_jacobian else self._least_fall
        try:
            walk.begin(start)
            for _ in range(_MOST_RESTARTS):
                before = walk.least
                end = self._descend(walk, self._scale(walk.best) * damping)
                if end == "limit" or before - walk.least <= nothing * abs(before):
                    break
        except OutOfTime:
            self.is_out_of_time = True
        return end

    def _polished(self, walk: "_Walk") -> View | None:
        """Return what is seen from the end of a way, after Gauss-Newton steps; None where nothing is."""
        if self.residuals is None:
            return None
        view = look(self.residuals, walk.best, self.low, self.high)
        if not self.is_out_of_time:
            view, steps = polish(self.residuals, view, self.low, self.high)
            if steps:
                walk.add_row(view.x)
        return view

    def _lower_nearby(self, view: View | None) -> np.ndarray | None:
        """Return where to go on from an end that is no minimum though its gradient is zero."""
        if self.residuals is None or view is None or self.is_out_of_time or not view.could_be_saddle:
            return None
        return lower_nearby(self.residuals, view, self.low, self.high)

    def _descend(self, walk: "_Walk", scale: np.ndarray) -> End:
        """Go down from the best point so far."""
        from scipy.optimize import minimize

        left = self.config.max_iterations - walk.iterations
        if left <= 0:
            return "limit"
        unit = abs(walk.least) or 1.0

        def scaled(z: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = walk.evaluate_at(z * scale)
            return value / unit, gradient * scale / unit

        found = minimize(
            scaled,
            walk.best / scale,
            jac=True,
            method="L-BFGS-B",
            bounds=np.column_stack([self.low / scale, self.high / scale]),
            callback=lambda z: walk.add_row(z * scale),
            options={
                "maxcor": 20,
                "ftol": 1e-15 if self.has_jacobian else self._least_fall,
                "gtol": self.config.tolerance * 1e-6,
                "maxiter": left,
                "maxfun": 20 * left,
                "maxls": _MOST_ALONG_A_LINE,
            },
        )
        return _ENDS[found.status]

    @property
    def _least_fall(self) -> float:
        """The relative fall of the loss that is none; less than its rounding can't be asked for."""
        return max(self.config.tolerance**2, float(np.finfo(np.float64).eps))

    def _scale(self, x: np.ndarray) -> np.ndarray:
        """Return how far each parameter moves to change predictions by the target's spread, shape (p,)."""
        if not self.has_jacobian:
            return np.ones(len(x))
        blocks = self.problem.derivatives.blocks
        squares = sum(np.sum(block.jacobian**2, axis=0) for block in blocks(x))
        lengths = np.sqrt(squares / len(self.problem.train[1]))
        if not np.all((lengths > SMALL) & (lengths < LARGE)):
            parts = np.array([column_lengths(block.jacobian) for block in blocks(x)])
            lengths = column_lengths(parts) / math.sqrt(len(self.problem.train[1]))
        usable = np.isfinite(lengths) & (lengths > 0)
        return np.where(usable, self.unit / np.where(usable, lengths, 1.0), np.maximum(np.abs(x), 1.0))

    def _slope(self, x: np.ndarray, value: float, gradient: np.ndarray) -> float:
        if not (self.has_jacobian and math.isfinite(value)):
            return math.inf
        held = ((x <= self.low) & (gradient > 0)) | ((x >= self.high) & (gradient < 0))
        features, target = self.problem.parts[TRAIN]
        residual = self.problem.model.apply(self.problem.layout.unflatten(x), features) - target
        length = float(np.linalg.norm(residual)) / math.sqrt(len(residual))
        promised = np.abs(np.where(held, 0.0, gradient)) * self._scale(x) / self.unit * length
        return float(promised.max() / abs(value)) if value else 0.0

    # ---------------------------------------------------------------------------------- conclusion

    def _judged(self, attempt: Attempt) -> Attempt:
        """Say whether an attempt ended at a minimum, and why."""
        view = attempt.view
        is_formula = isinstance(self.problem.model, Formula)
        if self.is_out_of_time:
            attempt.reason = "the time limit was over"
        elif not math.isfinite(attempt.value):
            attempt.reason = "the loss is not finite anywhere on the way"
        elif view is None and self._is_too_small(attempt):
            attempt.reason = (
                "the loss is too small for a floating-point number, and so are its differences; "
                "give the target in other units"
            )
        elif is_formula and self.residuals is not None and view is not None and view.is_open.any():
            start = self.starts[attempt.start]
            attempt.reason = why_open(self.residuals, start, view, self.low, self.high)
        elif view is not None and view.is_minimum and not attempt.bends_upwards:
            attempt.reason = "it ended at a maximum or a saddle again and again; start elsewhere"
        elif view is not None and view.is_minimum:
            attempt.has_converged = True
            attempt.reason = "a further step changes the predictions by rounding only"
            if not view.fits_to_rounding:
                attempt.reason = f"the relative offset is {view.offset:.2g}, at most 1e-05"
        elif view is None and attempt.slope <= self.config.tolerance:
            attempt.has_converged = True
            attempt.reason = (
                f"the relative gradient is {attempt.slope:.2g}, at most {self.config.tolerance:g}"
            )
        elif not self.has_jacobian and attempt.end == "rest":
            attempt.has_converged = True
            attempt.reason = f"the loss falls by less than a part in {1 / self._least_fall:.0e} a step"
        elif attempt.end == "limit":
            attempt.reason = f"{self.config.max_iterations:,} iterations were not enough"
        elif self.has_jacobian:
            size = attempt.slope if view is None else view.offset
            name = "gradient" if view is None else "offset"
            attempt.reason = f"the loss no longer falls, though the relative {name} is {size:.2g}"
        else:
            attempt.reason = "no lower loss was found along the line downwards, though there is a slope"
        return attempt

    def _is_too_small(self, attempt: Attempt) -> bool:
        """Whether the loss has lost its digits to underflow, though there are errors."""
        if attempt.value >= np.finfo(np.float64).tiny:
            return False
        features, target = self.problem.parts[TRAIN]
        prediction = self.problem.model.apply(self.problem.layout.unflatten(attempt.x), features)
        return not np.array_equal(prediction, target)

    def _convergence(self, best: Attempt, led_here: int) -> Convergence:
        view = best.view
        held = (best.x <= self.low) | (best.x >= self.high)
        is_open = np.zeros(len(best.x), dtype=bool) if view is None else view.is_open
        has_view = view is not None and math.isfinite(view.condition_number)
        return Convergence(
            method="L-BFGS-B" if view is None else "L-BFGS-B, then Gauss-Newton",
            has_converged=best.has_converged,
            reason=best.reason,
            evaluations=self.budget.used,
            iterations=best.rows[-1].step,
            relative_offset=view.offset if view is not None and math.isfinite(view.offset) else None,
            condition_number=view.condition_number if view is not None and has_view else None,
            starts=len(self.starts),
            starts_that_led_here=led_here,
            undetermined=self.problem.names_where(is_open),
            at_bounds=self.problem.names_where(held),
        )


class _Walk:
    """The function that SciPy calls, with a record of the way."""

    def __init__(
        self, problem: Problem, evaluate: ValueAndGradient, budget: Budget, start: np.ndarray
    ) -> None:
        self.problem, self._evaluate, self._budget = problem, evaluate, budget
        self.best, self.least = start.copy(), math.inf
        self.rows: list[Row] = []
        self._last = (start.copy(), math.inf, np.zeros(len(start)))

    def begin(self, start: np.ndarray) -> None:
        """Go to a start; the row of the first one is recorded even if time is over then."""
        try:
            self.evaluate_at(start)
        finally:
            if not self.rows:
                self.add_row(start)

    @property
    def iterations(self) -> int:
        """Steps so far."""
        return self.rows[-1].step if self.rows else 0

    def evaluate_at(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the objective and its gradient; a huge number where it is not finite."""
        value, gradient = self._evaluate(x)
        if not (math.isfinite(value) and np.isfinite(gradient).all()):
            # The line search then comes nearer; a number that is not finite would lead it astray.
            value, gradient = 1e10 * max(abs(self.least), 1e-290), np.zeros(len(x))
            value = value if math.isfinite(value) else 1e300
        elif value < self.least:
            self.best, self.least = x.copy(), value
        self._last = (x.copy(), value, gradient)
        self._budget.spend(self.problem.in_data_units(self.least), self.iterations)
        return value, gradient

    def add_row(self, x: np.ndarray) -> None:
        """Record a row of metrics; the step size of a solver is not a number of its own, so it is 0."""
        at, value, gradient = self._last
        if not np.allclose(at, x, rtol=1e-12, atol=0):
            value, gradient = self._evaluate(x)
        problem = self.problem
        validation = problem.objective_validation
        loss = problem.in_data_units(value)
        if problem.objective.l2:
            loss = problem.data_loss(x, problem.objective_train)
        self.rows.append(
            Row(
                step=len(self.rows),
                train_loss=loss,
                validation_loss=None if validation is None else problem.data_loss(x, validation),
                gradient_norm=float(np.linalg.norm(gradient)),
                step_size=0.0,
            )
        )


def value_and_gradient_of(problem: Problem) -> tuple[ValueAndGradient, str]:
    """Return the objective over the training part with its gradient, in flat parameters, and the engine."""
    from regress_cli.tape import TapeWarning, value_and_grad

    features, target = problem.objective_train
    engine = problem.experiment.training.engine
    if engine == "eager":
        return lambda x: problem.value_and_gradient(x, features, target), "eager"
    replayed = value_and_grad(problem.objective, engine="tape" if engine == "tape" else "auto")

    def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
        with warnings.catch_warnings():
            # What can't be replayed is autograd's, which gives the same numbers.
            warnings.simplefilter("ignore", TapeWarning)
            value, gradients = replayed(problem.layout.unflatten(x), features, target)
        return float(value), problem.layout.flatten(gradients)

    return evaluate, "tape"
