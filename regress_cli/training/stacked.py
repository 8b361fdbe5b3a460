"""Many trainings that differ in their seed alone, taken through their steps together.

Each replica has the rows of metrics, and reaches the parameters, that it has alone. One whose numbers
stop making sense leaves the stack: it is trained alone, which finds the step at which that happens.
"""

import copy
import time
from collections.abc import Iterator, Sequence

import numpy as np

from regress_cli.training.batches import Batches
from regress_cli.training.divergence import loss_limit
from regress_cli.training.optimizers import build_optimizer
from regress_cli.training.problem import Problem
from regress_cli.training.progress import Progress
from regress_cli.training.result import Result
from regress_cli.training.rows import is_patience_over, is_row_due, next_row, record_row
from regress_cli.training.settle import settle
from regress_cli.training.stacked_engine import Replicas, StackedEngine
from regress_cli.training.state import TrainingState

ENGINE = "stacked"

# Progress is yielded at least this often, unless a few steps take longer.
_SLICE_SECONDS = 0.05
# Steps are taken for about so long before anyone looks at the clock.
_STRETCH_SECONDS = 0.005


class StackedFit:
    """The trainings of several replicas from their starts to their ends.

    Iterate over it for progress. When it ends, each replica has a result, or has left.

    Args:
        problems: They differ in nothing but numbers; `why_apart` says whether that is so.

    Attributes:
        results: Of the replicas that reached their end, by their place in ``problems``.
        left: The places of those whose numbers stopped making sense.

    Raises:
        NotRecordable: the objective can't be replayed.
        NotStackable: it can't be replayed for many replicas at once.
        TapeDiffers: a replay is not what autograd does; iterating raises it, too.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.results: dict[int, Result] = {}
        self.left: list[int] = []
        self._problems = problems
        self._active = list(range(len(problems)))
        self._replicas = Replicas.of(problems)
        self._params = self._replicas.joined(problems)
        self._gradient = np.zeros_like(self._params)
        rule = build_optimizer(problems[0].optimizer)
        self._update = rule.bind(self._params, self._gradient, rule.init(self._params))
        batches = [_batches_of(problem) for problem in problems]
        with np.errstate(all="ignore"):
            self._engine = StackedEngine(
                problems, self._replicas, self._params, self._gradient, self._update, batches
            )
            self._limits = np.array([loss_limit(problem) for problem in problems])
        self._states = [
            TrainingState(0, start, optimizer={}, batches={}, engine=ENGINE)
            for start in self._replicas.apart(self._params)
        ]
        self._step, self._stretch, self._seconds = 0, 1, 0.0

    def __iter__(self) -> Iterator[Progress]:
        """Train, a slice of time at a time."""
        while self._active:
            started = time.perf_counter()
            with np.errstate(all="ignore"):
                self._go_on()
                while self._active and time.perf_counter() - started < _SLICE_SECONDS:
                    self._go_on()
            self._seconds += time.perf_counter() - started
            yield self._progress()
        for result in self.results.values():
            # Each has its share of the time that all of them took together.
            result.state.seconds = self._seconds / len(self._problems)

    def _go_on(self) -> None:
        """Record a row of metrics of each replica if one is due, then take some steps."""
        problem, state = self._problems[0], self._states[self._active[0]]
        if is_row_due(problem, state):
            self._look()
        else:
            self._walk(min(next_row(problem, state), self._step + self._stretch))

    def _look(self) -> None:
        """Record the rows; of full batches the gradients are those of the next step as well."""
        values, steps = self._engine.evaluate_whole(), self._problems[0].steps
        params, gradients = self._replicas.apart(self._params), self._replicas.apart(self._gradient)
        if self._engine.is_full or self._step == steps:
            self._part_with(~((values < self._limits) & np.isfinite(gradients).all(axis=1)))
        for k in list(self._active):
            problem, state = self._problems[k], self._states[k]
            state.params = params[k]
            record_row(problem, state, values[k].item(), gradients[k])
            if is_patience_over(problem, state):
                self._finish(k, "early_stopping")
            elif self._step == steps:
                self._finish(k, "steps")
        if self._engine.is_full and self._step < steps:
            self._update.take(self._step, self._problems[0].step_size_at(self._step))
            self._move_to(self._step + 1)

    def _walk(self, until: int) -> None:
        started = time.perf_counter()
        worst = self._engine.advance(self._step, until)
        self._move_to(until)
        is_short = time.perf_counter() - started < _STRETCH_SECONDS
        self._stretch = 2 * self._stretch if is_short else max(self._stretch // 2, 1)
        is_finite = np.isfinite(self._replicas.apart(self._params)).all(axis=1)
        self._part_with(~((worst < self._limits) & is_finite))

    def _move_to(self, step: int) -> None:
        self._step = step
        for k in self._active:
            self._states[k].step = step

    def _finish(self, k: int, reason: str) -> None:
        stop_reason = "early_stopping" if reason == "early_stopping" else "steps"
        self.results[k] = settle(self._problems[k], self._states[k], stop_reason)
        self._active.remove(k)

    def _part_with(self, is_lost: np.ndarray) -> None:
        """Let replicas go, by truth values of shape (replicas,); their numbers are computed on, unheeded."""
        lost = [k for k in self._active if is_lost[k]]
        self.left += lost
        self._active = [k for k in self._active if not is_lost[k]]

    def _progress(self) -> Progress:
        rows = [state.rows[-1].train_loss for state in self._states if state.rows]
        loss = float(np.mean(rows)) if rows else float("nan")
        return Progress(self._step, self._problems[0].steps, loss, self._seconds)


def _batches_of(problem: Problem) -> Batches:
    return Batches(len(problem.train[1]), problem.batch_size, copy.deepcopy(problem.batch_rng))
