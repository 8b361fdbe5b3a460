"""The results of an experiment with several seeds as the files of its folder."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from regress_cli.config import resolved
from regress_cli.config.dump import as_yaml
from regress_cli.config.ranges import range_text
from regress_cli.data.columns import NumericColumn
from regress_cli.drawing.picture import Picture
from regress_cli.experiment.plan import make_plan
from regress_cli.experiment.prediction import predict_rows
from regress_cli.inference.mean import MIDDLE
from regress_cli.runs import Run
from regress_cli.runs.strict_json import dumps
from regress_cli.runs.sweep_folder import SweepFolder
from regress_cli.sweeps.drawn import Wanted, write_plots
from regress_cli.sweeps.results import Results
from regress_cli.sweeps.seeds.summary import summary

_CURVE_POINTS = 500
_BAND_WORDS = "middle 95 % of the runs"


def write_seeds(folder: SweepFolder, results: Results) -> list[str]:
    """Write what all runs say, a row for each, the config, and the pictures.

    Returns:
        A note for each picture that could not be drawn.
    """
    experiment = results.sweep.base.experiment()
    config = {
        **{
            ("seeds" if key == "seed" else key): value
            for key, value in resolved(experiment, folder.path).items()
        },
        "seeds": range_text([point.settings["seed"] for point in results.points]),
    }
    folder.write_config(as_yaml(config))
    folder.write_results(results.columns())
    folder.write_summary(dumps(summary(results)))
    return write_plots(folder, _pictures(results))


def _pictures(results: Results) -> Iterator[Wanted]:
    """Yield what is drawn, by the files' names; nothing where no run is a result."""
    runs = [
        run
        for point in results.points
        if (outcome := results.outcomes.get(point.number)) is not None
        and outcome.is_result
        and (run := point.finished()) is not None
    ]
    if runs:
        yield "fit.png", partial(_fit, results, runs)
    if any(run.record["steps"]["planned"] for run in runs):
        yield "loss.png", partial(_loss, results, runs)


def _fit(results: Results, runs: Sequence[Run]) -> Picture:
    """Return the mean of the predictions with the band of most of them, among the data of the first run."""
    first = next(point for point in results.points if point.folder == runs[0].folder)
    dataset = make_plan(first.experiment, first.folder.parent).dataset
    title = f"{results.sweep.name}: {_count(runs)}"
    seed = first.settings["seed"]
    is_curve = [type(column) for column in dataset.columns] == [NumericColumn]
    if not is_curve:
        mean = np.mean([predict_rows(run, dataset.X) for run in runs], axis=0)
        pairs = {part: (dataset.part(part)[1], mean[rows]) for part, rows in dataset.parts.items()}
        arguments = {
            "points": pairs,
            "y_name": dataset.target_name,
            "title": f"{title}, mean prediction, data of seed {seed}",
        }
        return Picture("png", "parity_figure", arguments)
    x = np.linspace(dataset.X.min(), dataset.X.max(), _CURVE_POINTS)
    predictions = np.array([predict_rows(run, x[:, None]) for run in runs])
    low, high = np.quantile(predictions, MIDDLE, axis=0)
    truth = None
    if dataset.truth is not None:
        values = dataset.truth.evaluate({dataset.feature_names[0]: x})
        truth = (x, np.broadcast_to(values, x.shape))
    arguments = {
        "points": {part: (dataset.part(part)[0][:, 0], dataset.part(part)[1]) for part in dataset.parts},
        "fit": (x, predictions.mean(axis=0)),
        "fit_label": "mean of the runs",
        "truth": truth,
        "x_name": dataset.feature_names[0],
        "y_name": dataset.target_name,
        "title": title,
        "points_label": f", seed {seed}",
        "bands": {_BAND_WORDS: (x, low, high)} if len(runs) > 1 else None,
    }
    return Picture("png", "fit_figure", arguments)


def _loss(results: Results, runs: Sequence[Run]) -> Picture:
    """Return the median of the losses at each step, with the band of most of them."""
    tables = [run.training_table() for run in runs]
    steps = np.unique(np.concatenate([table["step"] for table in tables]))
    curves: dict[str, Any] = {}
    for part in ("train", "validation"):
        losses = np.array([_at(steps, table, f"{part}_loss") for table in tables])
        # A run that stopped early has no loss at the later steps.
        known = np.isfinite(losses).any(axis=0)
        if known.any():
            low, middle, high = np.nanquantile(losses[:, known], (MIDDLE[0], 0.5, MIDDLE[1]), axis=0)
            curves[part] = (steps[known], middle, low, high)
    arguments = {
        "curves": curves,
        "y_name": f"loss ({runs[0].record['config']['loss']['kind']})",
        "title": f"{results.sweep.name}: loss while training, {_count(runs)}",
        "band_label": _BAND_WORDS,
        "has_band": len(runs) > 1,
    }
    return Picture("png", "loss_band_figure", arguments)


def _at(steps: np.ndarray, table: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Return a column at all steps; NaN where the run has no row."""
    values = np.full(len(steps), np.nan)
    values[np.searchsorted(steps, table["step"])] = table.get(name, np.nan)
    return values


def _count(runs: Sequence[Run]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs):,} runs"
