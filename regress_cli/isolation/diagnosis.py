"""What became of a process that gives no answer, in words."""

import re
import signal

from regress_cli.isolation.channel import CHANNEL_LOST, MEMORY_LOST, SCRATCH_FULL
from regress_cli.isolation.explain import file_name, place
from regress_cli.isolation.reply import Failure


def of_end(status: int, words: str, path: str) -> Failure:
    """Return the failure that an exit status stands for; a negative one is a signal's number.

    Args:
        status: The status.
        words: What the process wrote about its end.
        path: The file that it ran.
    """
    if status == CHANNEL_LOST:
        return of_closed_channel(path)
    if status == MEMORY_LOST:
        return Failure("memory", f"needs more memory than it may take; see what grows in {file_name(path)}")
    if status == SCRATCH_FULL:
        return Failure("output", f"makes too many files; take that out of {file_name(path)}")
    if status >= 0:
        return Failure(
            "exited", f"leaves Python with exit status {status}; take os._exit out of {file_name(path)}"
        )
    name = _signal_name(-status)
    if name == "SIGXCPU":
        return Failure("time", f"computes for too long; see its loops in {file_name(path)}")
    where = line_in(words, path) or file_name(path)
    if name == "SIGKILL":
        return Failure(
            "crashed", f"was killed by SIGKILL, perhaps because the system ran out of memory; see {where}"
        )
    return Failure("crashed", f"crashed with {name}; see {where}")


def of_time(seconds: float, words: str, path: str) -> Failure:
    """Return the failure of a request that took too long."""
    where = line_in(words, path)
    look = f"see {where}" if where else f"see the loops in {file_name(path)}"
    return Failure("time", f"takes longer than {seconds:g} seconds; {look}")


def of_closed_channel(path: str) -> Failure:
    """Return the failure of a process that lives, but has no way to answer."""
    return Failure("unusable", f"closes files that it has not opened; take that out of {file_name(path)}")


def of_rubbish(reason: str, path: str) -> Failure:
    """Return the failure of an answer that is none."""
    return Failure(
        "unusable",
        f"something else came back than an answer: it {reason}; write to no open file in {file_name(path)}",
    )


def line_in(words: str, path: str) -> str:
    """Return the innermost line of the file in a traceback of `faulthandler`, empty if there is none."""
    shown = re.escape(path.encode("ascii", "backslashreplace").decode())
    found = re.search(rf'^  File "{shown}", line (\d{{1,9}}) in ', words, re.MULTILINE)
    return place(path, int(found[1])) if found else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
