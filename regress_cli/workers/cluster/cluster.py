"""Workers on other machines, through a scheduler of Dask's.

Dask gives a job to another worker when the one that has it dies. One that every worker dies of is tried
once more when no other is at work, and then told as lost: it would end every further worker.
"""

import itertools
import queue
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regress_cli.errors import UserError
from regress_cli.interrupts import PendingSignal
from regress_cli.text import printable
from regress_cli.version import __version__
from regress_cli.workers.cluster.crew import Crew
from regress_cli.workers.cluster.far_job import answer_of_worker
from regress_cli.workers.cluster.scheduler import Scheduler
from regress_cli.workers.job import Broken, Done, Job, Lost, Refused, done

if TYPE_CHECKING:
    from distributed import Future

# Given out ahead for each thread of a worker, so that none waits for the next job. All others stay here:
# a scheduler takes a while, and memory, for each that it knows of.
_AHEAD = 3
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class ClusterWorkers:
    """The workers of a scheduler.

    Attributes:
        scheduler: It answers.
        at_once: How many workers to ask a queue for; of a scheduler with workers of its own, how many jobs
            it is given at a time, or None for as many as keep it busy.
        tell: Hears what is waited for, and what may differ.
        patience: So many seconds without any worker are enough.
    """

    scheduler: Scheduler
    at_once: int | None
    tell: Callable[[str], None]
    patience: float = 60.0
    are_far = True

    def results(self, jobs: Iterable[Job], pending: PendingSignal) -> Iterator[Done | Lost]:
        """Yield the result of each job as it ends; a signal takes back what has not ended.

        Args:
            jobs: What is to be done, each with a number of its own; taken as they are given out.
            pending: The signal that arrived, if any.

        Raises:
            UserError: there are no workers, or one that can't do jobs.
            LimitReached: the scheduler is gone; what is finished is kept.
        """
        waiting = iter(jobs)
        first = next(waiting, None)
        if first is None:
            return
        if self.scheduler.ask_for_workers is not None:
            self.scheduler.ask_for_workers(self.at_once or 1)
        crew = Crew(self.scheduler, self.tell, self.patience)
        while not crew.threads() and not pending:
            time.sleep(_LOOK_SECONDS)
        if pending:
            return
        batch = _Batch(self, crew)
        yield from batch.results(itertools.chain([first], waiting), pending)
        for job in batch.taken_killers():
            yield from batch.results([job], pending)
            for killer in batch.taken_killers():
                yield Lost(killer.number, _KILLED)


class _Batch:
    """Jobs that are given out, and come back as results."""

    def __init__(self, workers: ClusterWorkers, crew: Crew) -> None:
        self._workers, self._crew = workers, crew
        self._client = workers.scheduler.client
        self._killers: list[Job] = []

    def taken_killers(self) -> list[Job]:
        """Return the jobs whose workers all died, once."""
        killers, self._killers = self._killers, []
        return killers

    def results(self, jobs: Iterable[Job], pending: PendingSignal) -> Iterator[Done | Lost]:
        """Yield the result of each job but of those whose workers all died."""
        waiting = iter(jobs)
        futures: dict[Future[Done | Refused | Broken], Job] = {}
        ended: queue.SimpleQueue[Future[Done | Refused | Broken]] = queue.SimpleQueue()
        try:
            while not pending:
                for job in itertools.islice(waiting, max(0, self._most() - len(futures))):
                    # A job that is given out again is another task, whatever became of the first.
                    future = self._client.submit(answer_of_worker, job, __version__, pure=False)
                    futures[future] = job
                    future.add_done_callback(ended.put)
                if not futures and self._crew.threads():
                    return
                with suppress(queue.Empty):
                    future = ended.get(timeout=_LOOK_SECONDS)
                    result = self._fetch(future, futures.pop(future))
                    if result is not None:
                        yield result
        finally:
            if futures and not self._crew.is_lost:
                self._client.cancel(list(futures))

    def _most(self) -> int:
        """Return how many jobs are given out at a time."""
        most, at_once = _AHEAD * self._crew.threads(), self._workers.at_once
        is_queue = self._workers.scheduler.ask_for_workers is not None
        return most if is_queue or at_once is None else min(most, at_once)

    def _fetch(self, future: "Future[Done | Refused | Broken]", job: Job) -> Done | Lost | None:
        """Return how a job ended; None if it was the end of every worker."""
        from distributed import KilledWorker

        try:
            answer = future.result()
        except KilledWorker:
            self._killers.append(job)
            return None
        except Exception as error:  # noqa: BLE001 - a worker may send whatever went wrong there.
            return self._lost(future, job, error)
        return done(answer)

    def _lost(self, future: "Future[Done | Refused | Broken]", job: Job, error: Exception) -> Lost:
        """Return that a job is lost, unless the cluster is what failed."""
        if self._crew.is_lost or future.status == "cancelled":
            raise self._crew.lost() from error
        if isinstance(error, ImportError | AttributeError):
            # The worker does not know what it is asked to do.
            raise UserError(f"{printable(error, 300)} on a worker: {_INSTALL}") from error
        return Lost(job.number, f"{type(error).__name__}: {error}")


_KILLED = "every worker that had it was killed; it may need more memory than they have"
_INSTALL = (
    "install regress there as here (pip install regress-cli), start the worker again, and give the same "
    "command again"
)
