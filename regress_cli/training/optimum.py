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
        loss: The same without the penalty.
        solution: What the solver says of them.
    """

    params: Params
    objective: float
    loss: float
    solution: ExactSolution


# Beyond this, the sums of even a few numbers leave the range of floats.
_LARGEST = 1e300


def find_optimum(problem: Problem) -> Optimum | None:
    """Return the exact minimum over the training part.

    It is None where there is no closed form, or where the numbers are too large for floats.
    """
    model, loss = problem.model, problem.objective.loss
    if not is_linear_in_parameters(model) or loss.curvature is None:
        return None
    features, target = problem.train
    if max(features.max(), -features.min(), target.max(), -target.min()) > _LARGEST:
        return None
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
        objective = problem.in_data_units(float(problem.objective(params, features, target)))
        loss = problem.data_loss(problem.layout.flatten(params), problem.train)
    return Optimum(params, objective, loss, solution)
