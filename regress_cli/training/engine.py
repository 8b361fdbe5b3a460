"""How the gradients of a training are computed: by autograd each time, or by a tape of it.

Both give the same numbers. `EagerEngine` is the reference.
"""

from typing import Protocol

import numpy as np

from regress_cli.data.dataset import take_rows
from regress_cli.training.batches import Batches
from regress_cli.training.optimizers import Update
from regress_cli.training.problem import Problem


class Engine(Protocol):
    """Computes gradients at the parameters and moves them, in the arrays that it was made for."""

    def evaluate_whole(self) -> float:
        """Return the objective over the training part; its gradient goes into the gradient's array."""
        ...

    def evaluate_batch(self) -> float:
        """Return the objective over the next batch; its gradient goes into the gradient's array."""
        ...

    def advance(self, start: int, stop: int) -> float:
        """Take the steps from ``start`` to before ``stop``, each with the next batch.

        Returns:
            The largest objective on the way; nan if one was.
        """
        ...


class EagerEngine:
    """Asks autograd for every gradient."""

    def __init__(
        self, problem: Problem, params: np.ndarray, gradient: np.ndarray, update: Update, batches: Batches
    ) -> None:
        self._problem, self._params, self._gradient = problem, params, gradient
        self._update, self._batches = update, batches

    def evaluate_whole(self) -> float:
        """Return the objective over the training part; its gradient goes into the gradient's array."""
        return self._evaluate(*self._problem.train_arrays)

    def evaluate_batch(self) -> float:
        """Return the objective over the next batch; its gradient goes into the gradient's array."""
        if self._batches.is_full:
            return self.evaluate_whole()
        features, target = self._problem.train_arrays
        rows = self._batches.next()
        return self._evaluate(take_rows(features, rows), target[rows])

    def advance(self, start: int, stop: int) -> float:
        """Take the steps from ``start`` to before ``stop``; return the largest objective on the way."""
        worst = -np.inf
        for step in range(start, stop):
            # Unlike the larger of two floats, this keeps what is not a number.
            worst = np.maximum(worst, self.evaluate_batch())
            self._update.take(step, self._problem.step_size_at(step))
        return float(worst)

    def _evaluate(self, features: np.ndarray, target: np.ndarray) -> float:
        value, self._gradient[:] = self._problem.value_and_gradient(self._params, features, target)
        return value
