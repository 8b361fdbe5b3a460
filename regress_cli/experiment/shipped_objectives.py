"""Every loss of every model that is shipped, as functions whose gradients are checked."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from regress_cli.config import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.gradients.findings import Finding
from regress_cli.gradients.suite.modes import check_modes
from regress_cli.models import ACTIVATIONS, MODELS
from regress_cli.training.losses import LOSSES
from regress_cli.training.problem import Problem

_SMALL = {
    "linear": {"kind": "linear", "init": "normal"},
    "polynomial": {"kind": "polynomial", "degree": 3, "init": "normal"},
    "formula": {"kind": "formula", "expression": "a*exp(-k*x) + c", "initial": {"a": 1, "k": 0.5, "c": 2}},
    "mlp": {"kind": "mlp", "hidden": [3, 2], "init": "normal"},
}


def check_objectives(rtol: float, seed: int) -> Iterator[Finding]:
    """Check every loss of every model family and activation, with a penalty, in both modes and orders."""
    for model, loss in product(_models(), LOSSES):
        config = {
            "data": {"kind": "synthetic", "n": 6, "inputs": {"x": {"low": -2, "high": 2}}, "target": "x**2"},
            "model": model,
            "loss": {"kind": loss, "l2": 0.1},
        }
        problem = make_plan(load_config(config)).problem
        features, target = problem.objective_train

        def objective(*, problem: Problem = problem, features=features, target=target, **params):
            return problem.objective(params, features, target)

        name = f"{loss} of {model['kind']} {model.get('activation', '')}".rstrip()
        yield from check_modes(name, objective, problem.initial, tuple(problem.initial), rtol=rtol, seed=seed)


def _models() -> Iterator[dict[str, Any]]:
    for kind in MODELS:
        if kind == "mlp":
            for activation in ACTIVATIONS:
                yield {**_SMALL[kind], "activation": activation}
        else:
            yield _SMALL[kind]
