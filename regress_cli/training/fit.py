"""Training, step by step. It yields progress; it prints nothing and writes nothing."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from regress_cli.errors import TapeError
from regress_cli.tape import NotRecordable
from regress_cli.tape.compiled import NotCompilable
from regress_cli.training.divergence import Divergence
from regress_cli.training.problem import Problem
from regress_cli.training.progress import Progress
from regress_cli.training.result import Result, StopReason
from regress_cli.training.rows import is_patience_over, is_row_due, next_row, record_row
from regress_cli.training.settle import settle
from regress_cli.training.state import TrainingState
from regress_cli.training.tape_engine import TapeDiffers
from regress_cli.training.walk import Walk

# Progress is yielded at least this often, unless a single step takes longer.
_SLICE_SECONDS = 0.05


class Fit:
    """One training from a state to its end.

    Iterate over it for progress, until there is a ``result``. Stopping the iteration before that
    leaves a ``state`` from which another `Fit` goes on to the same end.

    Raises:
        TapeError: the config wants the tape only, and there can be none.
    """

    def __init__(self, problem: Problem, state: TrainingState | None = None) -> None:
        self.problem = problem
        self.stop_reason: StopReason | None = None
        self.result: Result | None = None
        self._engine = problem.experiment.training.engine
        self._walk = self._begin(state)

    @property
    def state(self) -> TrainingState:
        """Where training stands."""
        return self._walk.state

    @property
    def notes(self) -> list[str]:
        """What the user should know of the way so far."""
        return self.state.notes

    @property
    def divergence(self) -> Divergence | None:
        """What was seen, if training diverged."""
        return self._walk.divergence

    def __iter__(self) -> Iterator[Progress]:
        """Train, a slice of time at a time; the result is there when the last progress is told."""
        while self.stop_reason is None:
            started = time.perf_counter()
            with self._falling_back():
                while self.stop_reason is None and not self._is_slice_over(started):
                    self._go_on()
                    self._heed_time_limit(self.state.seconds + time.perf_counter() - started)
            self.state.seconds += time.perf_counter() - started
            progress = self._progress()
            if self.stop_reason is not None:
                self.result = settle(self.problem, self.state, self.stop_reason, self.divergence)
            yield progress

    def _is_slice_over(self, started: float) -> bool:
        """Whether it is time for progress; after the last step, only what is done at once is missing."""
        is_time = time.perf_counter() - started >= _SLICE_SECONDS
        return is_time and self.state.step < self.problem.steps

    @contextmanager
    def _falling_back(self) -> Iterator[None]:
        """Train from the first step with autograd where the tape fails in the block.

        Gradients since the last comparison may be wrong, and so may those of earlier sittings.
        """
        # What overflows is found by looking at the loss and the gradient, not by a warning.
        with np.errstate(all="ignore"):
            try:
                yield
            except (TapeDiffers, NotRecordable) as error:
                reason = f"near step {self.state.step:,} a replay is not what autograd does"
                self._refuse_if_tape_is_wanted(reason, error)
                note = f"{reason}; training began again, with autograd for each gradient"
                self._walk = self._start(None, "eager", [*self.notes, note], self.state.seconds)

    def _begin(self, state: TrainingState | None) -> Walk:
        """Start with the engine that is wanted, or the next best one that can be used."""
        notes = [] if state is None else list(state.notes)
        wanted = "tape" if self._engine == "auto" else self._engine
        engine = wanted if state is None or not state.engine else state.engine
        if engine == "compiled":
            try:
                return self._start(state, engine, notes)
            except NotCompilable as reason:
                notes.append(f"NumPy replays the tape, for it is not compiled: {reason}")
                engine = "tape"
        try:
            return self._start(state, engine, notes)
        except NotRecordable as reason:
            self._refuse_if_tape_is_wanted(str(reason), reason)
            notes.append(f"autograd computes each gradient anew, for no tape can be used: {reason}")
            return self._start(state, "eager", notes)

    def _start(
        self, state: TrainingState | None, engine: str, notes: list[str], seconds: float = 0.0
    ) -> Walk:
        with np.errstate(all="ignore"):
            walk = Walk(self.problem, state, engine)
        walk.state.engine, walk.state.notes = engine, notes
        walk.state.seconds = max(walk.state.seconds, seconds)
        return walk

    def _refuse_if_tape_is_wanted(self, reason: str, cause: Exception) -> None:
        if self._engine in ("tape", "compiled"):
            message = f"training.engine: no tape can be used ({reason}); give auto, or eager"
            raise TapeError(message) from cause

    def _go_on(self) -> None:
        """Record a row of metrics if one is due, then take some steps."""
        problem, walk = self.problem, self._walk
        if walk.divergence is not None:
            self.stop_reason = "diverged"
        elif is_row_due(problem, walk.state):
            value = walk.look()
            if value is not None:
                record_row(problem, walk.state, value, walk.gradient)
                self._heed_row()
        else:
            walk.go_on(next_row(problem, walk.state))

    def _heed_row(self) -> None:
        if is_patience_over(self.problem, self.state):
            self.stop_reason = "early_stopping"
        elif self.state.step == self.problem.steps:
            self.stop_reason = "steps"

    def _heed_time_limit(self, seconds: float) -> None:
        limit = self.problem.experiment.training.time_limit
        if limit is not None and seconds > limit and self.stop_reason is None:
            self.stop_reason = "time_limit"

    def _progress(self) -> Progress:
        rows = self.state.rows
        loss = rows[-1].train_loss if rows else float("nan")
        return Progress(self.state.step, self.problem.steps, loss, self.state.seconds)
