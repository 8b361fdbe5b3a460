"""The exact minimum of an objective, where there is a closed form for it."""

from dataclasses import dataclass

import numpy as np

from regress_cli.models import Params, is_linear_in_parameters
from regress_cli.training.exact import ExactSolution, solve_least_squares
from regress_cli.training.problem import Problem


@dataclass(frozen=True)
class Optimum:
    """The minimum for a model linear in its parameters and a squared loss.

    Attributes:
        params: The parameters that reach it, as training sees them.
        objective: Its value, penalty included, in the target's own unit.
        solution: What the solver says of them.
    """

    params: Params
    objective: float
    solution: ExactSolution


def find_optimum(problem: Problem) -> Optimum | None:
    """Return the exact minimum over the training part.

    It is None where there is no closed form, or where the numbers are too large for floats.
    """
    model, loss = problem.model, problem.objective.loss
    if not is_linear_in_parameters(model) or loss.curvature is None:
        return None
    features, target = problem.train
    # The objective is curvature / (2n) times the sum of squares, plus l2/2 times that of the weights.
    ridge = problem.objective.l2 * len(target) / loss.curvature
    with np.errstate(all="ignore"):
        try:
            solution = solve_least_squares(model.design(features), target, model.intercept, ridge)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(solution.coefficients).all():
            return None
        params = model.from_coefficients(solution.coefficients)
        value = float(problem.objective(params, features, target))
    return Optimum(params, problem.in_data_units(value), solution)
