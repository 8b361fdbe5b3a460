"""Processes of this machine that do jobs, each with one thread and its libraries at hand.

Each has a pipe of its own, so that it is known which job a worker had that died, and none waits for what
another one holds. (The executor of `concurrent.futures` has one queue for all of them: a worker that dies
while it waits there keeps its lock, and the others wait for ever.)
"""

import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from regress_cli.interrupts import PendingSignal
from regress_cli.workers.cores import usable_cores
from regress_cli.workers.job import Done, Job, Lost
from regress_cli.workers.worker import Worker

# A job that was the end of so many workers would be that of every further one.
_MOST_DEATHS = 2
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class LocalWorkers:
    """So many processes.

    Attributes:
        at_once: How many jobs are done at the same time.
        are_apart: Whether each keeps to a core of its own, with all that it starts, where there are so many:
            then no job can take from another what it needs.
    """

    at_once: int
    are_apart: bool = False
    are_far = False

    def results(self, jobs: Iterable[Job], pending: PendingSignal) -> Iterator[Done | Lost]:
        """Yield the result of each job as it ends.

        A signal, or whoever takes no more results, ends what is at work by SIGTERM: a function may defer it,
        keep what it has, and still return.

        Args:
            jobs: What is to be done, each with a number of its own; taken as they are given out.
            pending: The signal that arrived, if any.

        Raises:
            UserError, LimitReached: no job can be done.
        """
        own = usable_cores() if self.are_apart else []
        hand = _Hand(jobs, self.at_once, own if len(own) >= self.at_once else [])
        try:
            while not pending and hand.give_out():
                yield from hand.ended()
            hand.stop()
            while hand.is_busy:
                yield from hand.ended()
        finally:
            hand.leave()


class _Hand:
    """The jobs that wait, and those that a worker has."""

    def __init__(self, jobs: Iterable[Job], at_once: int, free_cores: list[int]) -> None:
        self._waiting, self._at_once, self._free_cores = iter(jobs), at_once, free_cores
        # What was the end of a worker is done when no other is at work, for memory may have been short.
        self._suspects: deque[Job] = deque()
        self._deaths: Counter[int] = Counter()
        self._idle: list[Worker] = []
        self._at_work: dict[Worker, Job] = {}

    @property
    def is_busy(self) -> bool:
        """Whether any job is at work."""
        return bool(self._at_work)

    def give_out(self) -> bool:
        """Give every worker a job, as long as there are any; return whether any is at work."""
        while len(self._at_work) < self._at_once:
            job = next(self._waiting, None)
            if job is None:
                break
            self._give(job)
        if self._suspects and not self.is_busy:
            self._give(self._suspects.popleft())
        return self.is_busy

    def _give(self, job: Job) -> None:
        worker = self._idle.pop() if self._idle else self._new(job.function.__module__)
        self._at_work[worker] = job
        worker.give(job)

    def _new(self, at_hand: str) -> Worker:
        return Worker(at_hand, self._free_cores.pop() if self._free_cores else None)

    def ended(self) -> Iterator[Done | Lost]:
        """Yield the results that come within a moment."""
        for worker in Worker.wait_for(self._at_work, _LOOK_SECONDS):
            job, result = self._at_work.pop(worker), worker.take()
            if result is not None:
                self._idle.append(worker)
                yield result
                continue
            if worker.core is not None:
                self._free_cores.append(worker.core)
            self._deaths[job.number] += 1
            if self._deaths[job.number] < _MOST_DEATHS:
                self._suspects.append(job)
            else:
                yield Lost(job.number, _KILLED)

    def stop(self) -> None:
        """Let every worker that has a job keep what it has and come back."""
        for worker in self._at_work:
            worker.signal(signal.SIGTERM)

    def leave(self) -> None:
        """End the workers; those that have a job keep what they have."""
        self.stop()
        for worker in [*self._at_work, *self._idle]:
            worker.end()


_KILLED = "its process was killed; it may need more memory than there is"
