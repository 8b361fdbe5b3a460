"""The tape as an engine of training: each step is one replay, with the optimizer's update at its end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from regress_cli.data.dataset import take_rows
from regress_cli.tape import Replay, record
from regress_cli.tape.agreement import same_within_rounding
from regress_cli.tape.calls import Call, Calls, Repeatable, write_program
from regress_cli.training.batches import Batches
from regress_cli.training.optimizers import Update
from regress_cli.training.problem import Arrays, Problem


class TapeDiffers(Exception):
    """A replayed gradient is not autograd's."""


# Makes a program of calls: a Python function that makes them, or one that was compiled.
Build = Callable[[Calls], Repeatable]


class TapeEngine:
    """Replays a tape for every gradient, and asks autograd as well from time to time.

    Raises:
        NotCompilable: the replay can't be compiled.
        NotRecordable: the objective can't be replayed.
        TapeDiffers: a gradient is not autograd's; any method may raise it.
    """

    def __init__(
        self,
        problem: Problem,
        params: np.ndarray,
        gradient: np.ndarray,
        update: Update,
        batches: Batches,
        build: Build = write_program,
    ) -> None:
        self._problem, self._params, self._gradient = problem, params, gradient
        self._update, self._batches, self._build = update, batches, build
        self._whole = self._on(problem.train_arrays, gather=[], rows=np.empty(0, dtype=np.intp))
        self._by_size: dict[int, _Batch] = {}

    def evaluate_whole(self) -> float:
        """Return the objective over the training part; its gradient goes into the gradient's array."""
        return self._evaluate(self._whole)

    def evaluate_batch(self) -> float:
        """Return the objective over the next batch; its gradient goes into the gradient's array."""
        return self._evaluate(self._next_batch())

    def advance(self, start: int, stop: int) -> None:
        """Take the steps from ``start`` to before ``stop``, each with the next batch."""
        is_steady = self._update.is_steady and self._problem.is_step_size_constant
        step = start
        while step < stop:
            batch = self._next_batch()
            if step == start or not is_steady:
                self._update.prepare(step, self._problem.step_size_at(step))
            if batch.count == batch.compared_at:
                self._evaluate(batch)
                self._update.program.run()
                step += 1
                continue
            # One step of the full batch is like the next.
            is_same = is_steady and batch is self._whole
            count = min(stop - step, batch.compared_at - batch.count) if is_same else 1
            batch.advance.repeat(count)
            batch.count += count
            step += count

    def _evaluate(self, batch: "_Batch") -> float:
        batch.evaluate.run()
        if batch.count == batch.compared_at:
            self._compare(batch)
            batch.compared_at = 2 * batch.compared_at + 1
        batch.count += 1
        return batch.value.item()

    def _compare(self, batch: "_Batch") -> None:
        """Ask autograd for the same gradient."""
        layout = self._problem.layout

        def near(factor: float) -> tuple[float, dict[str, np.ndarray]]:
            # A parameter that is zero would not move, so the data move as well.
            arrays = (array * factor for array in batch.arrays)
            value, gradient = self._problem.value_and_gradient(self._params * factor, *arrays)
            return value, layout.unflatten(gradient)

        replayed = batch.value.item(), layout.unflatten(self._gradient)
        if not same_within_rounding(replayed, near(1.0), near):
            raise TapeDiffers

    def _next_batch(self) -> "_Batch":
        """Return what computes the next batch, with the numbers of its rows in place."""
        if self._batches.is_full:
            return self._whole
        rows = self._batches.next()
        batch = self._by_size.get(len(rows)) or self._of_size(len(rows))
        batch.rows[:] = rows
        return batch

    def _of_size(self, size: int) -> "_Batch":
        """Return what computes batches of so many rows, in arrays into which the rows are copied."""
        features, target = self._problem.train_arrays
        rows = np.zeros(size, dtype=np.intp)
        X, y = take_rows(features, rows), target[rows]
        gather = [
            # "clip" is the mode without a check; the numbers of rows are right.
            Call(np.ndarray.take, (source, rows, axis, out, "clip"), note="the rows of the batch")
            for source, axis, out in [(self._columns, 1, X.T), (target, 0, y)]
        ]
        self._by_size[size] = self._on((X, y), gather, rows)
        return self._by_size[size]

    @cached_property
    def _columns(self) -> np.ndarray:
        """The features with each column in one piece, from which rows are taken quickly."""
        return np.ascontiguousarray(self._problem.train_arrays[0].T)

    def _on(self, arrays: Arrays, gather: Calls, rows: np.ndarray) -> "_Batch":
        problem = self._problem
        features, target = arrays
        data = {"features": features, "target": target}
        params, gradients = problem.layout.unflatten(self._params), problem.layout.unflatten(self._gradient)
        tape = record(problem.objective, params, data)
        replay = Replay(tape, params | data, gradients)
        return _Batch(
            arrays,
            rows,
            replay.value,
            evaluate=self._build([*gather, *replay.calls]),
            advance=self._build([*gather, *replay.gradient_calls, *self._update.calls]),
        )


@dataclass
class _Batch:
    """What is done with the batches of one size.

    Attributes:
        arrays: Features and target of the batch.
        rows: Where the numbers of its rows are written; the full batch needs none.
        value: Holds the objective after `evaluate`.
        evaluate: Computes the objective and its gradient.
        advance: Computes the gradient, and moves the parameters.
        count: How many gradients were computed.
        compared_at: The number of the gradient, counted from 0, that is compared with autograd's next:
            the first, second, fourth, eighth, ...
    """

    arrays: Arrays
    rows: np.ndarray
    value: np.ndarray
    evaluate: Repeatable
    advance: Repeatable
    count: int = 0
    compared_at: int = 0
