"""The end of a training that takes steps: which parameters are kept."""

import numpy as np

from regress_cli.training.divergence import Divergence
from regress_cli.training.problem import Problem
from regress_cli.training.result import Result, StopReason
from regress_cli.training.state import TrainingState


def settle(
    problem: Problem, state: TrainingState, stop_reason: StopReason, divergence: Divergence | None = None
) -> Result:
    """Settle on the parameters to keep: the best, the last good ones, or simply the last."""
    steps_taken = state.step
    if stop_reason == "diverged" and state.good_params is not None:
        state.params, state.step = state.good_params, state.good_step
    elif stop_reason != "diverged" and state.best_params is not None:
        state.params, state.step = state.best_params, state.best_step
    params = problem.layout.unflatten(state.params.astype(np.float64))
    return Result(params, state, stop_reason, steps_taken, divergence)
