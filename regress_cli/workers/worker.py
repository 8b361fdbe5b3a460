"""One process that does jobs, and the pipe by which they come and their answers go."""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing import connection

from regress_cli.workers.job import Broken, Done, Job, answer_to, done

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# What a job has is kept in less, such as a checkpoint; whoever takes longer is ended.
_PATIENCE_SECONDS = 20.0


class Worker:
    """A process that is given one job at a time.

    Args:
        at_hand: The module that its jobs need. The first worker of this process says it for all of them.
        core: The core that it keeps to, with all that it starts; None for any.
    """

    def __init__(self, at_hand: str, core: int | None = None) -> None:
        self.core = core
        # What is forked from a process with its libraries at hand has them too, and none of its threads.
        context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
        if os.name == "posix":
            context.set_forkserver_preload([__name__, at_hand])
        self._pipe, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(far_end, core), daemon=True)
        self._process.start()
        # Once the worker alone has it, its death is the end of the pipe.
        far_end.close()

    def give(self, job: Job) -> None:
        """Let it do a job."""
        with suppress(OSError):  # It has died; whoever takes the result hears of it.
            self._pipe.send(job)

    def take(self) -> Done | None:
        """Return what it has done; None where it has died.

        Raises:
            UserError, LimitReached: it says that no job can be done.
            RuntimeError: a bug of regress's, with the worker's own traceback.
        """
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            return None
        return done(answer)

    def signal(self, number: int) -> None:
        """Send it a signal; one that has gone by itself needs none."""
        if self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def end(self) -> None:
        """Let it go; one that does not is ended."""
        self._pipe.close()
        self._process.join(_PATIENCE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    @staticmethod
    def wait_for(workers: "Iterable[Worker]", seconds: float) -> "list[Worker]":
        """Return those that have an answer, or have died; none after so many seconds."""
        by_pipe = {worker._pipe: worker for worker in workers}
        ready = connection.wait(list(by_pipe), seconds)
        return [worker for pipe, worker in by_pipe.items() if pipe in ready]


def _serve(pipe: connection.Connection, core: int | None) -> None:
    """Do what comes, until nothing can come any more."""
    if core is not None:
        with suppress(OSError):  # It may have been taken away in the meantime.
            os.sched_setaffinity(0, {core})
    _begin()
    with suppress(EOFError, OSError):
        while True:
            answer = answer_to(pipe.recv())
            try:
                pipe.send(answer)
            except Exception:  # noqa: BLE001 - the value is none that pickle takes, which is a bug as well.
                pipe.send(Broken(traceback.format_exc()))


def _begin() -> None:
    """Prepare a worker: one thread, deaf to the terminal, gone with the process that wants its work."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    # SciPy has a library of its own, which may be loaded later, and reads this then.
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        # The process that gives out the jobs hears the terminal, and decides.
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
