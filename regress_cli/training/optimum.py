"""The exact minimum of an objective, where there is a closed form for it."""

from dataclasses import dataclass

import numpy as np

from regress_cli.float_errors import quiet
from regress_cli.models import LinearInParameters, Params, Polynomial, is_linear_in_parameters
from regress_cli.training.exact import ExactSolution, solve_least_squares
from regress_cli.training.problem import Problem
from regress_cli.training.refine import refine


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
    weighting, weights = problem.weighting, problem.weights
    if weighting is not None and weights is not None and not weighting.is_absolute:
        # Relative weights are divided by their mean in the objective, and stay as they are here.
        ridge *= float(weights.mean())
    with quiet():
        try:
            solution = solve_least_squares(model.design(features), target, model.intercept, ridge, weights)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(solution.coefficients).all():
            return None
        # Scaled columns have been rounded; digits beyond that are had from the data themselves.
        if not ridge and not _is_scaled(problem):
            solution = refine(solution, model, _inputs(model, features), target, weights)
        params = model.from_coefficients(solution.coefficients)
        objective = problem.in_data_units(float(problem.objective(params, *problem.objective_train)))
        loss = problem.data_loss(problem.layout.flatten(params), problem.objective_train)
    return Optimum(params, objective, loss, solution)


def _is_scaled(problem: Problem) -> bool:
    standardize = problem.experiment.data.standardize
    return standardize.features or standardize.target


def _inputs(model: LinearInParameters, features: np.ndarray) -> np.ndarray:
    """Return the columns that the terms are powers of: X, shape (n, d)."""
    if not isinstance(model, Polynomial):
        return features
    return features[:, [k for k, powers in enumerate(model.exponents) if sum(powers) == 1]]
