"""Fits whose inference is known, and run folders that hold one."""

from pathlib import Path
from typing import Any

import numpy as np
from shell import small_config

from regress_cli import load_config, run
from regress_cli.inference import Inference, infer_jacobian, row_blocks
from regress_cli.runs import Workplace, open_run

X = np.linspace(0.0, 4.0, 25)
A, K = 5.0, 0.7
NOISE = 0.1 * np.random.default_rng(3).normal(size=X.size)


def decay_inference(names: tuple[str, str] = ("a", "k"), **options: Any) -> Inference:
    """Return the inference of a*exp(-k*x) at values near its solution."""
    curve = A * np.exp(-K * X)
    jacobian = row_blocks(np.column_stack([np.exp(-K * X), -X * curve]))
    return infer_jacobian(names, np.array([A, K]), jacobian, NOISE, curve + NOISE, **options)


def run_with(folder: Path, inference: Inference | None, **changes: Any) -> Path:
    """Return a run's folder whose record says this inference, and what else is changed."""
    made = run(load_config(small_config(folder), ["plots.pictures=[fit]"]), folder / "plain")
    record = {**made.record, "inference": None if inference is None else inference.to_json(), **changes}
    final = folder / f"{made.folder.name}-changed"
    working = folder / "working"
    working.mkdir()
    place = Workplace(working, final)
    place.write_config(made.config_path.read_text())
    place.write_params(made.arrays())
    place.write_metrics({"step": [0]})
    place.write_predictions({"x": [0.0]})
    for key in ("files", "nonfinite", "format_version"):
        record.pop(key)
    place.write_record(record)
    place.publish()
    return open_run(final).folder
