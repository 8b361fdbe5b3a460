"""Small experiments with formulas, for the tests of models and solvers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.config import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Problem, Result, minimize

DECAY = {
    "data": {
        "kind": "synthetic",
        "n": 40,
        "inputs": {"x": {"low": 0, "high": 5}},
        "target": "3*exp(-0.7*x) + 1",
        "noise": 0.1,
    },
    "model": {"kind": "formula", "expression": "a*exp(-k*x) + c", "initial": {"a": 1, "k": 1, "c": 0}},
    "optimizer": {"kind": "levenberg_marquardt"},
}


def write_table(path: Path, columns: Mapping[str, Sequence[Any] | np.ndarray]) -> Path:
    """Write columns as a csv file, every number with all its digits."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(_cell(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else repr(float(value))


def problem_of(config: Mapping[str, Any], *overrides: str) -> Problem:
    """Return the problem that a config describes."""
    return make_plan(load_config(config, overrides)).problem


def fitted(config: Mapping[str, Any], *overrides: str) -> Result:
    """Return the end of the fit that a config describes."""
    return minimize(problem_of(config, *overrides), lambda progress: None)


def values_of(result: Result) -> dict[str, float]:
    """Return each parameter of a formula as a number."""
    return {name: float(value) for name, value in result.params.items()}


def config_of_table(path: Path, expression: str, initial: Mapping[str, float], **keys: Any) -> dict[str, Any]:
    """Return the config of a least-squares fit to a table; other sections by keyword."""
    data = {"kind": "table", "path": str(path), "target": "y", **keys.pop("data", {})}
    model = {
        "kind": "formula",
        "expression": expression,
        "initial": dict(initial),
        **keys.pop("model", {}),
    }
    return {"data": data, "model": model, "optimizer": {"kind": "levenberg_marquardt"}, **keys}
