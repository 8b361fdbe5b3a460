"""How a training ended."""

from dataclasses import dataclass
from typing import Literal

from regress_cli.models import Params
from regress_cli.training.convergence import Convergence
from regress_cli.training.divergence import Divergence
from regress_cli.training.optimum import Optimum
from regress_cli.training.state import TrainingState

StopReason = Literal[
    "steps", "early_stopping", "time_limit", "diverged", "exact", "converged", "not_converged"
]


@dataclass(frozen=True)
class Result:
    """The end of a training.

    Attributes:
        params: The parameters that are kept, as training sees them.
        state: The last state, with the metrics of the way; its step is that of the kept parameters.
        stop_reason: Why it ended.
        steps_taken: The step at which it ended.
        divergence: What was seen, if it diverged.
        optimum: The exact solution, if it was solved for.
        convergence: How a solver arrived at the minimum, or why it did not; None for one that takes steps.
    """

    params: Params
    state: TrainingState
    stop_reason: StopReason
    steps_taken: int
    divergence: Divergence | None = None
    optimum: Optimum | None = None
    convergence: Convergence | None = None

    @property
    def status(self) -> str:
        """``finished``, ``diverged``, ``not_converged`` or ``time_limit``."""
        return self.stop_reason if self.stop_reason in _UNFINISHED else "finished"


_UNFINISHED = ("diverged", "not_converged", "time_limit")
