"""Training, step by step. It yields progress; it prints nothing and writes nothing."""

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from regress_cli.config.schema import EarlyStopping
from regress_cli.training.batches import Batches
from regress_cli.training.divergence import Divergence, find_divergence, loss_limit
from regress_cli.training.optimizers import build_optimizer
from regress_cli.training.problem import Problem
from regress_cli.training.result import Result, StopReason
from regress_cli.training.schedules import step_size_at
from regress_cli.training.state import Row, TrainingState

# Progress is yielded at least this often, unless a single step takes longer.
_SLICE_SECONDS = 0.05


@dataclass(frozen=True)
class Progress:
    """How far training is; the loss is of the training part, in the target's own unit."""

    step: int
    steps: int
    loss: float
    seconds: float


class Fit:
    """One training from a state to its end.

    Iterate over it for progress, until there is a ``result``. Stopping the iteration before that
    leaves a ``state`` from which another `Fit` goes on to the same end.
    """

    def __init__(self, problem: Problem, state: TrainingState | None = None) -> None:
        self.problem = problem
        self.stop_reason: StopReason | None = None
        self.divergence: Divergence | None = None
        self.result: Result | None = None
        self._optimizer = build_optimizer(problem.optimizer)
        self._batches = Batches(*problem.train, problem.batch_size, copy.deepcopy(problem.batch_rng))
        if state is None:
            params = problem.layout.flatten(problem.initial)
            state = TrainingState(0, params, dict(self._optimizer.init(params)), self._batches.state())
        else:
            self._batches.restore(state.batches)
        self.state = state
        with np.errstate(all="ignore"):
            self._limit = loss_limit(problem)

    def __iter__(self) -> Iterator[Progress]:
        """Train, a slice of time at a time; the result is there when the last progress is told."""
        state = self.state
        while self.stop_reason is None:
            started = time.perf_counter()
            # What overflows is found by looking at the loss and the gradient, not by a warning.
            with np.errstate(all="ignore"):
                while self.stop_reason is None and time.perf_counter() - started < _SLICE_SECONDS:
                    self._step()
                    self._heed_time_limit(state.seconds + time.perf_counter() - started)
            state.seconds += time.perf_counter() - started
            state.batches = self._batches.state()
            progress = self._progress()
            if self.stop_reason is not None:
                self.result = self._finish(self.stop_reason)
            yield progress

    def _finish(self, stop_reason: StopReason) -> Result:
        """Settle on the parameters to keep: the best, the last good ones, or simply the last."""
        state, steps_taken = self.state, self.state.step
        if stop_reason == "diverged" and state.good_params is not None:
            state.params, state.step = state.good_params, state.good_step
        elif stop_reason != "diverged" and state.best_params is not None:
            state.params, state.step = state.best_params, state.best_step
        params = self.problem.layout.unflatten(state.params)
        return Result(params, state, stop_reason, steps_taken, self.divergence)

    def _step(self) -> None:
        """Take one step, or find that training has ended."""
        state, problem = self.state, self.problem
        is_last = state.step == problem.steps
        is_due = is_last or state.step % problem.record_every == 0
        # A row of metrics is of the whole training part, with mini-batches too.
        whole = problem.value_and_gradient(state.params, *problem.train) if is_due else None
        is_whole_step = is_last or self._batches.is_full
        value, gradient = whole if whole is not None and is_whole_step else self._batch_gradient()
        good = state.params if state.good_params is None else state.good_params
        self.divergence = find_divergence(problem, state.step, value, gradient, self._limit, good)
        if self.divergence is not None:
            self.stop_reason = "diverged"
            return
        step_size = step_size_at(min(state.step, problem.steps - 1), problem.steps, problem.optimizer)
        if whole is not None:
            self._record(*whole, step_size)
        if is_last:
            self.stop_reason = self.stop_reason or "steps"
        if self.stop_reason is None:
            self._update(gradient, step_size)

    def _batch_gradient(self) -> tuple[float, np.ndarray]:
        return self.problem.value_and_gradient(self.state.params, *self._batches.next())

    def _update(self, gradient: np.ndarray, step_size: float) -> None:
        state = self.state
        state.params, optimizer_state = self._optimizer.update(
            state.params, gradient, state.optimizer, state.step, step_size
        )
        state.optimizer = dict(optimizer_state)
        state.step += 1

    def _heed_time_limit(self, seconds: float) -> None:
        limit = self.problem.experiment.training.time_limit
        if limit is not None and seconds > limit and self.stop_reason is None:
            self.stop_reason = "time_limit"

    def _record(self, value: float, gradient: np.ndarray, step_size: float) -> None:
        """Add a row of metrics, and see whether early stopping has waited long enough."""
        state, problem = self.state, self.problem
        train_loss = problem.in_data_units(value)
        if problem.objective.l2:
            # Taking the penalty off the objective would leave rounding where the loss is small.
            train_loss = problem.data_loss(state.params, problem.train)
        validation = problem.validation
        validation_loss = None if validation is None else problem.data_loss(state.params, validation)
        norm = float(np.linalg.norm(gradient))
        state.rows.append(Row(state.step, train_loss, validation_loss, norm, step_size))
        if train_loss <= state.rows[0].train_loss:
            state.good_params, state.good_step = state.params, state.step
        early = problem.experiment.training.early_stopping
        if early is not None and validation_loss is not None:
            self._heed_validation_loss(validation_loss, early)

    def _heed_validation_loss(self, loss: float, early: EarlyStopping) -> None:
        state = self.state
        if state.best_params is None or loss < state.best_loss:
            state.best_params, state.best_step, state.best_loss = state.params, state.step, loss
        if loss < state.awaited_loss - early.min_delta:
            state.awaited_loss, state.awaited_step = loss, state.step
        if state.step - state.awaited_step >= early.patience:
            self.stop_reason = "early_stopping"

    def _progress(self) -> Progress:
        rows = self.state.rows
        loss = rows[-1].train_loss if rows else float("nan")
        return Progress(self.state.step, self.problem.steps, loss, self.state.seconds)
