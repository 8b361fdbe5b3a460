"""Which rows a picture shows as data of the fit, and what its title says of them."""

import numpy as np

from regress_cli.data import Dataset
from regress_cli.text import four_digits, without_rounding
from regress_cli.training import Assessment, Problem, Result


def counted(problem: Problem, part: str, size: int) -> np.ndarray:
    """Return which rows of a part count, shape (size,): a weight of 0 takes a row out."""
    weighting = problem.weighting
    return np.ones(size, dtype=bool) if weighting is None else weighting.weights[part] > 0


def left_out(problem: Problem, dataset: Dataset) -> tuple[np.ndarray, np.ndarray] | None:
    """Return input and target of the rows of weight 0, over all parts; None where there is none."""
    x, y = [], []
    for part in dataset.parts:
        X, target = dataset.part(part)
        is_out = ~counted(problem, part, len(target))
        x.append(X[is_out, 0])
        y.append(target[is_out])
    return (np.concatenate(x), np.concatenate(y)) if any(map(len, x)) else None


def title(problem: Problem, result: Result, text: str) -> str:
    """Return a picture's title; that of a fit without a result says so."""
    ending = "did not converge, " if result.status == "not_converged" else ""
    return f"{problem.experiment.name}: {ending}{text}"


def score(problem: Problem, dataset: Dataset, assessment: Assessment) -> str:
    """Return the error on the part that says most: test, else validation, else training.

    With weights it is that of weighted squares, as in the summary of the fit.
    """
    part, metrics = list(assessment.metrics.items())[-1]
    rmse, r2, kind = metrics.rmse, metrics.r2, ""
    if problem.weighting is not None and counted(problem, part, metrics.n).any():
        weights = problem.weighting.weights[part]
        rmse, r2 = _weighted(dataset.part(part)[1], assessment.predictions[part], weights)
        kind = "weighted "
    shown = "" if r2 is None else f", {kind}R² {four_digits(without_rounding(r2))}"
    return f"{part} {kind}rmse {four_digits(rmse)}{shown}"


def _weighted(target: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> tuple[float, float | None]:
    """Return the root of the weighted mean square, and R squared; None where nothing that counts varies."""
    rows = weights > 0
    # Only ratios of weights count, and the sum of large ones might overflow.
    shares = weights[rows] / weights[rows].max()
    square = float(np.average((target[rows] - prediction[rows]) ** 2, weights=shares))
    if target[rows].min() == target[rows].max():
        return square**0.5, None
    spread = float(np.average((target[rows] - np.average(target[rows], weights=shares)) ** 2, weights=shares))
    return square**0.5, 1 - square / spread
