"""Small experiments for the tests of models and training."""

from typing import Any

from regress_cli.config import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Fit, Problem, Result, solve
from regress_cli.training.state import TrainingState

LINE = {
    "name": "line",
    "data": {
        "kind": "synthetic",
        "n": 20,
        "inputs": {"x": {"low": 0, "high": 3}},
        "target": "4*x + 10",
        "noise": 2,
    },
    "model": {"kind": "linear"},
    "loss": {"kind": "half_mse"},
    "optimizer": {"kind": "sgd", "step_size": 0.05, "mass": 0.5},
    "training": {"steps": 40},
}


def make_problem(*overrides: str, base: dict[str, Any] | None = None) -> Problem:
    """Return a new problem: a line through 20 points, or ``base``, with ``KEY=VALUE`` overrides."""
    return make_plan(load_config(base or LINE, overrides)).problem


def train(problem: Problem, state: TrainingState | None = None) -> Fit:
    """Return a `Fit` that has been trained to its end."""
    fit = Fit(problem, state)
    for _ in fit:
        pass
    return fit


def result_of(problem: Problem) -> Result:
    """Return how the problem's training ends, step by step or at once."""
    if problem.experiment.optimizer.kind == "exact":
        return solve(problem)
    result = train(problem).result
    assert result is not None
    return result
