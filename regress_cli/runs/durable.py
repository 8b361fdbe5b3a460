"""Files that are on disk when they are said to be: written, flushed and synced, then renamed."""

import errno
import os
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Write a new or replaced file as a whole: readers see the old content or all of the new."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    # "x" follows no link that somebody put there.
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        _sync(file.fileno())
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable; without effect where folders can't be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some file systems can't; what they hold is as durable as they make it.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
