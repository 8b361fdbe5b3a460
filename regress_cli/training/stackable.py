"""Which trainings can be taken through their steps together, and why others can't."""

from collections.abc import Sequence

import numpy as np

from regress_cli.config import Experiment
from regress_cli.config.schema import NAMES_OF_SOLVERS
from regress_cli.tape import Replay, record
from regress_cli.training.problem import Problem

# What is computed in a step stays in the processor's caches up to about this many bytes; more replicas at
# once only wait for memory.
_CACHED = 4_000_000
# All that a stack holds.
_MOST_BYTES = 1_000_000_000


def why_not_stacked(experiment: Experiment) -> str | None:
    """Return why the seeds of a config can't be trained as one stack of arrays; None where they can."""
    kind, training = experiment.optimizer.kind, experiment.training
    if kind in NAMES_OF_SOLVERS:
        return f"{NAMES_OF_SOLVERS[kind]} goes to the minimum by itself, and takes no steps to be stacked"
    if training.time_limit is not None:
        return "training.time_limit is each run's own"
    if training.engine in ("eager", "compiled"):
        return f"training.engine {training.engine} works on one run at a time"
    return None


def why_apart(problems: Sequence[Problem]) -> str | None:
    """Return why some problems can't be stacked after all, by their data; None where they can."""
    first = problems[0]
    if any(_look(problem) != _look(first) for problem in problems):
        return "the seeds give data of different sizes"
    if first.experiment.loss.kind == "huber" and len({problem.target_scale for problem in problems}) > 1:
        return "with data.standardize.target, loss.delta is another number for each seed"
    return None


def replicas_at_once(problem: Problem) -> int:
    """Return how many replicas like this one make up a stack; less than two where one has no use of it.

    Raises:
        NotRecordable: the objective can't be replayed.
    """
    features, target = problem.train_arrays
    params = problem.layout.unflatten(problem.start)
    inputs = {**params, "features": features, "target": target}
    tape = record(problem.objective, params, {"features": features, "target": target})
    gradients = {name: np.empty_like(value) for name, value in params.items()}
    held = Replay(tape, inputs, gradients).nbytes + features.nbytes + target.nbytes
    in_a_step = max(held * problem.batch_size // len(target), 1)
    return min(_CACHED // in_a_step, _MOST_BYTES // max(held, 1))


def _look(problem: Problem) -> tuple:
    """Return the shapes of what a step computes with, and whether rows or columns lie together."""
    features, target = problem.train_arrays
    is_by_columns = features.flags.f_contiguous and not features.flags.c_contiguous
    shapes = tuple((name, np.shape(value)) for name, value in problem.initial.items())
    return features.shape, is_by_columns, target.shape, shapes
