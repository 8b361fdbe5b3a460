"""The gradients of many trainings at once: one tape, replayed over arrays that hold all replicas.

The parameters of all replicas lie in one flat vector, name by name: first W1 of every replica, then b1
of every replica, and so on. Optimizers move each number by itself, so that they take it as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regress_cli.data.dataset import take_rows
from regress_cli.flat import Layout
from regress_cli.tape import Replay, record
from regress_cli.tape.agreement import same_within_rounding
from regress_cli.tape.calls import Call, Calls, Program, write_program
from regress_cli.tape.stacking import stack
from regress_cli.training.batches import Batches
from regress_cli.training.optimizers import Update
from regress_cli.training.problem import Arrays, Problem
from regress_cli.training.tape_engine import TapeDiffers


@dataclass(frozen=True)
class Replicas:
    """The layout of the parameters of all replicas.

    Attributes:
        flat: Of the vector that holds them all.
    """

    flat: Layout

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "Replicas":
        """Return the layout for these problems, all of the same shapes."""
        shapes = problems[0].layout.shapes
        return cls(Layout({name: (len(problems), *shape) for name, shape in shapes.items()}))

    def joined(self, problems: Sequence[Problem]) -> np.ndarray:
        """Return the vector of the parameters before the first step."""
        starts = [problem.layout.unflatten(problem.start) for problem in problems]
        return self.flat.flatten({name: np.stack([start[name] for start in starts]) for name in starts[0]})

    def apart(self, vector: np.ndarray) -> np.ndarray:
        """Return the parameters of each replica as it would have them alone, shape (replicas, p)."""
        arrays = self.flat.unflatten(vector).values()
        return np.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)


class StackedEngine:
    """Replays one tape for the gradients of all replicas, and asks autograd as well from time to time.

    Attributes:
        values: Holds the objective of each replica, shape (replicas,), after an evaluation.

    Raises:
        NotRecordable: the objective can't be replayed.
        NotStackable: it can't be replayed for many replicas at once.
        TapeDiffers: a gradient is not autograd's; any method may raise it.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        replicas: Replicas,
        params: np.ndarray,
        gradient: np.ndarray,
        update: Update,
        batches: Sequence[Batches],
    ) -> None:
        self._problems, self._replicas = problems, replicas
        self._params, self._gradient = params, gradient
        self._update, self._batches = update, batches
        self._worst = np.full(len(problems), -np.inf, problems[0].dtype)
        self._whole = self._of_all_rows()
        sizes = () if self.is_full else {batches[0].size, batches[0].rows % batches[0].size} - {0}
        self._by_size = {size: self._of_size(size) for size in sizes}

    @property
    def is_full(self) -> bool:
        """Whether a batch is all rows."""
        return self._batches[0].is_full

    def evaluate_whole(self) -> np.ndarray:
        """Return the objectives over the training parts; the gradients go into their array."""
        self._whole.evaluate.run()
        self._compare(self._whole, self._params)
        return self._whole.values

    def advance(self, start: int, stop: int) -> np.ndarray:
        """Take the steps from ``start`` to before ``stop``; return each replica's largest objective."""
        problem = self._problems[0]
        is_steady = self._update.is_steady and problem.is_step_size_constant
        self._worst.fill(-np.inf)
        for step in range(start, stop):
            batch = self._next_batch()
            if step == start or not is_steady:
                self._update.prepare(step, problem.step_size_at(step))
            if batch.is_compared_next:
                before = self._params.copy()
                batch.advance.run()
                self._compare(batch, before)
            else:
                batch.count += 1
                batch.advance.run()
        return self._worst

    # ------------------------------------------------------------------------------- comparisons

    def _compare(self, batch: "_Batch", params: np.ndarray) -> None:
        """Ask autograd for gradients that were replayed: of all replicas at first, then of one in turn."""
        batch.count += 1
        if batch.count & (batch.count - 1):
            return
        own, gradients = self._replicas.apart(params), self._replicas.apart(self._gradient)
        count = len(self._problems)
        chosen = range(count) if batch.count == 1 else [batch.count.bit_length() % count]
        for k in chosen:
            self._compare_one(k, batch, own[k], gradients[k])

    def _compare_one(self, k: int, batch: "_Batch", params: np.ndarray, gradient: np.ndarray) -> None:
        problem = self._problems[k]
        features, target = problem.train_arrays
        if batch is not self._whole:
            rows = batch.rows[k]
            features, target = take_rows(features, rows), target[rows]

        def near(factor: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
            # A parameter that is zero would not move, so the data move as well.
            value, autograds = problem.value_and_gradient(params * factor, features * factor, target * factor)
            return np.asarray(value, problem.dtype), problem.layout.unflatten(autograds)

        replayed = batch.values[k].copy(), problem.layout.unflatten(gradient)
        if not same_within_rounding(replayed, near(1.0), near):
            raise TapeDiffers

    # ----------------------------------------------------------------------------------- batches

    def _next_batch(self) -> "_Batch":
        """Return what computes the next batches, with the numbers of their rows in place."""
        if self.is_full:
            return self._whole
        dealt = [batches.next() for batches in self._batches]
        batch = self._by_size[len(dealt[0])]
        np.stack(dealt, out=batch.rows)
        return batch

    def _of_all_rows(self) -> "_Batch":
        """Return what computes the full batches; features that are the same for all are there once."""
        arrays = [problem.train_arrays for problem in self._problems]
        features, target = arrays[0]
        data = {"target": np.stack([y for _, y in arrays])}
        shared = all(np.array_equal(X, features, equal_nan=True) for X, _ in arrays)
        data["features"] = features if shared else _stacked([X for X, _ in arrays])
        rows = np.empty((len(arrays), 0), dtype=np.intp)
        return self._on((features, target), data, ["features"] if shared else [], [], rows)

    def _of_size(self, size: int) -> "_Batch":
        """Return what computes batches of so many rows, in arrays into which the rows are copied."""
        arrays = [problem.train_arrays for problem in self._problems]
        count, (n, width) = len(arrays), arrays[0][0].shape
        rows, first = np.zeros((count, size), dtype=np.intp), np.zeros(size, dtype=np.intp)
        X, y = take_rows(arrays[0][0], first), arrays[0][1][first]
        columns = np.stack([np.ascontiguousarray(features.T) for features, _ in arrays])
        targets = np.stack([target for _, target in arrays])
        features, target = _stacked([X] * count), np.stack([y] * count)
        # Where each column of each replica begins in the memory of them all.
        begin = (np.arange(count * width) * n).reshape(count, width, 1)
        places, own_places = np.empty((count, width, size), np.intp), np.empty((count, size), np.intp)
        by_columns = features if _is_by_columns(X) else features.transpose(0, 2, 1)
        note = "the rows of the batches"
        gather = [
            Call(np.add, (rows[:, None, :], begin, places), note=note),
            Call(np.add, (rows, np.arange(count)[:, None] * n, own_places), note=note),
            # "clip" is the mode without a check; the numbers of rows are right.
            Call(np.ndarray.take, (columns.reshape(-1), places, None, by_columns, "clip"), note=note),
            Call(np.ndarray.take, (targets.reshape(-1), own_places, None, target, "clip"), note=note),
        ]
        return self._on((X, y), {"features": features, "target": target}, [], gather, rows)

    def _on(
        self, example: Arrays, data: dict[str, np.ndarray], shared: list[str], gather: Calls, rows: np.ndarray
    ) -> "_Batch":
        first, flat = self._problems[0], self._replicas.flat
        features, target = example
        own = first.layout.unflatten(first.start)
        alone = record(first.objective, own, {"features": features, "target": target})
        inputs = {**flat.unflatten(self._params), **data}
        replay = Replay(stack(alone, len(self._problems), shared), inputs, flat.unflatten(self._gradient))
        calls = [*gather, *replay.calls]
        # A maximum keeps what is not a number.
        watch = Call(np.maximum, (self._worst, replay.value), {"out": self._worst}, "the largest objectives")
        advance = write_program([*calls, watch, *self._update.calls])
        return _Batch(rows, replay.value, write_program(calls), advance)


@dataclass
class _Batch:
    """What is done with the batches of one size.

    Attributes:
        rows: Where the numbers of each replica's rows are written; full batches need none.
        values: Holds the objectives.
        evaluate: Computes the objectives and their gradients.
        advance: Does the same, and moves the parameters.
        count: How often it was done; the first, second, fourth, eighth, ... time is compared.
    """

    rows: np.ndarray
    values: np.ndarray
    evaluate: Program
    advance: Program
    count: int = 0

    @property
    def is_compared_next(self) -> bool:
        """Whether the next time is compared."""
        return not (self.count + 1) & self.count


def _is_by_columns(array: np.ndarray) -> bool:
    return array.flags.f_contiguous and not array.flags.c_contiguous


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return arrays behind one another; those in order of columns as their transposes."""
    return np.stack([array.T if _is_by_columns(arrays[0]) else array for array in arrays])
