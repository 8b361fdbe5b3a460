"""The parameters that a run keeps are the ones that it says it keeps, all the way to its folder."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import LINE

from regress_cli import load_config, predict, run

NET = {
    "name": "net",
    "data": {
        "kind": "synthetic",
        "n": 30,
        "inputs": {"x": {"low": -1, "high": 1, "spacing": "uniform"}},
        "target": "sin(3*x)",
        "noise": 0.5,
        "split": {"validation": 0.4},
    },
    "model": {"kind": "mlp", "hidden": [30, 30], "activation": "tanh"},
    "optimizer": {"kind": "adam", "step_size": 0.02},
}


def metrics_of(folder: Path) -> list[dict[str, float]]:
    """Return the rows of metrics.csv as numbers."""
    with (folder / "metrics.csv").open() as file:
        return [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("training", "reason"),
    [
        ({"steps": 2000, "early_stopping": {"patience": 60}}, "early_stopping"),
        ({"steps": 120, "record_every": 1, "early_stopping": {"patience": 10_000}}, "steps"),
    ],
)
def test_early_stopping_keeps_the_best_row(tmp_path: Path, training: dict[str, Any], reason: str) -> None:
    """The kept step is that of the lowest validation loss in metrics.csv, and so are the metrics."""
    made = run(load_config({**NET, "training": training}), tmp_path)
    rows = metrics_of(made.folder)
    best = min(rows, key=lambda row: row["validation_loss"])
    steps = made.record["steps"]
    assert made.record["stop_reason"] == reason
    assert (steps["kept"], steps["taken"]) == (best["step"], rows[-1]["step"])
    assert best["step"] < rows[-1]["step"]
    assert made.metrics["validation"]["loss"] == pytest.approx(best["validation_loss"], rel=1e-12)
    assert made.metrics["train"]["loss"] == pytest.approx(best["train_loss"], rel=1e-12)


def test_divergence_keeps_the_last_good_row(tmp_path: Path) -> None:
    """The kept parameters are those of a row of metrics.csv whose loss is no larger than the first."""
    made = run(load_config({**LINE, "optimizer": {"step_size": 1.0, "mass": 0.0}}), tmp_path)
    rows = metrics_of(made.folder)
    good = [row for row in rows if row["train_loss"] <= rows[0]["train_loss"]]
    assert made.status == "diverged"
    assert made.record["steps"]["kept"] == good[-1]["step"]
    assert made.metrics["train"]["loss"] == pytest.approx(good[-1]["train_loss"], rel=1e-12)


def test_predictions_are_of_the_kept_parameters(tmp_path: Path) -> None:
    """Predict gives what predictions.csv says, after early stopping too."""
    config = load_config({**NET, "training": {"steps": 500, "early_stopping": {"patience": 60}}})
    made = run(config, tmp_path)
    with (made.folder / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = predict(made, {"x": [float(row["x"]) for row in rows]})
    np.testing.assert_allclose(found, [float(row["prediction"]) for row in rows], rtol=1e-12)


def test_min_delta_decides_when_to_stop_not_what_is_kept(tmp_path: Path) -> None:
    """A fall of the loss too small to go on for is still a better row, and that is the one kept."""
    training = {"steps": 2000, "record_every": 1, "early_stopping": {"patience": 40, "min_delta": 0.02}}
    made = run(load_config({**NET, "training": training}), tmp_path)
    best = min(metrics_of(made.folder), key=lambda row: row["validation_loss"])
    assert made.record["stop_reason"] == "early_stopping"
    assert made.record["steps"]["kept"] == best["step"]
