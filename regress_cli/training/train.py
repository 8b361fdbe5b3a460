"""One way to train, whatever the optimizer: iterate for progress, then ask for the result."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from regress_cli.errors import DataError
from regress_cli.models import Params
from regress_cli.training.divergence import Divergence
from regress_cli.training.fit import Fit, Progress, StopReason
from regress_cli.training.optimum import Optimum, find_optimum
from regress_cli.training.problem import Problem
from regress_cli.training.state import Row, TrainingState


@dataclass(frozen=True)
class Result:
    """How training ended.

    Attributes:
        params: The learned parameters, as training sees them.
        state: The last state, with the metrics of the way.
        stop_reason: Why it ended.
        divergence: What was seen, if it diverged.
        optimum: The exact solution, if it was solved for.
    """

    params: Params
    state: TrainingState
    stop_reason: StopReason
    divergence: Divergence | None = None
    optimum: Optimum | None = None

    @property
    def status(self) -> str:
        """``finished``, ``diverged`` or ``time_limit``."""
        return self.stop_reason if self.stop_reason in ("diverged", "time_limit") else "finished"


class Training:
    """Step by step with `Fit`, or at once with the exact solver."""

    def __init__(self, problem: Problem, state: TrainingState | None = None) -> None:
        self._problem = problem
        self._fit = None if problem.experiment.optimizer.kind == "exact" else Fit(problem, state)
        self._exact: Result | None = None

    @property
    def has_ended(self) -> bool:
        """Whether there is a result."""
        return self._exact is not None or (self._fit is not None and self._fit.outcome is not None)

    @property
    def state(self) -> TrainingState:
        """Where training stands."""
        return self._fit.state if self._fit is not None else self.result().state

    def __iter__(self) -> Iterator[Progress]:
        """Train, and yield progress."""
        if self._fit is not None:
            yield from self._fit
            return
        self._exact = _solve(self._problem)
        state = self._exact.state
        yield Progress(0, 0, state.rows[0].train_loss, state.seconds)

    def result(self) -> Result:
        """Return how training ended; iterate to the end first."""
        if self._exact is not None:
            return self._exact
        if self._fit is None or self._fit.outcome is None:
            raise RuntimeError("training has not ended yet")
        params = self._problem.layout.unflatten(self._fit.state.params)
        return Result(params, self._fit.state, self._fit.outcome, self._fit.divergence)


def _solve(problem: Problem) -> Result:
    started = time.perf_counter()
    optimum = find_optimum(problem)
    if optimum is None:
        raise DataError(
            "the exact solution is beyond the range of floating-point numbers; "
            "give the columns in other units, or standardize them"
        )
    vector = problem.layout.flatten(optimum.params)
    with np.errstate(all="ignore"):
        _, gradient = problem.value_and_gradient(vector, *problem.train)
        row = Row(
            step=0,
            train_loss=problem.data_loss(vector, problem.train),
            validation_loss=problem.data_loss(vector, problem.validation) if problem.validation else None,
            gradient_norm=float(np.linalg.norm(gradient)),
            step_size=0.0,
        )
    seconds = time.perf_counter() - started
    state = TrainingState(0, vector, optimizer={}, batches={}, rows=[row], seconds=seconds)
    return Result(optimum.params, state, "exact", optimum=optimum)
