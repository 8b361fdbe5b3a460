"""How a training ended."""

from dataclasses import dataclass
from typing import Literal

from regress_cli.models import Params
from regress_cli.training.divergence import Divergence
from regress_cli.training.optimum import Optimum
from regress_cli.training.state import TrainingState

StopReason = Literal["steps", "early_stopping", "time_limit", "diverged", "exact"]


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
    """

    params: Params
    state: TrainingState
    stop_reason: StopReason
    steps_taken: int
    divergence: Divergence | None = None
    optimum: Optimum | None = None

    @property
    def status(self) -> str:
        """``finished``, ``diverged`` or ``time_limit``."""
        return self.stop_reason if self.stop_reason in ("diverged", "time_limit") else "finished"
