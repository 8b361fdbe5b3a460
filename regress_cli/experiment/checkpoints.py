"""When a checkpoint is due: by the clock, but never so often that it costs more than 1 % of the time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

# The pause after a checkpoint is at least so many times what it took: the one that has just been saved has
# had no pause yet, so that it takes twice the number that 1 % asks for to stay below that.
_LEAST_PAUSE = 200.0


class CheckpointClock:
    """Says when the next checkpoint is due."""

    def __init__(self, seconds: float) -> None:
        """Start the clock.

        Args:
            seconds: Between two checkpoints, where they cost next to nothing.
        """
        self._seconds = self._pause = seconds
        self._since = time.perf_counter()

    def is_due(self) -> bool:
        """Return whether it is time."""
        return time.perf_counter() - self._since > self._pause

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Take the time of the block, in which a checkpoint is saved; the next pause follows from it."""
        started = time.perf_counter()
        yield
        self._since = time.perf_counter()
        self._pause = max(self._seconds, _LEAST_PAUSE * (self._since - started))
