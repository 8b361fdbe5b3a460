"""How a point of a sweep ended, as plain data that any process can send."""

from dataclasses import dataclass
from typing import Any

from regress_cli.errors import RegressError
from regress_cli.runs import Run
from regress_cli.runs.result import DIVERGED, FINISHED, NOT_CONVERGED, is_result

# What is no status of a run; the last one is that of a point which has no outcome yet.
FAILED, INTERRUPTED, MISSING = "failed", "interrupted", "missing"


@dataclass(frozen=True)
class Outcome:
    """How a point ended.

    Attributes:
        number: The point's.
        status: The run's status; ``failed`` for one that could not be made, ``interrupted`` for one that a
            signal stopped.
        metrics: The metrics of each part, as the run has them; none without a run.
        seconds: How long it took; 0 for a run that was found.
        reason: Why it is no result; None for a finished run.
    """

    number: int
    status: str
    metrics: dict[str, dict[str, Any]]
    seconds: float = 0.0
    reason: str | None = None

    @property
    def is_result(self) -> bool:
        """Whether there is a run that may be the best one."""
        return is_result(self.status)


def outcome_of(number: int, run: Run, seconds: float = 0.0) -> Outcome:
    """Return the outcome that a run is."""
    reason = None if run.status == FINISHED else run.status.replace("_", " ")
    if run.status == DIVERGED:
        seen = run.record["divergence"]
        reason = f"diverged at step {seen['step']:,}: {seen['quantity']}"
    elif run.status == NOT_CONVERGED:
        reason = f"did not converge: {run.record['convergence']['reason']}"
    return Outcome(number, run.status, run.metrics, seconds, reason)


def failure(number: int, error: BaseException, seconds: float = 0.0) -> Outcome:
    """Return the outcome of a point that could not be run."""
    reason = (
        "; ".join(error.messages) if isinstance(error, RegressError) else f"{type(error).__name__}: {error}"
    )
    return Outcome(number, FAILED, {}, seconds, f"failed: {reason}")
