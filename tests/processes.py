"""What the system says of a process that a test has started, and what such a process heeds."""

import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from signal import SIGTERM


def heed_signals() -> None:
    """Let what this process starts heed Ctrl-C and hang-ups.

    A shell lets what it runs in the background, and ``nohup``, ignore them; processes that tests end by
    them would ignore them too, and never end.
    """
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def has_signals_in_hand(pid: int) -> bool:
    """Return whether a process has handlers of its own for SIGTERM, the last that regress takes in hand."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # It has ended, or there is no /proc: nothing is known.
        return False
    [caught] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> (SIGTERM - 1) & 1)


def descendants(process: int) -> set[int]:
    """Return the processes that have come down from one, where the system tells."""
    found: set[int] = set()
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # It has ended meanwhile.
            for child in map(int, thread.read_text().split()):
                found |= {child} | descendants(child)
    return found


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that only waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def are_gone(processes: Iterable[int], seconds: float = 10) -> bool:
    """Return whether processes end within a while: the system takes a moment to end what it was told to."""
    deadline = time.monotonic() + seconds
    while any(map(is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
