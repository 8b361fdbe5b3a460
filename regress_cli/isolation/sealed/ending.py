"""The end of a process and of all that it has started, and of what it has written.

Paths are texts here: importing pathlib is a good part of what a sandbox takes to start.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

# Ending takes a moment; what is still there then is told.
_ENDING_SECONDS = 5.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.0002, 0.01
# More files than these are not worth removing one by one.
MOST_FILES = 1000


def end_all(child: int | None) -> bool:
    """End a child with its group, and everything that has come down to this process, and notice their ends.

    This process has to be the one that orphans are handed to. Where a system can't do that, or does not tell
    who a process's children are, it is the group that is ended.

    Returns:
        Whether nothing is left.
    """
    give_up, pause = time.monotonic() + _ENDING_SECONDS, _SHORTEST_PAUSE_SECONDS
    if child is not None:
        # Once only: when its end has been noticed, its number may become another's.
        for send in (os.killpg, os.kill):  # It may not have a group of its own yet.
            with suppress(ProcessLookupError, PermissionError):
                send(child, signal.SIGKILL)
    while True:
        for process in _descendants():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if not _reap():
            return True
        if time.monotonic() > give_up:
            return False
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def emptied(folder: str) -> bool:
    """Remove the files in a folder, and return whether nothing is left in it."""
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MOST_FILES:
                    return False
                os.unlink(entry.path)  # noqa: PTH108
    except OSError:
        return False
    return True


def files_in(folder: str) -> int:
    """Return how many files the file system has that a folder is the root of."""
    told = os.statvfs(folder)
    return told.f_files - told.f_ffree


def _reap() -> bool:
    """Notice the ends of children, and return whether any are left."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _descendants() -> Iterator[int]:
    """Yield everything that has come down from this process, where the system tells."""
    if sys.platform != "linux":
        return
    waiting = [os.getpid()]
    while waiting:
        process = waiting.pop()
        for child in _children(process):
            waiting.append(child)
            yield child


def _children(process: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208
            path = f"/proc/{process}/task/{thread}/children"
            with suppress(OSError), open(path) as file:  # noqa: PTH123
                children += map(int, file.read().split())
    return children
