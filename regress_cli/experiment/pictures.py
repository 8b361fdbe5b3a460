"""From a result to the pictures of its run."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from regress_cli.data import TRAIN, Dataset
from regress_cli.data.columns import NumericColumn
from regress_cli.drawing.helper import Helper
from regress_cli.drawing.picture import Picture
from regress_cli.errors import Interrupted
from regress_cli.experiment.bands import bands
from regress_cli.experiment.picture_points import counted, left_out, score, title
from regress_cli.experiment.quantiles import normal_quantiles
from regress_cli.inference import Inference
from regress_cli.text import printable
from regress_cli.training import Assessment, Problem, Result

_CURVE_POINTS = 500

# The function of `regress_cli.plots` that draws a picture, and what it takes.
Figure = tuple[str, dict[str, Any]]
# Two numbers of each row, such as input and target.
Pair = tuple[np.ndarray, np.ndarray]
# Each picture by its file's name, or the reason why there is none.
Pictures = dict[str, Picture | str]


def plan_pictures(
    problem: Problem,
    dataset: Dataset,
    result: Result,
    assessment: Assessment,
    inference: Inference | None = None,
) -> Pictures:
    """Return what the config asks to draw."""
    figures: dict[str, Callable[[], Figure]] = {
        "fit": lambda: _fit(problem, dataset, result, assessment, inference),
        "loss": lambda: _loss(problem, dataset, result, assessment),
        "residuals": lambda: _residuals(problem, dataset, result, assessment),
        "quantiles": lambda: _quantiles(problem, dataset, result, assessment, inference),
    }
    planned: Pictures = {}
    for name in problem.experiment.plots.pictures:
        try:
            with np.errstate(all="ignore"):
                figure: Figure | str = figures[name]()
        except Exception as error:  # noqa: BLE001 - whatever a picture does, the numbers are kept.
            figure = _reason(error)
        for file_format in problem.experiment.plots.formats:
            file_name = f"{name}.{file_format}"
            planned[file_name] = figure if isinstance(figure, str) else Picture(file_format, *figure)
    return planned


def drawn(pictures: Pictures, helper: Helper) -> Iterator[tuple[str, bytes | str]]:
    """Yield each picture's file name with its content, or with the reason why there is none."""
    for file_name, picture in pictures.items():
        yield file_name, picture if isinstance(picture, str) else _content(picture, helper)


def _content(picture: Picture, helper: Helper) -> bytes | str:
    try:
        return helper.content(picture)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - the same.
        return _reason(error)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _fit(
    problem: Problem,
    dataset: Dataset,
    result: Result,
    assessment: Assessment,
    inference: Inference | None,
) -> Figure:
    heading = title(problem, result, score(problem, dataset, assessment))
    is_curve = [type(column) for column in dataset.columns] == [NumericColumn]
    if not is_curve:
        pairs = {part: (dataset.part(part)[1], values) for part, values in assessment.predictions.items()}
        points = _counted_points(problem, pairs)
        return "parity_figure", {"points": points, "y_name": dataset.target_name, "title": heading}
    pairs = {part: (dataset.part(part)[0][:, 0], dataset.part(part)[1]) for part in dataset.parts}
    x = np.linspace(dataset.X.min(), dataset.X.max(), _CURVE_POINTS)
    scaled = dataset.scaling.features.transform(x[:, None])
    features = problem.model.features(scaled)
    fit = dataset.scaling.target.inverse_transform(problem.model.apply(result.params, features))
    truth = None
    if dataset.truth is not None:
        values = dataset.truth.evaluate({dataset.feature_names[0]: x})
        truth = (x, np.broadcast_to(values, x.shape))
    return "fit_figure", {
        "points": _counted_points(problem, pairs),
        "left_out": left_out(problem, dataset),
        "fit": (x, fit),
        "fit_label": "where it stopped (did not converge)" if result.status == "not_converged" else "fit",
        "truth": truth,
        "x_name": dataset.feature_names[0],
        "y_name": dataset.target_name,
        "title": heading,
        "bands": None if inference is None else bands(problem, assessment, inference, x, fit),
        "errors": _known_deviations(problem),
    }


def _counted_points(problem: Problem, pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    """Return the rows of each part that count; a part without any is left out."""
    masks = {part: counted(problem, part, len(y)) for part, (_, y) in pairs.items()}
    return {part: (x[masks[part]], y[masks[part]]) for part, (x, y) in pairs.items() if masks[part].any()}


def _known_deviations(problem: Problem) -> dict[str, np.ndarray] | None:
    """Return the standard deviation of each point, by the part, where the data give it."""
    weighting = problem.weighting
    if weighting is None or not weighting.is_absolute:
        return None
    return {part: 1 / np.sqrt(weights) for part, weights in weighting.weights.items()}


def _loss(problem: Problem, dataset: Dataset, result: Result, assessment: Assessment) -> Figure:
    rows = result.state.rows
    losses = {"train": [row.train_loss for row in rows]}
    if problem.validation is not None:
        losses["validation"] = [
            float("nan") if row.validation_loss is None else row.validation_loss for row in rows
        ]
    levels = {"baseline (mean)": assessment.baseline[TRAIN].loss}
    if assessment.noise_floor is not None and dataset.noise:
        levels["noise floor"] = assessment.noise_floor[TRAIN].loss
    elif assessment.optimum is not None and not problem.objective.l2:
        levels["exact optimum"] = assessment.optimum.objective
    return "loss_figure", {
        "steps": [row.step for row in rows],
        "losses": losses,
        "levels": levels,
        "y_name": f"loss ({problem.experiment.loss.kind})",
        "title": f"{problem.experiment.name}: loss while training",
        "kept_step": result.state.step if result.state.step != result.steps_taken else None,
    }


def _residuals(problem: Problem, dataset: Dataset, result: Result, assessment: Assessment) -> Figure:
    pairs = {
        part: (values, _residuals_of(problem, dataset, part, values))
        for part, values in assessment.predictions.items()
    }
    return "residual_figure", {
        "points": _counted_points(problem, pairs),
        "y_name": dataset.target_name,
        "title": title(problem, result, "residuals"),
        "label": None if problem.weighting is None else _weighted_label(problem, dataset),
    }


def _quantiles(
    problem: Problem,
    dataset: Dataset,
    result: Result,
    assessment: Assessment,
    inference: Inference | None,
) -> Figure:
    residuals = _residuals_of(problem, dataset, TRAIN, assessment.predictions[TRAIN])
    # The residual of a row of weight 0 is 0 whatever the row is, which says nothing of the noise.
    residuals = residuals[counted(problem, TRAIN, len(residuals))]
    label = _weighted_label(problem, dataset)
    is_sigma_known = problem.weighting is not None and problem.weighting.is_absolute
    if is_sigma_known:
        deviation = 1.0
    else:
        # With no more residuals than parameters they are all zero; then any unit will do.
        freedom = len(residuals) if inference is None else max(inference.degrees_of_freedom, 1)
        deviation = float(np.sqrt(np.sum(residuals**2) / freedom))
        label += " / standard deviation"
    found = normal_quantiles(residuals, deviation)
    return "quantile_figure", {
        "quantiles": found.normal,
        "residuals": found.residuals,
        "y_label": label,
        "title": title(problem, result, "normal quantiles of the residuals"),
        "bands": {"95 % of normal samples, at each rank": (found.normal, found.low, found.high)},
        "count": found.count,
    }


def _residuals_of(problem: Problem, dataset: Dataset, part: str, prediction: np.ndarray) -> np.ndarray:
    """Return the residuals of a part, weighted so that the noise is alike in all rows."""
    residuals = dataset.part(part)[1] - prediction
    return residuals if problem.weighting is None else residuals * problem.weighting.roots(part)


def _weighted_label(problem: Problem, dataset: Dataset) -> str:
    name = printable(dataset.target_name, 40)
    if problem.weighting is None:
        return f"residual of {name}"
    return f"residual of {name} / sigma" if problem.weighting.is_absolute else f"weighted residual of {name}"
