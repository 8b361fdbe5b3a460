"""Claiming a run's folder: one process works on it, in a hidden sibling; the others wait.

The lock is on the open hidden folder itself, so it ends with the process that holds it. Publishing
renames the folder to its final name; whoever waited then finds that the name no longer leads to the
folder that it locked, and looks for the finished run.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from regress_cli.errors import ConfigError, DataError, Interrupted, RunFolderError, explain_os_errors
from regress_cli.runs import layout
from regress_cli.runs.run import Run, open_run
from regress_cli.runs.workplace import Workplace, remove, restore_replaced
from regress_cli.text import printable

if sys.platform != "win32":  # There is no such lock there: two runs of one config must not overlap.
    import fcntl


def find_run(outputs: Path, folder_name: str) -> Run | None:
    """Return the finished run of that name, or None.

    Raises:
        RunFolderError: something else has the name, or the run is damaged.
    """
    final = outputs / folder_name
    if not os.path.lexists(final):
        return None
    if final.is_symlink():
        raise RunFolderError(f"{printable(final)}: a link has the run's name; remove it")
    try:
        run = open_run(final)
        if f"{run.name}-{run.record['digest']}" != folder_name:
            raise RunFolderError(f"{printable(final)}: another run lies under this name")
        return run
    except RunFolderError as error:
        remedy = "remove the folder, or repeat the run with --force"
        raise RunFolderError(f"{error.messages[0].partition(';')[0]}; {remedy}") from error


@contextmanager
def claim(
    outputs: Path, folder_name: str, force: bool, on_wait: Callable[[], None]
) -> Iterator[Workplace | Run]:
    """Wait for one's turn; then yield the finished run if there is one, or else a place to work.

    Args:
        outputs: The folder of all runs; made if it is missing.
        folder_name: The run's final name.
        force: Work even if the run is finished, from the start; it stays until its successor is.
        on_wait: Called when another process works on the run.
    """
    working, final = outputs / (layout.WORKING + folder_name), outputs / folder_name
    is_new = not outputs.exists()
    with explain_os_errors(f"work in {printable(outputs)}", "choose another folder with --out"):
        outputs.mkdir(parents=True, exist_ok=True)
    with explain_os_errors(f"work in {printable(working)}", "remove it, or choose another folder with --out"):
        descriptor = _lock(working, on_wait)
    try:
        restore_replaced(final)
        finished = None if force else find_run(outputs, folder_name)
        if finished is not None:
            remove(working)
            yield finished
        else:
            workplace = Workplace(working, final)
            workplace.clear(keep_checkpoint=not force)
            yield workplace
    except (ConfigError, DataError):
        # What is refused leaves nothing behind.
        remove(working)
        if is_new:
            with suppress(OSError):  # Another run may be in it by now.
                outputs.rmdir()
        raise
    except Interrupted:
        # Without a checkpoint there is nothing to go on from.
        if not (working / layout.CHECKPOINT).exists():
            remove(working)
        raise
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _lock(working: Path, on_wait: Callable[[], None]) -> int | None:
    """Make the hidden folder and return the descriptor that holds its lock."""
    while True:
        try:
            working.mkdir(exist_ok=True)
        except FileExistsError:
            # Another process may have removed the folder just now; anything else is in the way.
            if _is_something_else(working):
                raise
            continue
        if sys.platform == "win32":
            return None
        try:
            descriptor = os.open(working, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        _wait_for_lock(descriptor, on_wait)
        try:
            # The one before may have renamed the folder while this process waited.
            if os.path.samestat(os.fstat(descriptor), working.lstat()):
                return descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)


def _is_something_else(path: Path) -> bool:
    """Return whether there is something at ``path`` that is no folder, by a single look."""
    try:
        return not stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _wait_for_lock(descriptor: int, on_wait: Callable[[], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        on_wait()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        # A file system without locks is one on which two runs of one config must not overlap.
        if error.errno not in (errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP):
            raise
