"""The workers that a scheduler has: they come and go while jobs are done."""

import time
from collections.abc import Callable
from typing import Any

from regress_cli.errors import LimitReached, UserError
from regress_cli.text import printable
from regress_cli.workers.cluster.scheduler import Scheduler
from regress_cli.workers.cluster.versions import check_versions

_COUNT_SECONDS = 1.0


class Crew:
    """Counts the workers of a scheduler, looks at each that is new, and gives up where none comes.

    Args:
        scheduler: It answers.
        tell: Hears that there are no workers, and that some have other libraries.
        patience: So many seconds without any are enough, where nobody has jobs in a queue.
    """

    def __init__(self, scheduler: Scheduler, tell: Callable[[str], None], patience: float) -> None:
        self._scheduler, self._tell, self._patience = scheduler, tell, patience
        self._threads = 0
        self._counted = float("-inf")
        self._alone_since: float | None = None
        self._known: set[str] = set()
        self._told: set[str] = set()

    def threads(self) -> int:
        """Return how many jobs are done at a time; 0 as long as there is no worker.

        Raises:
            LimitReached: the scheduler is gone.
            UserError: there has been no worker for too long, or there is one that can't do jobs.
        """
        now = time.monotonic()
        if now - self._counted < _COUNT_SECONDS:
            return self._threads
        self._counted, self._threads = now, self._count()
        if self._threads:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
            self._tell(self._waiting())
        elif self._scheduler.ask_for_workers is None and now - self._alone_since > self._patience:
            raise UserError(
                f"{printable(self._scheduler.name)} has had no worker for {self._patience:.0f} s; what is "
                f"finished is kept: start workers with `dask worker {printable(self._scheduler.name)} "
                "--nworkers 4 --nthreads 1`, and give the same command again"
            )
        return self._threads

    def lost(self) -> LimitReached:
        """Return the error that the scheduler is gone."""
        return LimitReached(
            f"the connection to the scheduler {printable(self._scheduler.name)} is lost; what is finished is "
            "kept: start it again with its workers, and give the same command again to go on"
        )

    @property
    def is_lost(self) -> bool:
        """Whether the scheduler is gone, with all that it was given."""
        return self._scheduler.client.status != "running"

    def _count(self) -> int:
        if self.is_lost:
            raise self.lost()
        try:
            threads: Any = self._scheduler.client.nthreads()
            if threads.keys() - self._known:
                check_versions(self._scheduler.client, self._tell_once)
                self._known |= threads.keys()
            return sum(threads.values())
        except (OSError, RuntimeError) as error:  # It went away while it was asked.
            raise self.lost() from error

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)

    def _waiting(self) -> str:
        if self._scheduler.ask_for_workers is not None:
            return f"waiting for a job that {printable(self._scheduler.name)} starts; Ctrl-C gives up"
        return f"{printable(self._scheduler.name)} has no workers; waiting {self._patience:.0f} s for one"
