"""Writes what every program of a workload starts from. Arguments: a config, the .npz file to write.

The data, the first parameters and the rows of every mini-batch are regress's own, so that all programs
train on the same rows from the same start, and must reach the same loss.
"""

import copy
import sys

import numpy as np

from regress_cli import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Problem
from regress_cli.training.batches import Batches


def main() -> None:
    """Write the file."""
    config, path = sys.argv[1:]
    plan = make_plan(load_config(config))
    problem = plan.problem
    dtype = getattr(problem.experiment.training, "dtype", "float64")
    arrays = {**_model(problem), **_batch_rows(problem)}
    if plan.dataset.X.shape[1] == 1:
        arrays["x"] = plan.dataset.X[:, 0]
    cast = {
        name: np.ascontiguousarray(array, dtype=dtype) for name, array in arrays.items() if name != "rows"
    }
    np.savez(path, **(arrays | cast), **_settings(problem))


def _model(problem: Problem) -> dict[str, np.ndarray]:
    """Return features, target and first parameters; a linear model has one vector w and a column of ones."""
    features, target = problem.train
    initial = dict(problem.initial)
    if set(initial) == {"w", "b"}:
        features = np.column_stack([features, np.ones(len(target))])
        initial = {"w": np.append(initial["w"], initial["b"])}
    return {"features": features, "target": target} | {
        f"initial_{name}": array for name, array in initial.items()
    }


def _batch_rows(problem: Problem) -> dict[str, np.ndarray]:
    """Return the rows of each step's batch, of shape (steps, batch size); nothing for full batches."""
    n = len(problem.train[1])
    if problem.batch_size == n:
        return {}
    if n % problem.batch_size:
        raise SystemExit("a workload's number of rows must be a multiple of its batch size")
    batches = Batches(n, problem.batch_size, copy.deepcopy(problem.batch_rng))
    return {"rows": np.stack([batches.next().copy() for _ in range(problem.steps)])}


def _settings(problem: Problem) -> dict[str, object]:
    return {
        "steps": problem.steps,
        "step_size": problem.optimizer.step_size,
        "mass": problem.optimizer.mass,
        "activation": getattr(problem.experiment.model, "activation", ""),
    }


if __name__ == "__main__":
    main()
