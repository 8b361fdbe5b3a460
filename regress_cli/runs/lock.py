"""A lock on a folder: one process holds it, and it ends with that process: a dead one holds nothing."""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from regress_cli.runs.disk import disk

if sys.platform != "win32":  # There is no such lock there: two runs of one config must not overlap.
    import fcntl

# A file system without locks is one on which two runs of one config must not overlap.
_WITHOUT_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP}


@dataclass(frozen=True)
class Lock:
    """The lock of an open folder.

    Attributes:
        folder: Where the folder was when it was locked.
        descriptor: What holds the lock; None where there are no locks.
    """

    folder: Path
    descriptor: int | None

    @property
    def is_held(self) -> bool:
        """Whether anything is locked: there are file systems without locks."""
        return self.descriptor is not None

    def is_in_place(self) -> bool:
        """Return whether the folder that was locked still has its name."""
        if self.descriptor is None:
            return True
        try:
            return os.path.samestat(os.fstat(self.descriptor), self.folder.lstat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock back."""
        if self.descriptor is not None:
            with suppress(OSError):  # What was open for its lock alone has nothing to lose.
                disk.close(self.descriptor)


def wait_for_lock(folder: Path, on_wait: Callable[[], None]) -> Lock | None:
    """Return the lock of a folder once it is free, or None if the folder is no longer there by then.

    Args:
        folder: It is there, unless another process has just removed it.
        on_wait: Called if another process holds the lock.
    """
    if sys.platform == "win32":
        return Lock(folder, None)
    try:
        descriptor = disk.open_place(folder)
    except FileNotFoundError:
        return None
    lock = Lock(folder, descriptor)
    try:
        _wait(descriptor, on_wait)
        # The one before may have renamed or removed the folder while this process waited.
        if lock.is_in_place():
            return lock
    except BaseException:
        lock.release()
        raise
    lock.release()
    return None


def lock_if_free(folder: Path) -> Lock | None:
    """Return the lock of a folder that is there, or None where another process holds it.

    Raises:
        OSError: the folder can't be opened or locked.
    """
    if sys.platform == "win32":
        return Lock(folder, None)
    descriptor = disk.open_place(folder)
    lock = Lock(folder, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if lock.is_in_place():
            return lock
    except BlockingIOError:
        pass
    except OSError as error:
        lock.release()
        if error.errno not in _WITHOUT_LOCKS:
            raise
        return Lock(folder, None)
    lock.release()
    return None


def _wait(descriptor: int, on_wait: Callable[[], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        on_wait()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
