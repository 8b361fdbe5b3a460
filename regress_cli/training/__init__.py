"""Training: losses, optimizers, the exact solver, and `Training`, which yields progress and no more."""

from regress_cli.training.assess import Assessment, assess
from regress_cli.training.fit import Progress
from regress_cli.training.problem import Problem, build_problem
from regress_cli.training.stability import stable_step_size
from regress_cli.training.state import TrainingState
from regress_cli.training.train import Result, Training

__all__ = [
    "Assessment",
    "Problem",
    "Progress",
    "Result",
    "Training",
    "TrainingState",
    "assess",
    "build_problem",
    "stable_step_size",
]
