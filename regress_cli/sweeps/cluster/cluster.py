"""Workers on other machines, through a scheduler of Dask's.

Dask gives a point to another worker when the one that has it dies. One that every worker dies of is tried
once more when no other is at work, and then told as failed: it would end every further worker.
"""

import itertools
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regress_cli.errors import LimitReached, RegressError, UserError
from regress_cli.interrupts import PendingSignal
from regress_cli.runs.carried import keep_carried
from regress_cli.runs.shared_mark import shared_mark
from regress_cli.sweeps.cluster.crew import Crew
from regress_cli.sweeps.cluster.far_point import Destination, FarOutcome, make_far_point
from regress_cli.sweeps.cluster.scheduler import Scheduler
from regress_cli.sweeps.outcome import Outcome, failure
from regress_cli.sweeps.points import Point
from regress_cli.text import printable
from regress_cli.version import __version__

if TYPE_CHECKING:
    from distributed import Future

# Given out ahead for each thread of a worker, so that none waits for the next point. All others stay here:
# a scheduler takes a while, and memory, for each that it knows of.
_AHEAD = 3
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class ClusterWorkers:
    """The workers of a scheduler.

    Attributes:
        scheduler: It answers.
        out: The folder of all runs.
        jobs: How many jobs to ask a queue for; of a scheduler with workers of its own, how many points it
            is given at a time, or None for as many as keep it busy.
        tell: Hears what is waited for, and what may differ.
        patience: So many seconds without any worker are enough.
    """

    scheduler: Scheduler
    out: Path
    jobs: int | None
    tell: Callable[[str], None]
    patience: float = 60.0

    def outcomes(self, points: Sequence[Point], pending: PendingSignal) -> Iterator[Outcome]:
        """Yield the outcome of each point as it ends; a signal takes back what has not ended.

        Args:
            points: What is to be run.
            pending: The signal that arrived, if any.

        Raises:
            UserError: there are no workers, or one that can't take points.
            LimitReached: the scheduler is gone; what is finished is kept.
        """
        if not points:
            return
        if self.scheduler.ask_for_workers is not None:
            self.scheduler.ask_for_workers(self.jobs or 1)
        crew = Crew(self.scheduler, self.tell, self.patience)
        while not crew.threads() and not pending:
            time.sleep(_LOOK_SECONDS)
        if pending:
            return
        with shared_mark(self.out) as mark:
            batch = _Batch(self, crew, Destination(str(self.out.resolve()), mark, __version__))
            yield from batch.outcomes(points, pending)
            for point in batch.taken_killers():
                yield from batch.outcomes([point], pending)
                for killer in batch.taken_killers():
                    yield failure(killer.number, LimitReached(_KILLED))


class _Batch:
    """Points that are given out, and come back as outcomes."""

    def __init__(self, workers: ClusterWorkers, crew: Crew, destination: Destination) -> None:
        self._workers, self._crew, self._destination = workers, crew, destination
        self._client = workers.scheduler.client
        self._killers: list[Point] = []

    def taken_killers(self) -> list[Point]:
        """Return the points whose workers all died, once."""
        killers, self._killers = self._killers, []
        return killers

    def outcomes(self, points: Sequence[Point], pending: PendingSignal) -> Iterator[Outcome]:
        """Yield the outcome of each point but of those whose workers all died."""
        waiting = iter(points)
        futures: dict[Future[FarOutcome], Point] = {}
        ended: queue.SimpleQueue[Future[FarOutcome]] = queue.SimpleQueue()
        try:
            while not pending:
                for point in itertools.islice(waiting, max(0, self._most() - len(futures))):
                    future = self._give_out(point)
                    futures[future] = point
                    future.add_done_callback(ended.put)
                if not futures and self._crew.threads():
                    return
                with suppress(queue.Empty):
                    future = ended.get(timeout=_LOOK_SECONDS)
                    outcome = self._fetch(future, futures.pop(future))
                    if outcome is not None:
                        yield outcome
        finally:
            if futures and not self._crew.is_lost:
                self._client.cancel(list(futures))

    def _most(self) -> int:
        """Return how many points are given out at a time."""
        most = _AHEAD * self._crew.threads()
        is_queue = self._workers.scheduler.ask_for_workers is not None
        return most if is_queue or self._workers.jobs is None else min(most, self._workers.jobs)

    def _give_out(self, point: Point) -> "Future[FarOutcome]":
        config = point.experiment.model_dump(mode="python")
        # A point that is given out again is another task, whatever became of the first.
        return self._client.submit(
            make_far_point, point.number, config, point.folder.name, self._destination, pure=False
        )

    def _fetch(self, future: "Future[FarOutcome]", point: Point) -> Outcome | None:
        """Return how a point ended, with its run in its place; None if it was the end of every worker."""
        from distributed import KilledWorker

        try:
            far = future.result()
        except KilledWorker:
            self._killers.append(point)
            return None
        except Exception as error:  # noqa: BLE001 - a worker may send whatever went wrong there.
            return self._refused(future, point, error)
        if far.refusal:
            raise UserError(*far.refusal)
        if far.files:
            try:
                keep_carried(self._workers.out, point.folder.name, far.files, self._workers.tell)
            except (RegressError, OSError) as error:
                return failure(point.number, error, far.outcome.seconds)
        return far.outcome

    def _refused(self, future: "Future[FarOutcome]", point: Point, error: Exception) -> Outcome:
        """Return the failure of a point, unless the cluster is what failed."""
        if self._crew.is_lost or future.status == "cancelled":
            raise self._crew.lost() from error
        if isinstance(error, ImportError | AttributeError):
            # The worker does not know what it is asked to do.
            raise UserError(f"{printable(error, 300)} on a worker: {_INSTALL}") from error
        return failure(point.number, error)


_KILLED = "every worker that had it was killed; it may need more memory than they have"
_INSTALL = (
    "install regress there as here (pip install regress-cli), start the worker again, and give the same "
    "command again"
)
