"""Processes of this machine that run points, each with one thread and its libraries at hand.

Each has a pipe of its own, so that it is known which point a worker had that died, and none waits for what
another one holds. (The executor of `concurrent.futures` has one queue for all of them: a worker that dies
while it waits there keeps its lock, and the others wait for ever.)
"""

import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from regress_cli.errors import LimitReached
from regress_cli.interrupts import PendingSignal
from regress_cli.sweeps.outcome import Outcome, failure
from regress_cli.sweeps.points import Point
from regress_cli.sweeps.workers.worker import Worker

# A point that was the end of so many workers would be that of every further one.
_MOST_DEATHS = 2
_LOOK_SECONDS = 0.2


@dataclass
class LocalWorkers:
    """So many processes.

    Attributes:
        jobs: How many points are run at the same time.
    """

    jobs: int

    def outcomes(self, points: Sequence[Point], pending: PendingSignal) -> Iterator[Outcome]:
        """Yield the outcome of each point as it ends; a signal ends what is at work, with its checkpoint.

        Args:
            points: What is to be run.
            pending: The signal that arrived, if any.
        """
        hand = _Hand(points, self.jobs)
        try:
            while not pending and hand.give_out():
                yield from hand.ended()
            hand.stop()
            while hand.is_busy:
                yield from hand.ended()
        finally:
            hand.leave()


class _Hand:
    """The points that wait, and those that a worker has."""

    def __init__(self, points: Sequence[Point], jobs: int) -> None:
        self._waiting, self._jobs = deque(points), jobs
        # What was the end of a worker is run when no other is at work, for memory may have been short.
        self._suspects: deque[Point] = deque()
        self._deaths: Counter[int] = Counter()
        self._idle: list[Worker] = []
        self._at_work: dict[Worker, Point] = {}

    @property
    def is_busy(self) -> bool:
        """Whether any point is at work."""
        return bool(self._at_work)

    def give_out(self) -> bool:
        """Give every worker a point, as long as there are any; return whether any is at work."""
        if not self._waiting and self._suspects and not self.is_busy:
            self._waiting.append(self._suspects.popleft())
        while self._waiting and len(self._at_work) < self._jobs:
            worker = self._idle.pop() if self._idle else Worker()
            self._at_work[worker] = self._waiting.popleft()
            worker.give(self._at_work[worker])
        return self.is_busy

    def ended(self) -> Iterator[Outcome]:
        """Yield the outcomes that come within a moment."""
        for worker in Worker.wait_for(self._at_work, _LOOK_SECONDS):
            point, outcome = self._at_work.pop(worker), worker.take()
            if outcome is not None:
                self._idle.append(worker)
                yield outcome
                continue
            self._deaths[point.number] += 1
            if self._deaths[point.number] < _MOST_DEATHS:
                self._suspects.append(point)
            else:
                yield failure(point.number, LimitReached(_KILLED))

    def stop(self) -> None:
        """Let every worker that has a point keep its checkpoint and come back."""
        for worker in self._at_work:
            worker.signal(signal.SIGTERM)

    def leave(self) -> None:
        """End the workers; those that have a point keep their checkpoints."""
        self.stop()
        for worker in [*self._at_work, *self._idle]:
            worker.end()


_KILLED = "its process was killed; it may need more memory than there is"
