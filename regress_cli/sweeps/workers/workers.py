"""Who runs the points of a sweep: the processes of this machine, or a cluster."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from regress_cli.interrupts import PendingSignal
from regress_cli.sweeps.outcome import Outcome
from regress_cli.sweeps.points import Point


class Workers(Protocol):
    """Whoever takes points and tells how each ended."""

    def outcomes(self, points: Sequence[Point], pending: PendingSignal) -> Iterator[Outcome]:
        """Yield the outcome of each point as it ends; once a signal is pending, give out no more.

        Args:
            points: What is to be run.
            pending: The signal that arrived, if any.
        """
        ...
