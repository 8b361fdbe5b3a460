"""The cores that this process may use."""

import os


def cores() -> int:
    """Return how many jobs are done at the same time on this machine, where nobody says."""
    return len(usable_cores()) or os.cpu_count() or 1


def usable_cores() -> list[int]:
    """Return the numbers of the cores that a process can be kept to; none where the system can't do so."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
