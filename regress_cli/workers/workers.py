"""Who does jobs: the processes of this machine, or a cluster."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from regress_cli.interrupts import PendingSignal
from regress_cli.workers.job import Done, Job, Lost


class Workers(Protocol):
    """Whoever takes jobs and tells how each ended."""

    @property
    def are_far(self) -> bool:
        """Whether they may be on other machines, and see other files."""
        ...

    def results(self, jobs: Iterable[Job], pending: PendingSignal) -> Iterator[Done | Lost]:
        """Yield the result of each job as it ends; once a signal is pending, give out no more.

        Args:
            jobs: What is to be done, each with a number of its own; taken as they are given out.
            pending: The signal that arrived, if any.

        Raises:
            UserError, LimitReached: no job can be done.
        """
        ...
