"""Signals that wait for a safe moment: a training step or a rename is never cut in two."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [signal.SIGINT, signal.SIGTERM]


class PendingSignal:
    """The signal that arrived in a deferred block, if any."""

    number: int | None = None

    def __bool__(self) -> bool:
        return self.number is not None


@contextmanager
def deferred_signals() -> Iterator[PendingSignal]:
    """Note SIGINT and SIGTERM in the block instead of acting on them; a second one acts at once.

    Outside the main thread, where Python delivers no signals, this does nothing.
    """
    pending = PendingSignal()
    if threading.current_thread() is not threading.main_thread():
        yield pending
        return
    previous = {number: signal.getsignal(number) for number in _SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        pending.number = number
        for other, handler in previous.items():
            signal.signal(other, handler)

    for number in _SIGNALS:
        # A signal that the parent process asked to ignore stays ignored.
        if previous[number] is not signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield pending
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
