"""What a finished run says of itself: run.json, and the columns of its other files."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from regress_cli.config import resolved
from regress_cli.config.schema import NAMES_OF_SOLVERS
from regress_cli.data import Dataset
from regress_cli.data.columns import columns_to_json, decode
from regress_cli.data.dataset import take_rows
from regress_cli.experiment.inferred import why_not
from regress_cli.experiment.plan import Plan
from regress_cli.inference import Inference
from regress_cli.models import Params, is_linear_in_parameters
from regress_cli.runs.environment import describe_environment
from regress_cli.text import printable
from regress_cli.training import Assessment, Problem, Result
from regress_cli.training.exact import ExactSolution
from regress_cli.training.state import COLUMNS

# Larger sets of parameters stand in params.npz only.
_MOST_PARAMETERS = 1000


def run_record(
    plan: Plan,
    result: Result,
    assessment: Assessment,
    inference: Inference | None,
    timings: dict[str, float],
) -> dict[str, Any]:
    """Return the content of run.json; numbers that are not finite are still in it."""
    problem, dataset = plan.problem, plan.dataset
    is_exact = result.stop_reason == "exact"
    undetermined = undetermined_names(problem, assessment.solution) if is_exact else ()
    return {
        "name": plan.experiment.name,
        "digest": plan.digest,
        "status": result.status,
        "stop_reason": result.stop_reason,
        "engine": result.state.engine or None,
        "seed": plan.experiment.seed,
        "steps": {
            "taken": result.steps_taken,
            "kept": result.state.step,
            "planned": 0 if plan.experiment.optimizer.kind in NAMES_OF_SOLVERS else problem.steps,
        },
        "metrics": _by_part(assessment.metrics),
        "baseline": _by_part(assessment.baseline),
        "noise_floor": None if assessment.noise_floor is None else _by_part(assessment.noise_floor),
        "optimum": _optimum(problem, assessment),
        "inference": None if inference is None else inference.to_json(),
        "no_inference": why_not(problem, result, assessment),
        "stable_step_size": plan.stable_step_size,
        "convergence": None if result.convergence is None else asdict(result.convergence),
        "divergence": None if result.divergence is None else asdict(result.divergence),
        "parameters": _parameters(problem, assessment.params, undetermined),
        "true_parameters": _parameters(problem, assessment.true_params),
        "parameter_count": sum(value.size for value in assessment.params.values()),
        "data": _data(dataset),
        "config": resolved(plan.experiment, plan.home_folder),
        "notes": list(plan.notes),
        "timings": timings,
        "environment": describe_environment(),
    }


def caveats(problem: Problem, assessment: Assessment, inference: Inference | None = None) -> list[str]:
    """Return what a reader must know before trusting the result."""
    found = []
    # The loss is what was made small: with weights, or where it is not squared, the rmse says another thing.
    if assessment.is_no_better_than_mean:
        remedy = "another step size, more steps or another seed"
        if problem.experiment.optimizer.kind in NAMES_OF_SOLVERS:
            remedy = "another model, or other values to start from"
        found.append(f"the fit is no better than predicting the mean; try {remedy}")
    if assessment.solution is not None:
        found += _caveats_of_solution(problem, assessment.solution)
    # What the data leave open has been said by then.
    is_whole = assessment.solution is None or assessment.solution.determined.all()
    return [*found, *inference.notes] if inference is not None and is_whole else found


def _caveats_of_solution(problem: Problem, solution: ExactSolution) -> list[str]:
    if solution.is_lost or solution.digits < 1:
        return [
            f"the columns are too nearly dependent (condition number {solution.condition_number:.3g}): "
            "no digit of the exact coefficients can be trusted; standardize, lower the degree, or add l2"
        ]
    if solution.rank < len(solution.coefficients):
        names = printable(", ".join(undetermined_names(problem, solution)))
        return [
            f"the data do not determine {names}: rank {solution.rank} of {len(solution.coefficients)} "
            f"columns (condition number {solution.condition_number:.3g} without the dependent ones); "
            "the fit is one of many with the same predictions: leave a column out, or add l2"
        ]
    return []


def param_arrays(dataset: Dataset, result: Result, assessment: Assessment) -> dict[str, np.ndarray]:
    """Return the arrays of params.npz.

    The parameters for unscaled data stand under their own names. Where training scaled the data, its
    own parameters stand beside them as ``standardized.NAME``, with ``scaling.*``.
    """
    arrays = dict(assessment.params)
    scaling = dataset.scaling
    if not scaling.is_identity:
        arrays |= {f"standardized.{name}": value for name, value in result.params.items()}
        arrays |= {
            "scaling.feature_mean": scaling.features.mean,
            "scaling.feature_scale": scaling.features.scale,
            "scaling.target_mean": scaling.target.mean,
            "scaling.target_scale": scaling.target.scale,
        }
    return arrays


def metrics_columns(result: Result) -> dict[str, list[Any]]:
    """Return the columns of metrics.csv."""
    return {name: [getattr(row, name) for row in result.state.rows] for name in COLUMNS}


def prediction_columns(dataset: Dataset, assessment: Assessment) -> dict[str, Any]:
    """Return the columns of predictions.csv: part, inputs, target and prediction, in the data's order."""
    part, prediction = np.empty(len(dataset.y), dtype=object), np.empty(len(dataset.y))
    used = np.zeros(len(dataset.y), dtype=bool)
    for name, rows in dataset.parts.items():
        part[rows], prediction[rows], used[rows] = name, assessment.predictions[name], True
    rows = slice(None) if used.all() else np.flatnonzero(used)
    inputs = decode(dataset.columns, take_rows(dataset.X, rows))
    return unique_names(
        [
            ("part", part[rows]),
            *inputs.items(),
            (dataset.target_name, dataset.y[rows]),
            ("prediction", prediction[rows]),
        ]
    )


def unique_names(columns: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the columns by name; a name that is taken gets underscores.

    >>> list(unique_names([("part", 0), ("part", 1)]))
    ['part', 'part_']
    """
    named: dict[str, Any] = {}
    for name, values in columns:
        while name in named:
            name += "_"
        named[name] = values
    return named


def _by_part(metrics: dict[str, Any]) -> dict[str, Any]:
    return {part: asdict(values) for part, values in metrics.items()}


def _data(dataset: Dataset) -> dict[str, Any]:
    return {
        "fingerprint": dataset.fingerprint,
        "rows": {part: dataset.size(part) for part in dataset.parts},
        "target": dataset.target_name,
        "feature_names": list(dataset.feature_names),
        "columns": columns_to_json(dataset.columns),
        "scaling": None if dataset.scaling.is_identity else asdict(dataset.scaling),
    }


def _optimum(problem: Problem, assessment: Assessment) -> dict[str, Any] | None:
    optimum, solution = assessment.optimum, assessment.solution
    if optimum is None or solution is None or not is_linear_in_parameters(problem.model):
        return None
    params = problem.model.from_coefficients(solution.coefficients)
    undetermined = undetermined_names(problem, solution)
    return {
        "objective": optimum.objective,
        "loss": optimum.loss,
        "gap": assessment.gap,
        "rank": solution.rank,
        "columns": len(solution.coefficients),
        "condition_number": solution.condition_number,
        "digits": solution.digits,
        "undetermined": undetermined,
        "parameters": _parameters(problem, params, undetermined),
        "errors": _parameters(problem, problem.model.from_coefficients(solution.errors), undetermined),
    }


def _parameters(
    problem: Problem, params: Params | None, undetermined: Sequence[str] = ()
) -> dict[str, float | None] | None:
    """Return each number by its name; None for one that the data leave open."""
    if params is None or sum(value.size for value in params.values()) > _MOST_PARAMETERS:
        return None
    return {
        name: None if name in undetermined else number for name, number in _named(problem, params).items()
    }


def _named(problem: Problem, params: Params) -> dict[str, Any]:
    """Return each entry of the parameters by its readable name."""
    names = problem.model.parameter_names(params)
    pairs = (
        pair for key, value in params.items() for pair in zip(names[key], value.ravel().tolist(), strict=True)
    )
    return unique_names(list(pairs))


def undetermined_names(problem: Problem, solution: ExactSolution | None) -> list[str]:
    """Return the names of the parameters that the data leave open."""
    if solution is None or not is_linear_in_parameters(problem.model):
        return []
    is_open = problem.model.from_coefficients(~solution.determined)
    return [name for name, flag in _named(problem, is_open).items() if flag]
