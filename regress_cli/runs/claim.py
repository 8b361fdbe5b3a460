"""Claiming a run's folder: one process works on it, in a hidden sibling; the others wait.

The lock is on the open hidden folder itself, so it ends with the process that holds it. Publishing
renames the folder to its final name; whoever waited then finds that the name no longer leads to the
folder that it locked, and looks for the finished run.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from regress_cli.errors import ConfigError, DataError, RegressError, RunFolderError, explain_os_errors
from regress_cli.runs import layout
from regress_cli.runs.disk import disk
from regress_cli.runs.durable import is_something_else, make_folders, remove
from regress_cli.runs.lock import Lock, lock_if_free, wait_for_lock
from regress_cli.runs.replacing import replaced_path, restore_replaced
from regress_cli.runs.run import Run, open_run
from regress_cli.runs.workplace import Workplace, remove_checkpoint
from regress_cli.text import printable

# Another process removes a folder that this one needs at most as often as it is refused.
_MOST_ATTEMPTS = 1000
_REMEDY = "move it away, or repeat the run with --force"


def find_run(outputs: Path, folder_name: str) -> Run | None:
    """Return the finished run of that name, or None.

    Raises:
        RunFolderError: something else has the name, or the run is damaged.
    """
    final = outputs / folder_name
    if not os.path.lexists(final):
        return None
    _refuse_link(final)
    if not final.is_dir():
        raise RunFolderError(f"{printable(final)}: this is not a folder; {_REMEDY}")
    run = open_run(final)
    if f"{run.name}-{run.record['digest']}" != folder_name:
        raise RunFolderError(f"{printable(final)}: another run lies under this name; {_REMEDY}")
    return run


def _refuse_link(final: Path) -> None:
    """Refuse a link: a run is neither looked for where it leads, nor put there."""
    if final.is_symlink():
        raise RunFolderError(f"{printable(final)}: a link has the run's name; remove it")


def remove_leftovers(outputs: Path, folder_name: str) -> None:
    """Remove what killed processes left in and beside a finished run, unless another one is at work there.

    What can't be removed stays: the run is finished all the same.
    """
    working, final = outputs / (layout.WORKING + folder_name), outputs / folder_name
    if not any(map(os.path.lexists, (working, replaced_path(final), final / layout.CHECKPOINT))):
        return
    with suppress(OSError, RegressError):
        is_new = not os.path.lexists(working)
        # A run that is being replaced is given up only by who has the place to replace it.
        if is_new:
            disk.make_folder(working)
        lock = lock_if_free(working)
        if lock is None:
            return
        try:
            if lock.is_held:  # Else nobody can tell whether another process is at work.
                _tidy(working, final)
            if is_new and lock.is_in_place():
                disk.remove_empty(working)
        finally:
            lock.release()


def _tidy(working: Path, final: Path) -> None:
    """Remove what is left over of a run that was found finished, now that nobody else is at work there."""
    # Since it was found, who repeated it may have set it aside, and died.
    restore_replaced(final)
    if final.exists():
        remove_checkpoint(final)
        remove(working)


@contextmanager
def claim(
    outputs: Path, folder_name: str, force: bool, on_wait: Callable[[], None], fresh: bool = False
) -> Iterator[Workplace | Run]:
    """Wait for one's turn; then yield the finished run if there is one, or else a place to work.

    Whatever error ends the work, of all that was written only a checkpoint stays.

    Args:
        outputs: The folder of all runs; made if it is missing.
        folder_name: The run's final name.
        force: Work even if the run is finished, from the start; it stays until its successor is.
        on_wait: Called when another process works on the run.
        fresh: Work from the start, even if there is a checkpoint.
    """
    working, final = outputs / (layout.WORKING + folder_name), outputs / folder_name
    is_new = not outputs.exists()
    try:
        lock = _take(outputs, working, on_wait)
        try:
            yield _finished_or_place(lock, final, force, keep_checkpoint=not (force or fresh))
        except BaseException as error:
            is_refused = isinstance(error, ConfigError | DataError)
            _leave(lock, final, keep_checkpoint=not is_refused)
            raise
        finally:
            lock.release()
    except BaseException:
        if is_new:
            with suppress(OSError):  # Something is in it: a checkpoint, or another run by now.
                disk.remove_empty(outputs)
        raise


def _take(outputs: Path, working: Path, on_wait: Callable[[], None]) -> Lock:
    """Make the hidden folder and lock it; where another process removes it meanwhile, make it again."""
    for _ in range(_MOST_ATTEMPTS):
        with explain_os_errors(f"work in {printable(outputs)}", "choose another folder with --out"):
            make_folders(outputs)
        with explain_os_errors(
            f"work in {printable(working)}", "remove it, or choose another folder with --out"
        ):
            lock = _make_and_lock(working, on_wait)
        if lock is not None:
            return lock
    with explain_os_errors(f"work in {printable(outputs)}", "choose another folder with --out"):
        raise FileNotFoundError(errno.ENOENT, "It vanishes again and again")


def _make_and_lock(working: Path, on_wait: Callable[[], None]) -> Lock | None:
    try:
        disk.make_folder(working)
    except FileNotFoundError:
        return None
    except FileExistsError:
        # Another process may have removed the folder just now; anything else is in the way.
        if is_something_else(working):
            raise
    return wait_for_lock(working, on_wait)


def _finished_or_place(lock: Lock, final: Path, force: bool, *, keep_checkpoint: bool) -> Workplace | Run:
    working = lock.folder
    remedy = "remove it, or choose another folder with --out"
    _refuse_link(final)
    with explain_os_errors(f"tidy up {printable(working)}", remedy):
        restore_replaced(final)
    finished = None if force else find_run(final.parent, final.name)
    if finished is not None:
        remove_checkpoint(final)
        with suppress(OSError):  # The run is finished, whatever else can't be done.
            remove(working)
        return finished
    workplace = Workplace(working, final)
    with explain_os_errors(f"tidy up {printable(working)}", remedy):
        workplace.clear(keep_checkpoint=keep_checkpoint)
    return workplace


def _leave(lock: Lock, final: Path, *, keep_checkpoint: bool) -> None:
    """Keep a checkpoint to go on from, and nothing else: half a folder would only take room."""
    # Once the folder is published, what has its hidden name is another process's.
    with suppress(OSError):
        if not lock.is_in_place():
            return
        workplace = Workplace(lock.folder, final)
        workplace.clear(keep_checkpoint=keep_checkpoint)
        if not workplace.has_checkpoint:
            remove(lock.folder)
