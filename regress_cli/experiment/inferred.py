"""How far a run's parameters can be trusted, where standard errors have a meaning."""

import math

from regress_cli.data import TRAIN, Dataset
from regress_cli.experiment.inferred_linear import infer_exact, is_at_minimum
from regress_cli.float_errors import quiet
from regress_cli.inference import Inference, infer_jacobian
from regress_cli.models import is_linear_in_parameters
from regress_cli.training import Assessment, Problem, Result

# A table of the errors of more parameters than these tells a reader nothing, and takes long to make.
_MOST_PARAMETERS = 1000


def infer(problem: Problem, dataset: Dataset, result: Result, assessment: Assessment) -> Inference | None:
    """Return the inference of a fit in the data's own units; None where `why_not` says why."""
    if why_not(problem, result, assessment) is not None:
        return None
    if is_linear_in_parameters(problem.model) and assessment.solution is not None:
        return infer_exact(problem, dataset, problem.model, assessment.solution)
    # What is left are formulas, whose data are in their own units.
    options, target = problem.experiment.inference, problem.train[1]
    solution = result.state.params
    with quiet():
        return infer_jacobian(
            problem.flat_names,
            solution,
            lambda: ((block.rows, block.jacobian) for block in problem.derivatives.blocks(solution)),
            target - assessment.predictions[TRAIN],
            target,
            weights=problem.weights,
            is_sigma_known=problem.weighting is not None and problem.weighting.is_absolute,
            confidence=options.confidence,
            errors=options.errors,
            held=() if result.convergence is None else result.convergence.at_bounds,
        )


def why_not(problem: Problem, result: Result, assessment: Assessment) -> str | None:
    """Return why a run has no inference, and what to do for one; None where it has."""
    experiment = problem.experiment
    if experiment.model.kind == "mlp":
        return (
            "the parameters of an mlp can be exchanged for one another without changing its fit; "
            "use model linear, polynomial or formula"
        )
    if problem.objective.loss.curvature is None:
        return f"standard errors are those of least squares, not of {experiment.loss.kind}; use loss half_mse"
    if problem.objective.l2:
        return "a penalty biases the estimates, which standard errors do not show; set loss.l2 to 0"
    if not math.isfinite(assessment.metrics[TRAIN].loss):
        return "the loss is beyond the range of floating-point numbers; give the target in other units"
    if result.status != "finished":
        return "the fit did not reach its minimum; what helps is said when it is run"
    if is_linear_in_parameters(problem.model):
        return _why_not_linear(problem, assessment)
    if result.convergence is None or not result.convergence.has_converged:
        return (
            f"{experiment.optimizer.kind} does not say whether it has reached the minimum; "
            "use optimizer levenberg_marquardt"
        )
    return None


def _why_not_linear(problem: Problem, assessment: Assessment) -> str | None:
    if assessment.optimum is None:
        return "there is no exact solution; use fewer columns, or other units"
    if len(problem.start) > _MOST_PARAMETERS:
        return f"the model has more than {_MOST_PARAMETERS:,} parameters; use fewer columns"
    if not is_at_minimum(assessment, len(problem.train[1])):
        return "training ended before the minimum; take more steps, or use optimizer exact"
    return None
