"""An end to what may take for ever, without signals and without a second thread."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# What Python calls between two steps of a program, when an object goes: it drops what is raised there.
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
        if event == "call" and time.monotonic() > end and not _is_cleaner(frame):
            raise OutOfTime

    before = sys.getprofile()
    sys.setprofile(look_at_the_clock)
    try:
        yield
    finally:
        sys.setprofile(before)


def _is_cleaner(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") in _CLEANERS or frame.f_code.co_name == "__del__"
