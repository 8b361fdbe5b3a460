"""What the system says of a process that a test has started."""

from pathlib import Path
from signal import SIGTERM


def has_signals_in_hand(pid: int) -> bool:
    """Return whether a process has handlers of its own for SIGTERM, the last that regress takes in hand."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # It has ended, or there is no /proc: nothing is known.
        return False
    [caught] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> (SIGTERM - 1) & 1)
