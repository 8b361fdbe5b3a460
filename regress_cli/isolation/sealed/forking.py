"""The warm process: Python with NumPy and the worker, which forks a process for each answer.

It never reads a stranger's file. It obeys the parent's orders, one process at a time, and when the parent is
gone it ends what there is and itself.
"""

import gc
import os
import select
import signal
import socket
import sys
from typing import Any

from regress_cli.isolation.channel import LOCK_FAILED, SCRATCH_FULL
from regress_cli.isolation.frames import ProtocolError
from regress_cli.isolation.sealed import orders, seccomp, system
from regress_cli.isolation.sealed.ending import MOST_FILES, emptied, end_all, files_in
from regress_cli.isolation.sealed.landlock import Ruleset
from regress_cli.isolation.sealed.lock import Lock, keep_only
from regress_cli.isolation.sealed.orders import Order, Report

# So often it is looked how many files there are.
_LOOK_SECONDS = 0.1


def main(settings: dict[str, Any]) -> None:
    """Obey the parent until it is gone.

    Args:
        settings: As `Zygote` makes them.
    """
    _warm_up(settings["shown_as"], with_stand_in=settings["has_stand_in"])
    _have_nothing_to_tell()
    if sys.platform == "linux":
        # Others of the same user may not look into it.
        system.prctl(system.PR_SET_DUMPABLE, 0)
        system.prctl(system.PR_SET_CHILD_SUBREAPER, 1)
    with socket.socket(fileno=settings["control"]) as control:
        keep = Forker(control, settings)
        # A forked process that looked at all of this for garbage would copy it.
        gc.freeze()
        gc.enable()
        keep.obey()


class Forker:
    """Forks, and ends what it has forked.

    Args:
        control: The way to the parent.
        settings: As `Zygote` makes them.
    """

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        self._control = control
        self._place, self._folder = settings["place"], settings["folder"]
        self._scratch: str = settings["scratch"]
        self._lock = _lock_of(settings, self._scratch)
        self._child: int | None = None
        self._woken, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(self._woken, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def obey(self) -> None:
        """Obey the parent until it is gone."""
        try:
            self._report(Report(orders.READY))
            while True:
                self._wait()
        except (OSError, EOFError, ProtocolError):
            end_all(self._child)
            os._exit(0)

    def _wait(self) -> None:
        """Wait for an order, or for the end of the child, and do what is to be done."""
        seconds = _LOOK_SECONDS if self._child is not None and self._scratch else None
        ready, _, _ = select.select([self._control, self._woken], [], [], seconds)
        if self._woken in ready:
            os.read(self._woken, 4096)
            self._notice_end()
        if self._control in ready:
            self._obey_one()
        if self._child is not None and self._scratch and files_in(self._scratch) > MOST_FILES:
            self._end(SCRATCH_FULL)

    def _obey_one(self) -> None:
        content, descriptors, _, _ = socket.recv_fds(self._control, orders.ORDER_SIZE, 2)
        if not content:
            raise EOFError
        order = orders.order_of(content)
        if order.kind == orders.END:
            # It may have ended by itself in the meantime.
            if self._child is not None:
                self._end(-signal.SIGKILL)
        elif len(descriptors) != 2 or self._child is not None:
            raise ProtocolError("comes at the wrong time")
        else:
            self._start(order, *descriptors)

    def _start(self, order: Order, channel: int, words: int) -> None:
        here = os.getpid()
        try:
            self._child = os.fork()
        except OSError as error:
            self._report(Report(orders.FAILED, error.errno or 0))
        if self._child == 0:
            try:
                self._become_worker(order, channel, words, here)
            except BaseException as error:  # noqa: BLE001 - whatever it is, this process may not go on.
                os.write(words, f"{type(error).__name__}: {error}".encode())
            finally:
                os._exit(LOCK_FAILED)
        os.close(channel)
        os.close(words)

    def _become_worker(self, order: Order, channel: int, words: int, parent: int) -> None:
        from regress_cli.isolation.worker import serve

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        ruleset = () if self._lock.ruleset is None else (self._lock.ruleset.descriptor,)
        keep_only(channel, words, *ruleset)
        self._lock.close(order.memory, parent)
        serve(channel, words, order.seconds, self._folder_of)

    def _folder_of(self, path: str) -> str:
        """Return where the neighbours of a file lie that is told to lie in the submission's place."""
        return self._folder + os.path.dirname(path).removeprefix(self._place)  # noqa: PTH120

    def _notice_end(self) -> None:
        """Notice whether the child has ended by itself; what it has started ends with it."""
        if self._child is None:
            return
        # It keeps its number until all that it has started is ended too.
        ended = os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            is_exit = ended.si_code == os.CLD_EXITED
            self._end(ended.si_status if is_exit else -ended.si_status)

    def _end(self, status: int) -> None:
        child, self._child = self._child, None
        is_ended = end_all(child)
        is_empty = not self._scratch or emptied(self._scratch)
        self._report(Report(orders.ENDED, status, is_spent=not (is_ended and is_empty)))

    def _report(self, report: Report) -> None:
        self._control.sendall(report.content())


def _warm_up(shown_as: dict[str, str], *, with_stand_in: bool) -> None:
    """Import what every answer needs, and do once what takes longer the first time."""
    import mmap  # noqa: F401 - what limits a process imports them.
    import resource  # noqa: F401

    from regress_cli.isolation import explain, worker

    worker.add_exit()
    worker.warm_up()
    explain.hide_paths(shown_as)
    if with_stand_in:
        from regress_cli.isolation.sealed.stand_in import install

        install()


def _have_nothing_to_tell() -> None:
    """Forget the environment, and have standard error lead nowhere: it was for what fails up to here."""
    os.environ.clear()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _lock_of(settings: dict[str, Any], scratch: str) -> Lock:
    ruleset = None
    if settings["has_landlock"]:
        ruleset = Ruleset(settings["readable"], settings["devices"], scratch)
    if settings["is_filtered"]:
        # An unknown machine is told before the first answer.
        seccomp.program(os.uname().machine, 0)
    return Lock(settings["processes"], ruleset, settings["is_filtered"], settings["keeps_files"])
