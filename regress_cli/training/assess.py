"""How good a result is, and what to hold it against: the mean, the optimum, the noise, the truth."""

from dataclasses import dataclass, replace

import numpy as np

from regress_cli.data import TRAIN, Dataset
from regress_cli.data.truth import polynomial_terms
from regress_cli.float_errors import quiet
from regress_cli.models import Params, is_linear_in_parameters
from regress_cli.training.exact import ExactSolution
from regress_cli.training.metrics import Metrics, compute_metrics, is_no_better, mean_of
from regress_cli.training.optimum import Optimum, find_optimum
from regress_cli.training.problem import Problem
from regress_cli.training.refine import refine
from regress_cli.training.result import Result

# The exact solution of more columns than these takes minutes; without being asked for, it is left out.
_MOST_COLUMNS = 1000

ByPart = dict[str, Metrics]


@dataclass(frozen=True)
class Assessment:
    """A result and its yardsticks, in the target's own unit.

    Attributes:
        params: The learned parameters, for unscaled data.
        predictions: For every row of each part.
        metrics: Of the predictions.
        baseline: Of predicting the training part's mean everywhere.
        is_no_better_than_mean: Whether that has no larger loss on the training part.
        noise_floor: Of the true function itself; None where it is not known.
        optimum: The exact minimum; None where there is no closed form for it, or it would take too long.
        solution: What the solver says of the minimum's coefficients, for unscaled data.
        gap: How far the reached objective is above the minimum.
        true_params: The true function's parameters; None where they are not known.
    """

    params: Params
    predictions: dict[str, np.ndarray]
    metrics: ByPart
    baseline: ByPart
    is_no_better_than_mean: bool
    noise_floor: ByPart | None
    optimum: Optimum | None
    solution: ExactSolution | None
    gap: float | None
    true_params: Params | None


def assess(problem: Problem, dataset: Dataset, result: Result) -> Assessment:
    """Hold a result against its yardsticks."""
    with quiet():
        predictions = {
            part: dataset.scaling.target.inverse_transform(problem.model.apply(result.params, features))
            for part, (features, _) in problem.parts.items()
        }
        mean = mean_of(dataset.part(TRAIN)[1], problem.weights)
    constant = {part: np.full_like(values, mean) for part, values in predictions.items()}
    truth = dataset.true_values
    optimum = result.optimum
    if optimum is None and min(problem.train[0].shape) <= _MOST_COLUMNS:
        optimum = find_optimum(problem)
    solution = None if optimum is None else _in_data_units(problem, dataset, optimum.solution)
    return Assessment(
        params=_params(problem, dataset, result, solution),
        predictions=predictions,
        metrics=_metrics(problem, dataset, predictions),
        baseline=_metrics(problem, dataset, constant),
        is_no_better_than_mean=is_no_better(
            predictions[TRAIN],
            constant[TRAIN],
            dataset.part(TRAIN)[1],
            problem.experiment.loss,
            _roots(problem, TRAIN),
        ),
        noise_floor=None
        if truth is None
        else _metrics(problem, dataset, {part: truth[rows] for part, rows in dataset.parts.items()}),
        optimum=optimum,
        solution=solution,
        gap=None if optimum is None else _gap(problem, result, optimum),
        true_params=_true_params(problem, dataset),
    )


def _params(problem: Problem, dataset: Dataset, result: Result, solution: ExactSolution | None) -> Params:
    """Return the learned parameters for unscaled data; those of the exact solver with all their digits."""
    model = problem.model
    if result.optimum is None or solution is None or not is_linear_in_parameters(model):
        return model.in_data_units(result.params, dataset.scaling)
    if len(solution.coefficients) > _MOST_COLUMNS:
        return model.in_data_units(result.params, dataset.scaling)
    return model.from_coefficients(solution.coefficients)


def _metrics(problem: Problem, dataset: Dataset, predictions: dict[str, np.ndarray]) -> ByPart:
    loss = problem.experiment.loss
    return {
        part: compute_metrics(values, dataset.part(part)[1], loss, _roots(problem, part))
        for part, values in predictions.items()
    }


def _roots(problem: Problem, part: str) -> np.ndarray | None:
    """Return the roots of the weights of a part's rows."""
    return None if problem.weighting is None else problem.weighting.roots(part)


def _in_data_units(problem: Problem, dataset: Dataset, solution: ExactSolution) -> ExactSolution:
    """Return the solution for unscaled data; of very many columns, only what is open in it."""
    scaling = dataset.scaling
    if scaling.is_identity or not is_linear_in_parameters(problem.model):
        return solution
    if len(solution.coefficients) > _MOST_COLUMNS:
        # An open slope moves the intercept once the scaling is undone.
        open_directions = solution.open_directions.copy()
        open_directions[0] += np.abs(open_directions[1:]).sum(axis=0)
        return replace(solution, open_directions=open_directions)
    # A constant column has no scale of its own, and what is open in its coefficient must stay so.
    scale = np.where(scaling.features.scale == 0, 1.0, scaling.features.scale)
    with_scale = replace(scaling, features=replace(scaling.features, scale=scale))
    matrix, shift = problem.model.units_map(with_scale)
    solution = solution.transformed(matrix, shift, float(scaling.target.scale))
    return (
        solution
        if problem.objective.l2
        else refine(solution, problem.model, *dataset.part(TRAIN), problem.weights)
    )


def _gap(problem: Problem, result: Result, optimum: Optimum) -> float:
    with quiet():
        reached = problem.in_data_units(float(problem.objective(result.params, *problem.objective_train)))
    # Below the minimum there is only rounding.
    return max(reached - optimum.objective, 0.0)


def _true_params(problem: Problem, dataset: Dataset) -> Params | None:
    """Return the true function's parameters, if it is known and one that the model can be."""
    if dataset.truth is None or not is_linear_in_parameters(problem.model):
        return None
    terms = polynomial_terms(dataset.truth, dataset.feature_names)
    exponents = problem.model.exponents
    if terms is None or not set(terms) <= set(exponents):
        return None
    return problem.model.from_coefficients(np.array([terms.get(powers, 0.0) for powers in exponents]))
