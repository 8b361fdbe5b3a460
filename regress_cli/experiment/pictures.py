"""From a result to the pictures of its run."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

from regress_cli.data import TRAIN, Dataset
from regress_cli.data.columns import NumericColumn
from regress_cli.errors import Interrupted
from regress_cli.text import four_digits
from regress_cli.training import Assessment, Problem, Result

_CURVE_POINTS = 500


def draw_pictures(
    problem: Problem, dataset: Dataset, result: Result, assessment: Assessment
) -> Iterator[tuple[str, bytes | str]]:
    """Yield each picture's file name with its content, or with the reason why there is none."""
    pictures: dict[str, Callable[[ModuleType], Any]] = {
        "fit": lambda plots: _fit(plots, problem, dataset, result, assessment),
        "loss": lambda plots: _loss(plots, problem, dataset, result, assessment),
        "residuals": lambda plots: _residuals(plots, problem, dataset, assessment),
    }
    for name, draw in pictures.items():
        for file_format in problem.experiment.plots.formats:
            yield f"{name}.{file_format}", _content(draw, file_format)


def _content(draw: Callable[[ModuleType], Any], file_format: str) -> bytes | str:
    try:
        # Imported here, for a setting of the user's can keep matplotlib from being imported at all.
        from regress_cli import plots

        with np.errstate(all="ignore"):
            return plots.render(draw(plots), file_format)
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a picture does, the numbers are kept.
        return f"{type(error).__name__}: {error}"


def _fit(
    plots: ModuleType, problem: Problem, dataset: Dataset, result: Result, assessment: Assessment
) -> Any:
    title = f"{problem.experiment.name}: {_score(assessment)}"
    is_curve = [type(column) for column in dataset.columns] == [NumericColumn]
    if not is_curve:
        points = {part: (dataset.part(part)[1], values) for part, values in assessment.predictions.items()}
        return plots.parity_figure(points, dataset.target_name, title)
    points = {part: (dataset.part(part)[0][:, 0], dataset.part(part)[1]) for part in dataset.parts}
    x = np.linspace(dataset.X.min(), dataset.X.max(), _CURVE_POINTS)
    scaled = dataset.scaling.features.transform(x[:, None])
    features = problem.model.features(scaled)
    fit = dataset.scaling.target.inverse_transform(problem.model.apply(result.params, features))
    truth = None
    if dataset.truth is not None:
        values = dataset.truth.evaluate({dataset.feature_names[0]: x})
        truth = (x, np.broadcast_to(values, x.shape))
    return plots.fit_figure(points, (x, fit), truth, dataset.feature_names[0], dataset.target_name, title)


def _loss(
    plots: ModuleType, problem: Problem, dataset: Dataset, result: Result, assessment: Assessment
) -> Any:
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
    return plots.loss_figure(
        [row.step for row in rows],
        losses,
        levels,
        f"loss ({problem.experiment.loss.kind})",
        f"{problem.experiment.name}: loss while training",
        kept_step=result.state.step if result.state.step != result.steps_taken else None,
    )


def _residuals(plots: ModuleType, problem: Problem, dataset: Dataset, assessment: Assessment) -> Any:
    points = {
        part: (values, dataset.part(part)[1] - values) for part, values in assessment.predictions.items()
    }
    return plots.residual_figure(points, dataset.target_name, f"{problem.experiment.name}: residuals")


def _score(assessment: Assessment) -> str:
    """Return the error on the part that says most: test, else validation, else training."""
    part, metrics = list(assessment.metrics.items())[-1]
    r2 = "" if metrics.r2 is None else f", R² {four_digits(metrics.r2)}"
    return f"{part} rmse {four_digits(metrics.rmse)}{r2}"
