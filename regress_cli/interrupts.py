"""Signals end the process at once, or wait for a safe moment: no training step is cut in two."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

# The second is what a closed terminal and a lost connection send; Windows has none.
_SIGNALS = [signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []), signal.SIGTERM]


def exit_on_signals() -> None:
    """Let SIGINT, SIGHUP and SIGTERM end the process with one line on stderr and exit code 130, 129 or 143.

    The process ends in the handler: an exception could be lost in a destructor or an import.
    """
    for number in _SIGNALS:
        # A signal that the parent process asked to ignore stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


def ignore_signals() -> None:
    """Let SIGINT, SIGHUP and SIGTERM do nothing any more."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> None:
    # A progress bar hides the cursor of its terminal.
    show_cursor = b"\x1b[?25h" if os.isatty(2) else b""
    with suppress(OSError):
        os.write(2, show_cursor + b"error: interrupted\n")
    os._exit(128 + number)


class PendingSignal:
    """The signal that arrived in a deferred block, if any."""

    number: int | None = None

    def __bool__(self) -> bool:
        return self.number is not None


@contextmanager
def deferred_signals() -> Iterator[PendingSignal]:
    """Note SIGINT, SIGHUP and SIGTERM in the block instead of acting on them; a second one acts at once.

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
