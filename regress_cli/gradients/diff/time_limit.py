"""An end to what may take for ever, without signals and without a second thread."""

import gc
import inspect
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# What Python calls between two steps of a program, when an object goes. It drops what is raised there, and
# never looks at the clock again.
_CLEANERS = {"weakref", "_weakrefset"}


class OutOfTime(BaseException):
    """The time is up; no ``except Exception`` on the way may take that for a failure of its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in the block once it has taken so long: Python looks at the clock at every call.

    A block within another one has to set the shorter limit.
    """
    end = time.monotonic() + seconds

    def look_at_the_clock(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and time.monotonic() > end and not _is_dropped(frame):
            raise OutOfTime

    before, is_collecting = sys.getprofile(), gc.isenabled()
    # The collector calls whoever wants to hear of it, and drops what is raised there too.
    gc.disable()
    sys.setprofile(look_at_the_clock)
    try:
        yield
    finally:
        sys.setprofile(before)
        if is_collecting:
            gc.enable()


def _is_dropped(frame: FrameType) -> bool:
    """Return whether what is raised in a call may be dropped: a generator is called to be closed, too."""
    if frame.f_code.co_flags & inspect.CO_GENERATOR:
        return True
    caller: FrameType | None = frame
    while caller is not None and not _is_cleaner(caller):
        caller = caller.f_back
    return caller is not None


def _is_cleaner(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") in _CLEANERS or frame.f_code.co_name == "__del__"
