"""The command line without a process of its own, and small configs to give it."""

import json
from pathlib import Path
from typing import Any, NoReturn

from typer.testing import CliRunner, Result

from regress_cli.cli.app import app
from regress_cli.config.starter import EXAMPLE_TABLE

# Without pictures, for one takes ten times as long as all else of a run so small.
SMALL = """\
name: small
data:
  kind: synthetic
  n: 20
  inputs: {x: {low: 0, high: 3}}
  target: 4*x + 10
  noise: 2
model: {kind: linear}
optimizer: {kind: sgd, step_size: 0.1, mass: 0}
training: {steps: 30}
plots: {pictures: []}
"""

# Mini-batches, moments of the gradient and early stopping: all that a checkpoint has to hold.
LONG = """\
name: long
data:
  kind: synthetic
  n: 60
  inputs: {x: {low: -5, high: 5}}
  target: x**3 - 20*x + 10
  noise: 4
  split: {validation: 0.2}
model: {kind: mlp, hidden: [4, 4], activation: tanh}
optimizer: {kind: adam, step_size: 0.01}
training:
  steps: 3000
  batch_size: 7
  early_stopping: {patience: 100000}
  checkpoint_seconds: 0.05
plots: {pictures: [loss]}
"""

HOUSES = EXAMPLE_TABLE

HOUSES_CONFIG = """\
name: houses
data: {kind: table, path: houses.csv, target: price, standardize: {features: true, target: true}}
model: {kind: linear}
optimizer: {kind: exact}
plots: {pictures: []}
"""

# What a finished run folder holds, by the table in the documentation.
RUN_FILES = ["config.yaml", "metrics.csv", "params.npz", "plots", "predictions.csv", "run.json"]


def call(*arguments: object) -> Result:
    """Run the command line in this process; the result has ``exit_code``, ``stdout`` and ``stderr``."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def small_config(folder: Path, pictures: str = "") -> Path:
    """Write a config of a run that takes no time, unless it is to draw pictures."""
    path = folder / "small.yaml"
    path.write_text(SMALL.replace("pictures: []", f"pictures: [{pictures}]"))
    return path


def houses_config(folder: Path) -> Path:
    """Write a table with numbers and texts, and a config that fits it exactly."""
    (folder / "houses.csv").write_text(HOUSES)
    path = folder / "houses.yaml"
    path.write_text(HOUSES_CONFIG)
    return path


def strict_json(text: str) -> Any:
    """Parse one JSON document; NaN and Infinity, which JSON does not have, are errors."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def names_in(folder: Path) -> list[str]:
    """Return the names of all that lies in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())
