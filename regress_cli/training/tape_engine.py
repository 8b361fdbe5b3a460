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

# Makes a program of calls: a Python function that makes them, or one that was compiled.
Build = Callable[[Calls], Repeatable]


class TapeDiffers(Exception):
    """A replayed gradient or step is not that of autograd and the optimizer."""


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
        self._worst = np.full((), -np.inf, problem.dtype)
        self._whole = self._on(problem.train_arrays, gather=[], rows=np.empty(0, dtype=np.intp))
        # All that may fail does so here, before the first step.
        sizes = () if batches.is_full else {batches.size, batches.rows % batches.size} - {0}
        self._by_size = {size: self._of_size(size) for size in sizes}

    def evaluate_whole(self) -> float:
        """Return the objective over the training part; its gradient goes into the gradient's array."""
        return self._evaluate(self._whole)

    def evaluate_batch(self) -> float:
        """Return the objective over the next batch; its gradient goes into the gradient's array."""
        return self._evaluate(self._next_batch())

    def advance(self, start: int, stop: int) -> float:
        """Take the steps from ``start`` to before ``stop``; return the largest objective on the way."""
        is_steady = self._update.is_steady and self._problem.is_step_size_constant
        self._worst.fill(-np.inf)
        step = start
        while step < stop:
            batch = self._next_batch()
            if step == start or not is_steady:
                self._update.prepare(step, self._problem.step_size_at(step))
            # One step of the full batch is like the next.
            is_same = is_steady and batch is self._whole
            count = min(stop - step, batch.advances.before_comparison) if is_same else 1
            if batch.advances.is_compared_next:
                count = 1
                self._compare_step(batch)
            else:
                batch.advance.repeat(count)
            batch.advances.count += count
            step += count
        return self._worst.item()

    # ------------------------------------------------------------------------------- comparisons

    def _evaluate(self, batch: "_Batch") -> float:
        batch.evaluate.run()
        if batch.evaluations.is_compared_next:
            self._compare(batch, self._params)
        batch.evaluations.count += 1
        return batch.value.item()

    def _compare_step(self, batch: "_Batch") -> None:
        """Take a step, then take it again with autograd's help."""
        before = [array.copy() for array in self._update.changes]
        batch.advance.run()
        self._compare(batch, before[0])
        after = [array.copy() for array in self._update.changes]
        for array, copy in zip(self._update.changes, before, strict=True):
            np.copyto(array, copy)
        self._update.program.run()
        rounding = 100 * np.finfo(self._problem.dtype).eps
        for array, replayed in zip(self._update.changes, after, strict=True):
            size = np.abs(array).max()
            if not np.allclose(array, replayed, rtol=0, atol=rounding * size, equal_nan=True):
                raise TapeDiffers

    def _compare(self, batch: "_Batch", params: np.ndarray) -> None:
        """Ask autograd for the gradient that was replayed."""
        problem, layout = self._problem, self._problem.layout
        arrays = self._arrays_of(batch)

        def near(factor: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            # A parameter that is zero would not move, so the data move as well.
            moved = (array * factor for array in arrays)
            value, gradient = problem.value_and_gradient(params * factor, *moved)
            return np.asarray(value, problem.dtype), layout.unflatten(gradient)

        replayed = batch.value, layout.unflatten(self._gradient)
        if not same_within_rounding(replayed, near(1.0), near):
            raise TapeDiffers

    def _arrays_of(self, batch: "_Batch") -> Arrays:
        """Return a batch's rows, gathered another way than the replay does."""
        features, target = self._problem.train_arrays
        if batch is self._whole:
            return features, target
        return take_rows(features, batch.rows), target[batch.rows]

    # ----------------------------------------------------------------------------------- batches

    def _next_batch(self) -> "_Batch":
        """Return what computes the next batch, with the numbers of its rows in place."""
        if self._batches.is_full:
            return self._whole
        rows = self._batches.next()
        batch = self._by_size[len(rows)]
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
        return self._on((X, y), gather, rows)

    @cached_property
    def _columns(self) -> np.ndarray:
        """The features with each column in one piece, from which rows are taken quickly."""
        return np.ascontiguousarray(self._problem.train_arrays[0].T)

    def _on(self, arrays: Arrays, gather: Calls, rows: np.ndarray) -> "_Batch":
        problem = self._problem
        features, target = arrays
        data = {"features": features, "target": target}
        params, gradients = problem.layout.unflatten(self._params), problem.layout.unflatten(self._gradient)
        replay = Replay(record(problem.objective, params, data), params | data, gradients)
        calls = [*gather, *replay.calls]
        # A maximum keeps what is not a number.
        watch = Call(np.maximum, (self._worst, replay.value), {"out": self._worst}, "the largest objective")
        return _Batch(
            rows, replay.value, self._build(calls), self._build([*calls, watch, *self._update.calls])
        )


@dataclass
class _Count:
    """How often something was computed; the first, second, fourth, eighth, ... time is compared."""

    count: int = 0

    @property
    def is_compared_next(self) -> bool:
        """Whether the next time is compared."""
        return self.before_comparison == 0

    @property
    def before_comparison(self) -> int:
        """How many times come before the next one that is compared."""
        return (1 << self.count.bit_length()) - 1 - self.count


class _Batch:
    """What is done with the batches of one size.

    Attributes:
        rows: Where the numbers of its rows are written; the full batch needs none.
        value: Holds the objective.
        evaluate: Computes the objective and its gradient.
        advance: Does the same, and moves the parameters.
    """

    def __init__(
        self, rows: np.ndarray, value: np.ndarray, evaluate: Repeatable, advance: Repeatable
    ) -> None:
        self.rows, self.value, self.evaluate, self.advance = rows, value, evaluate, advance
        self.evaluations, self.advances = _Count(), _Count()
