"""Trains with regress: the workload's own config, and `Fit` as `regress run` uses it.

The second argument is the engine.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
from program import Params, Train, run_program
from workload import Workload

from regress_cli import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Fit, Problem

_WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"


def build(workload: Workload) -> Train:
    """Return the training."""

    @cache
    def problem(steps: int) -> Problem:
        return make_plan(
            load_config(
                _WORKLOADS / f"{workload.name}.yaml",
                [f"training.steps={steps}", f"training.engine={sys.argv[2]}"],
            )
        ).problem

    def train(steps: int) -> Params:
        fit = Fit(problem(steps))
        for _ in fit:
            pass
        if fit.notes:
            raise RuntimeError("; ".join(fit.notes))
        params = fit.result.params
        if workload.is_network:
            return list(params.values())
        return [np.concatenate([np.ravel(array) for array in params.values()])]

    return train


if __name__ == "__main__":
    run_program(build)
