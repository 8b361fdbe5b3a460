"""The second process: it imports matplotlib, waits for pictures to draw, and leaves with the first."""

import atexit
import gc
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

from regress_cli.drawing.messages import receive, send
from regress_cli.drawing.picture import Picture, draw


def main() -> None:
    """Draw the pictures that come through stdin, and write them to stdout."""
    # A process that lives as shortly as this one need not look for garbage.
    gc.disable()
    answers = os.fdopen(os.dup(1), "wb")
    # Nothing that a library prints may stand among the answers.
    os.dup2(2, 1)
    signal.signal(_LEAVE, _leave)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()

    _import_matplotlib()
    if requests.empty():
        from regress_cli.plots import warm_up

        warm_up()
    # Nobody but the first process can write to this pipe.
    pictures = pickle.loads(requests.get())  # noqa: S301
    if len(pictures) > 1:
        _draw_in_two(pictures, answers)
    else:
        # To copy this process takes time, too.
        for picture in pictures:
            send(answers, _drawn(picture))
    _leave()


def _import_matplotlib() -> None:
    # Axes in three dimensions take long to import. Without them matplotlib warns, and goes on.
    sys.modules.setdefault("mpl_toolkits.mplot3d", None)  # type: ignore[arg-type]
    with suppress(Exception):
        from regress_cli import plots as plots


def _draw_in_two(pictures: Sequence[Picture], answers: BinaryIO) -> None:
    """Draw every other picture in a copy of this process: the first one only waits by now, on its core."""
    others = _in_a_fork(pictures[1::2], answers)
    for number, picture in enumerate(pictures):
        send(answers, receive(others) if number % 2 else _drawn(picture))
    # The copy ends by itself; who waits for it leaves no zombie.
    os.wait()


def _in_a_fork(pictures: Sequence[Picture], answers: BinaryIO) -> BinaryIO:
    """Draw in a copy of this process, and return the pipe through which its answers come."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return os.fdopen(reading, "rb")
    os.close(reading)
    answers.close()
    # Threads are not copied.
    threading.Thread(target=_leave_at_the_end_of_the_pipe, daemon=True).start()
    with os.fdopen(writing, "wb") as pipe:
        for picture in pictures:
            send(pipe, _drawn(picture))
    os._exit(0)


def _drawn(picture: Picture) -> bytes | None:
    try:
        return draw(picture)
    except Exception:  # noqa: BLE001 - the first process tries again, and tells the reason.
        return None


def _listen(requests: "queue.SimpleQueue[bytes]") -> None:
    """Take the request, then wait for the end of the first process."""
    with suppress(EOFError), open(0, "rb", buffering=0, closefd=False) as pipe:
        requests.put(receive(pipe) or b"")
    _leave_at_the_end_of_the_pipe()


def _leave_at_the_end_of_the_pipe() -> None:
    """End this process, whatever it is doing, once the first one has closed the pipe or is gone."""
    while os.read(0, 1):
        pass
    # The thread that imports and draws leaves itself, or it would make anew what is just being removed.
    signal.pthread_kill(threading.main_thread().ident or 0, _LEAVE)


_LEAVE = signal.SIGUSR1


def _leave(*_: object) -> None:
    signal.signal(_LEAVE, signal.SIG_IGN)
    # matplotlib removes what it made in place of a cache folder that it can't write to.
    atexit._run_exitfuncs()
    os._exit(0)
