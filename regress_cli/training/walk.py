"""Taking steps: many at a time without a look at them, or one by one where something went wrong."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from regress_cli.tape.compiled import compile_program
from regress_cli.training.batches import Batches
from regress_cli.training.divergence import Divergence, find_divergence, loss_limit
from regress_cli.training.engine import EagerEngine, Engine
from regress_cli.training.optimizers import build_optimizer
from regress_cli.training.problem import Problem
from regress_cli.training.state import TrainingState
from regress_cli.training.tape_engine import TapeEngine

ENGINES: dict[str, Callable[..., Engine]] = {
    "eager": EagerEngine,
    "tape": TapeEngine,
    "compiled": partial(TapeEngine, build=compile_program),
}

# Steps are taken for about so long before anyone looks at the clock.
_STRETCH_SECONDS = 0.005


class Walk:
    """Moves a state of training along, in place.

    A stretch of steps is taken at once, and its largest objective is looked at. If that makes no
    sense, the walk goes back to where the stretch began, and looks at each step. So the step at which
    training diverges is found, at next to no cost to one that does not.

    Attributes:
        state: Where training stands.
        gradient: The gradient at the last look.
        divergence: What was seen when the numbers stopped making sense; until then None.

    Raises:
        NotRecordable: the engine is a tape, and there can be none.
        NotCompilable: the tape can't be compiled.
    """

    def __init__(self, problem: Problem, state: TrainingState | None, engine: str) -> None:
        self.problem = problem
        self.divergence: Divergence | None = None
        self._batches = Batches(len(problem.train[1]), problem.batch_size, copy.deepcopy(problem.batch_rng))
        rule = build_optimizer(problem.optimizer)
        if state is None:
            params = problem.start.copy()
            state = TrainingState(0, params, rule.init(params), self._batches.state())
        else:
            self._batches.restore(state.batches)
        self.state = state
        self.gradient = np.zeros_like(state.params)
        self._update = rule.bind(state.params, self.gradient, state.optimizer)
        self._engine = ENGINES[engine](problem, state.params, self.gradient, self._update, self._batches)
        self._is_careful = False
        self._has_gradient = False
        self._stretch = 1
        self._limit = loss_limit(problem)

    def look(self) -> float | None:
        """Return the objective over the training part, with its gradient.

        It is None where that is the objective of this step, and makes no sense.
        """
        value = self._engine.evaluate_whole()
        # Of the full batch this is the gradient of this step as well, and at the end it stands for it.
        if self._batches.is_full or self.state.step == self.problem.steps:
            self._has_gradient = self._is_sound(value)
            return value if self._has_gradient else None
        return value

    def go_on(self, until: int) -> None:
        """Take some steps, up to ``until`` at most."""
        if self._has_gradient or self._is_careful:
            self._take_one_step()
        else:
            self._take_steps(min(until, self.state.step + self._stretch))
        self.state.batches = self._batches.state()

    def _take_one_step(self) -> None:
        state = self.state
        if self._has_gradient or self._is_sound(self._engine.evaluate_batch()):
            self._has_gradient = False
            self._update.take(state.step, self.problem.step_size_at(state.step))
            state.step += 1

    def _take_steps(self, until: int) -> None:
        state, started = self.state, time.perf_counter()
        start = _Place.of(state)
        worst = self._engine.advance(state.step, until)
        state.step = until
        is_short = time.perf_counter() - started < _STRETCH_SECONDS
        self._stretch = 2 * self._stretch if is_short else max(self._stretch // 2, 1)
        if not (worst < self._limit and np.isfinite(state.params).all()):
            start.restore(state)
            self._batches.restore(state.batches)
            self._is_careful = True

    def _is_sound(self, value: float) -> bool:
        """Return whether the objective and the gradient of this step make sense."""
        state = self.state
        good = state.params if state.good_params is None else state.good_params
        self.divergence = find_divergence(self.problem, state.step, value, self.gradient, self._limit, good)
        return self.divergence is None


@dataclass(frozen=True)
class _Place:
    """A copy of all that steps change."""

    step: int
    params: np.ndarray
    optimizer: dict[str, np.ndarray]
    batches: dict

    @classmethod
    def of(cls, state: TrainingState) -> "_Place":
        optimizer = {name: vector.copy() for name, vector in state.optimizer.items()}
        return cls(state.step, state.params.copy(), optimizer, state.batches)

    def restore(self, state: TrainingState) -> None:
        state.step, state.batches = self.step, self.batches
        np.copyto(state.params, self.params)
        for name, vector in self.optimizer.items():
            np.copyto(state.optimizer[name], vector)
