"""How far the coefficients of a model linear in them can be trusted, from the exact solution."""

import numpy as np

from regress_cli.data import TRAIN, Dataset
from regress_cli.float_errors import quiet
from regress_cli.inference import Inference, infer_linear
from regress_cli.models import LinearInParameters
from regress_cli.training import Assessment, Problem
from regress_cli.training.exact import ExactSolution

# Parameters that are off by so small a part of their standard errors are as good as the estimates.
_PART_OF_ERROR = 0.01
# Two objectives that differ by this share of the one that predicting the mean has differ by rounding.
_ROUNDING = 1e-13


def infer_exact(
    problem: Problem, dataset: Dataset, model: LinearInParameters, solution: ExactSolution
) -> Inference:
    """Return the inference of the exact least-squares coefficients, in the order of the flat parameters.

    Args:
        problem: What was fitted.
        dataset: In the data's own units.
        model: The problem's.
        solution: For unscaled data.
    """
    X, y = dataset.part(TRAIN)
    options = problem.experiment.inference
    # The intercept is the first coefficient, but not always the first parameter.
    places = np.arange(len(solution.coefficients), dtype=float)
    order = problem.layout.flatten(model.from_coefficients(places)).astype(int)
    features = problem.train[0] if dataset.scaling.is_identity else model.features(X)
    names = np.empty(len(order), dtype=object)
    names[order] = problem.flat_names
    with quiet():
        inference = infer_linear(
            names.tolist(),
            solution.coefficients,
            solution.factor,
            model.design(features),
            y,
            intercept=model.intercept,
            determined=solution.determined,
            weights=problem.weights,
            residual_length=solution.residual_length,
            is_sigma_known=problem.weighting is not None and problem.weighting.is_absolute,
            confidence=options.confidence,
            errors=options.errors,
            condition_number=solution.condition_number,
            digits=solution.digits,
        )
    return inference.reordered(order)


def is_at_minimum(assessment: Assessment, rows: int) -> bool:
    """Whether a fit that went there in steps has come to the exact solution, within its errors.

    A sum of squares above the minimum by e^2 of the residual variance leaves no parameter off by more
    than e standard errors.
    """
    optimum, gap = assessment.optimum, assessment.gap
    if optimum is None or gap is None:
        return False
    freedom = max(rows - optimum.solution.rank, 1)
    allowed = _PART_OF_ERROR**2 * optimum.objective / freedom
    return gap <= allowed + _ROUNDING * assessment.baseline[TRAIN].loss
