"""From a result to the pictures of its run."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from regress_cli.data import TRAIN, Dataset
from regress_cli.data.columns import NumericColumn
from regress_cli.drawing.helper import Helper
from regress_cli.drawing.picture import Picture
from regress_cli.errors import Interrupted
from regress_cli.text import four_digits
from regress_cli.training import Assessment, Problem, Result

_CURVE_POINTS = 500

# The function of `regress_cli.plots` that draws a picture, and what it takes.
Figure = tuple[str, dict[str, Any]]
# Each picture by its file's name, or the reason why there is none.
Pictures = dict[str, Picture | str]


def plan_pictures(problem: Problem, dataset: Dataset, result: Result, assessment: Assessment) -> Pictures:
    """Return what the config asks to draw."""
    figures: dict[str, Callable[[], Figure]] = {
        "fit": lambda: _fit(problem, dataset, result, assessment),
        "loss": lambda: _loss(problem, dataset, result, assessment),
        "residuals": lambda: _residuals(problem, dataset, assessment),
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


def _fit(problem: Problem, dataset: Dataset, result: Result, assessment: Assessment) -> Figure:
    title = f"{problem.experiment.name}: {_score(assessment)}"
    is_curve = [type(column) for column in dataset.columns] == [NumericColumn]
    if not is_curve:
        points = {part: (dataset.part(part)[1], values) for part, values in assessment.predictions.items()}
        return "parity_figure", {"points": points, "y_name": dataset.target_name, "title": title}
    points = {part: (dataset.part(part)[0][:, 0], dataset.part(part)[1]) for part in dataset.parts}
    x = np.linspace(dataset.X.min(), dataset.X.max(), _CURVE_POINTS)
    scaled = dataset.scaling.features.transform(x[:, None])
    features = problem.model.features(scaled)
    fit = dataset.scaling.target.inverse_transform(problem.model.apply(result.params, features))
    truth = None
    if dataset.truth is not None:
        values = dataset.truth.evaluate({dataset.feature_names[0]: x})
        truth = (x, np.broadcast_to(values, x.shape))
    return "fit_figure", {
        "points": points,
        "fit": (x, fit),
        "truth": truth,
        "x_name": dataset.feature_names[0],
        "y_name": dataset.target_name,
        "title": title,
    }


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


def _residuals(problem: Problem, dataset: Dataset, assessment: Assessment) -> Figure:
    points = {
        part: (values, dataset.part(part)[1] - values) for part, values in assessment.predictions.items()
    }
    title = f"{problem.experiment.name}: residuals"
    return "residual_figure", {"points": points, "y_name": dataset.target_name, "title": title}


def _score(assessment: Assessment) -> str:
    """Return the error on the part that says most: test, else validation, else training."""
    part, metrics = list(assessment.metrics.items())[-1]
    r2 = "" if metrics.r2 is None else f", R² {four_digits(metrics.r2)}"
    return f"{part} rmse {four_digits(metrics.rmse)}{r2}"
