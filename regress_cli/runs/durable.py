"""Files that are on disk when they are said to be: written, flushed and synced, then renamed."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from regress_cli.runs.disk import disk


def write_file(path: Path, content: bytes) -> None:
    """Write a new or replaced file as a whole, and make its name durable.

    Readers see the old content or all of the new, even after a power cut. Of two processes that write the
    same file, each has a temporary one of its own; the last to end decides what the file holds.

    Raises:
        OSError: it can't be done; nothing is left beside the file.
    """
    _write_and_rename(path.with_name(f".{path.name}.{os.urandom(4).hex()}.part"), path, content)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a new or replaced file as a whole, without waiting for the disk.

    Readers see the old content or all of the new, whatever becomes of this process; a power cut may cost
    both.

    Raises:
        OSError: it can't be done; nothing is left beside the file.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    _write_and_rename(temporary, path, content, is_synced=False)


def replace_file(path: Path, content: bytes) -> None:
    """Write a new or replaced file as a whole; its name is durable once its folder has been synced.

    Only the process that holds the folder's lock may call this, for the temporary name is always the same:
    what a killed one left under it is removed.

    Raises:
        OSError: it can't be done; nothing is left beside the file.
    """
    temporary = path.with_name(f".{path.name}.part")
    disk.remove_file(temporary)
    _write_and_rename(temporary, path, content)


def make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, where they are missing, and make their names durable.

    Args:
        folder: The innermost.
        made: Takes each folder that was made, the outermost first, even where the next can't be.
    """
    if folder.is_dir():
        return
    try:
        disk.make_folder(folder)
        made.append(folder)
    except FileNotFoundError:
        if folder.parent.is_dir():  # The parent is there, so it is the parent that can't take it.
            raise
        make_folders(folder.parent, made)
        make_folders(folder, made)
        return
    except FileExistsError:
        # Another process may have made it just now.
        if is_something_else(folder):
            raise
    sync_folder(folder.parent)


def is_something_else(path: Path) -> bool:
    """Return whether there is something at ``path`` that is no folder, by a single look."""
    try:
        return not stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable; without effect where folders can't be opened."""
    if os.name != "posix":
        return
    try:
        descriptor = disk.open_folder(folder)
    except PermissionError:
        # A folder that one may write to, but not list, can't be synced by anybody but its owner.
        return
    try:
        _sync(descriptor)
    finally:
        disk.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it; nothing if it is not there."""
    if path.is_dir() and not path.is_symlink():
        disk.remove_tree(path)
    else:
        disk.remove_file(path)


def _write_and_rename(temporary: Path, path: Path, content: bytes, *, is_synced: bool = True) -> None:
    _refuse_device(path)
    try:
        _write_new(temporary, content, is_synced=is_synced)
        disk.rename(temporary, path)
    except BaseException:
        # On a full disk half a file would take the room that is needed to try again.
        with suppress(OSError):
            disk.remove_file(temporary)
        raise


def _refuse_device(path: Path) -> None:
    """Refuse a device, a pipe, or a link to one: root would replace it for every program of the system."""
    try:
        kind = path.stat().st_mode
    except OSError:
        # It is not there yet, or the write itself tells what is wrong.
        return
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise OSError(errno.EINVAL, "it is no ordinary file")


def _write_new(path: Path, content: bytes, *, is_synced: bool) -> None:
    # To open it anew follows no link that somebody put there.
    descriptor = disk.open_new(path)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[disk.write(descriptor, rest) :]
        if is_synced:
            _sync(descriptor)
    finally:
        # Some file systems tell only here that there was no room, so a failing close is a failing write.
        disk.close(descriptor)


def _sync(descriptor: int) -> None:
    try:
        disk.sync(descriptor)
    except OSError as error:
        # Some file systems can't; what they hold is as durable as they make it.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
