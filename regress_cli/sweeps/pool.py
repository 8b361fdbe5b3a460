"""Processes of this machine that run points, each with one thread and its libraries at hand.

A worker that dies takes the whole pool of `concurrent.futures` with it. What it had finished lies in its
folders; the pool is made again, and gives out what has no outcome yet. A point that was at work when two
pools died is told as failed: it would end every further one.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from regress_cli.errors import LimitReached
from regress_cli.interrupts import PendingSignal
from regress_cli.sweeps.one_point import make_point
from regress_cli.sweeps.outcome import INTERRUPTED, Outcome, failure
from regress_cli.sweeps.points import Point

# Handed out ahead for each worker, so that none waits for the next point.
_AHEAD = 2
_MOST_DEATHS = 2
_LOOK_SECONDS = 0.2
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# Of a worker.
_was_stopped = threading.Event()


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
        left, deaths = list(points), dict.fromkeys((point.number for point in points), 0)
        while left and not pending:
            # A point that may have killed a worker is run when no other is, so that it is known if it does.
            suspects = [point for point in left if deaths[point.number]]
            batch, jobs = (suspects[:1], 1) if suspects else (left, self.jobs)
            done: set[int] = set()
            at_work: set[int] = set()
            try:
                for outcome in _pooled(batch, min(jobs, len(batch)), pending, at_work):
                    done.add(outcome.number)
                    yield outcome
            except BrokenProcessPool:
                for number in at_work - done:
                    deaths[number] += 1
            for point in left:
                if point.number not in done and deaths[point.number] >= _MOST_DEATHS:
                    done.add(point.number)
                    yield failure(point.number, LimitReached(_KILLED))
            left = [point for point in left if point.number not in done]


def _pooled(
    points: Sequence[Point], jobs: int, pending: PendingSignal, at_work: set[int]
) -> Iterator[Outcome]:
    """Yield the outcomes of one pool; ``at_work`` holds the numbers of the points that it was given."""
    waiting, is_stopped = iter(points), False
    futures: dict[Future[Outcome | None], int] = {}
    # What is forked from a process with its libraries at hand has them too, and none of its threads.
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    if os.name == "posix":
        context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin) as pool:
        while True:
            while len(futures) < jobs * _AHEAD and not pending and (point := next(waiting, None)) is not None:
                config = point.experiment.model_dump(mode="python")
                futures[pool.submit(_work, point.number, config, str(point.folder.parent))] = point.number
                at_work.add(point.number)
            if not futures:
                return
            ended, _ = wait(futures, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            if pending and not is_stopped:
                # Once: a second signal would end them before their checkpoints are whole.
                is_stopped = True
                _stop(futures)
            for future in ended:
                number = futures.pop(future)
                outcome = None if future.cancelled() else future.result()
                if outcome is not None:
                    yield outcome
                at_work.discard(number)


def _work(number: int, config: dict[str, Any], out: str) -> Outcome | None:
    """Make a point; None where this worker was stopped: what was handed to it ahead is not begun."""
    if _was_stopped.is_set():
        return None
    outcome = make_point(number, config, out)
    if outcome.status == INTERRUPTED:
        _was_stopped.set()
    return outcome


def _stop(futures: dict[Future[Outcome | None], int]) -> None:
    """Let the workers keep their checkpoints and go."""
    for future in futures:
        future.cancel()
    for process in multiprocessing.active_children():
        if process.pid is not None:
            with suppress(ProcessLookupError):  # It has just gone by itself.
                os.kill(process.pid, signal.SIGTERM)


def _begin() -> None:
    """Prepare a worker: one thread, deaf to the terminal, gone with the process that wants its work."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    # SciPy has a library of its own, which may be loaded later, and reads this then.
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        # The process that gives out the points hears the terminal, and decides.
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


_KILLED = "its process was killed; it may need more memory than there is"
