"""Training: losses, optimizers, `Fit`, which yields progress and no more, and the exact solver."""

from regress_cli.training.assess import Assessment, assess
from regress_cli.training.convergence import Convergence
from regress_cli.training.fit import Fit
from regress_cli.training.minimize import minimize
from regress_cli.training.problem import Problem, build_problem
from regress_cli.training.progress import Progress
from regress_cli.training.result import Result
from regress_cli.training.solve import solve
from regress_cli.training.stability import stable_step_size
from regress_cli.training.stackable import replicas_at_once, why_apart, why_not_stacked
from regress_cli.training.stacked import StackedFit
from regress_cli.training.state import TrainingState

__all__ = [
    "Assessment",
    "Convergence",
    "Fit",
    "Problem",
    "Progress",
    "Result",
    "StackedFit",
    "TrainingState",
    "assess",
    "build_problem",
    "minimize",
    "replicas_at_once",
    "solve",
    "stable_step_size",
    "why_apart",
    "why_not_stacked",
]
