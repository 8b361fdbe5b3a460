"""A finished folder takes its name; a run that had it waits under another one until that is certain."""

from contextlib import suppress
from pathlib import Path

from regress_cli.errors import RunFolderError
from regress_cli.runs import layout
from regress_cli.runs.disk import disk
from regress_cli.runs.durable import remove, sync_folder
from regress_cli.runs.run import open_run


def replaced_path(final: Path) -> Path:
    """Return where a finished run waits while its successor takes its name."""
    return final.with_name(layout.REPLACED + final.name)


def replace_run(folder: Path, final: Path) -> None:
    """Give a finished folder its final name; a run that had it is set aside.

    Raises:
        OSError: it can't be done; the run that had the name has it still.
    """
    if final.exists():
        disk.rename(final, replaced_path(final))
    try:
        disk.rename(folder, final)
    except BaseException:
        with suppress(OSError):  # The next to claim the place does it then.
            restore_replaced(final)
        raise


def restore_replaced(final: Path) -> None:
    """Give a run its name back that was being replaced when something went wrong.

    Raises:
        OSError: the file system can't do it.
        LimitReached, UserError: it can't be told whether the run is whole; it stays where it is.
    """
    replaced = replaced_path(final)
    if not final.exists() and _is_run(replaced):
        disk.rename(replaced, final)
    else:
        remove_replaced(final)


def remove_replaced(final: Path) -> None:
    """Remove the run that was set aside, once nothing can bring it back in place of its successor.

    Without the sync a power cut could leave the old names, and the old run half removed under its own.

    Raises:
        OSError: it can't be done.
    """
    replaced = replaced_path(final)
    if replaced.is_symlink() or replaced.exists():
        sync_folder(final.parent)
        remove(replaced)


def _is_run(folder: Path) -> bool:
    if folder.is_symlink():
        return False
    try:
        open_run(folder)
    except RunFolderError:
        return False
    return True
