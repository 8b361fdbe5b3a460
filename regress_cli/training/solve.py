"""The exact solver as a training: one step, straight to the minimum."""

import time

import numpy as np

from regress_cli.errors import DataError
from regress_cli.float_errors import quiet
from regress_cli.training.optimum import find_optimum
from regress_cli.training.problem import Problem
from regress_cli.training.result import Result
from regress_cli.training.state import Row, TrainingState


def solve(problem: Problem) -> Result:
    """Return the exact minimum of a model that is linear in its parameters.

    Raises:
        DataError: the numbers are too large for floats.
    """
    started = time.perf_counter()
    optimum = find_optimum(problem)
    if optimum is None:
        raise DataError(
            "the exact solution is beyond the range of floating-point numbers; "
            "give the columns in other units, or standardize them"
        )
    validation = problem.objective_validation
    vector = problem.layout.flatten(optimum.params)
    with quiet():
        _, gradient = problem.value_and_gradient(vector, *problem.objective_train)
        row = Row(
            step=0,
            train_loss=problem.data_loss(vector, problem.objective_train),
            validation_loss=None if validation is None else problem.data_loss(vector, validation),
            gradient_norm=float(np.linalg.norm(gradient)),
            step_size=0.0,
        )
    seconds = time.perf_counter() - started
    state = TrainingState(0, vector, optimizer={}, batches={}, rows=[row], seconds=seconds)
    return Result(optimum.params, state, "exact", steps_taken=0, optimum=optimum)
