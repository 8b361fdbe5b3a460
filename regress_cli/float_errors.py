"""Overflows and their like: silent where numbers are computed, heard by who wants to tell of them.

NumPy tells of an operation that left the range of floats by a warning, or by a call. What regress
computes is looked at afterwards, so nothing is warned of; but a result that is not finite is told with
what was heard on the way. Underflow is not heard: that a tanh or an exp ends at 0 is right. Where it
costs digits of a result, the result itself shows it.
"""

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np


class Heard:
    """What was heard while something was computed.

    Attributes:
        counts: How many operations on arrays did what: ``overflow``, ``invalid value``, ``divide by zero``.
        warnings: The texts of other warnings, each once.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.warnings: list[str] = []

    def count(self, kind: str, flag: int) -> None:
        """Count an operation; NumPy calls this."""
        self.counts[kind] += 1


_listening: ContextVar[Heard | None] = ContextVar("listening", default=None)


@contextmanager
def hearing() -> Iterator[Heard]:
    """Hear what goes on in the block wherever it is `quiet`; no warning of Python's gets out of it."""
    heard = Heard()
    token = _listening.set(heard)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield heard
        finally:
            _listening.reset(token)
            heard.warnings += dict.fromkeys(str(warning.message) for warning in caught)


@contextmanager
def quiet() -> Iterator[None]:
    """Compute without warnings of floating-point errors; they are counted if someone is `hearing`."""
    heard = _listening.get()
    if heard is None:
        with np.errstate(all="ignore"):
            yield
    else:
        with np.errstate(all="call", under="ignore", call=heard.count):
            yield
