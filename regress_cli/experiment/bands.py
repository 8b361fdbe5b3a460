"""Bands around a fitted curve: where the true curve lies, and where new observations do."""

import numpy as np

from regress_cli.inference import Inference
from regress_cli.models import jacobian
from regress_cli.text import percent
from regress_cli.training import Assessment, Problem

Bands = dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]


def bands(
    problem: Problem, assessment: Assessment, inference: Inference, x: np.ndarray, curve: np.ndarray
) -> Bands | None:
    """Return the confidence and the prediction band of a curve over one input.

    They are ``curve +- critical * error`` at each x by itself, with the error of the fitted mean, and of a
    new observation about it (Seber and Wild, Nonlinear Regression, section 5.1). They are None where
    nothing is known of the errors.

    Args:
        problem: What was fitted.
        assessment: The fitted parameters, for unscaled data.
        inference: What is known of them.
        x: Where, shape (m,), in the data's own unit.
        curve: The fit there, shape (m,), in the target's own unit.
    """
    if inference.critical is None:
        return None
    rows = jacobian(problem.model, assessment.params, problem.model.features(x[:, None]))
    level = percent(inference.confidence)
    errors = {f"{level} confidence of the curve": inference.mean_error(rows)}
    if problem.weighting is None:
        # How far a new observation strays is known where all stray alike.
        errors[f"{level} prediction"] = inference.observation_error(rows)
    return {
        label: (x, curve - inference.critical * error, curve + inference.critical * error)
        for label, error in errors.items()
        if np.isfinite(error).all()
    }
