"""How much time and memory a stranger's code gets, and how the system is told."""

import math
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from regress_cli.errors import UserError
from regress_cli.text import quoted

# What a call returns may take so many bytes.
MOST_OUTPUT = 64 << 20
# No file that it writes may be larger; what a script leaves by the way is smaller.
_MOST_FILE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one request may take.

    Attributes:
        seconds: Wall time of one request; loading the file is a request of its own.
        memory: Bytes beyond what Python and NumPy themselves take. Kept on Linux only.
    """

    seconds: float = 10.0
    memory: int = 1 << 30

    def __post_init__(self) -> None:
        if not 0 < self.seconds < math.inf:
            raise UserError(f"a time limit of {quoted(self.seconds)} seconds is none; give a positive number")
        if not 0 < self.memory < 1 << 50:
            raise UserError(f"a memory limit of {quoted(self.memory)} bytes is none; give a positive number")


def confine(memory: int) -> None:
    """Limit this process, and all that it starts, for good.

    Args:
        memory: So many bytes of address space may be added to those that are in use now.
    """
    import resource

    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_FSIZE, _MOST_FILE)
    if sys.platform == "linux":
        lower(resource.RLIMIT_AS, _address_space() + memory)


def allow_seconds(seconds: float) -> None:
    """Let the system end this process when it has computed for longer than a request may take.

    The parent ends it earlier; this is for the case that the parent can't.
    """
    import resource

    # Threads add their times up.
    most = time.process_time() + seconds * (os.cpu_count() or 1) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(most), hard))


def lower(kind: int, most: int) -> None:
    """Lower one of the system's limits, the soft and the hard one; a lower one stays."""
    import resource

    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Return how many bytes of address space this process takes."""
    page = os.sysconf("SC_PAGE_SIZE")
    # A path as a text: importing pathlib is a good part of what the worker takes to start.
    with suppress(FileNotFoundError), open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * page
    return _tried_address_space(page)


def _tried_address_space(page: int) -> int:
    """Find the same without /proc: the lowest limit under which one more page can be had."""
    import mmap
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    low, high = 0, (1 << 47 if hard == resource.RLIM_INFINITY else hard) // page
    while high - low > 1:
        middle = (low + high) // 2
        try:
            resource.setrlimit(resource.RLIMIT_AS, (middle * page, hard))
            mmap.mmap(-1, page).close()
        except (OSError, ValueError):
            low = middle
        else:
            high = middle
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    return low * page
