"""Removing a run: its name goes first, so that half a run is never seen under it."""

from pathlib import Path

from regress_cli.errors import RunFolderError, explain_os_errors
from regress_cli.runs import layout
from regress_cli.runs.disk import disk
from regress_cli.runs.durable import remove, sync_folder
from regress_cli.text import printable

_NAMES = {*layout.FILES, layout.PLOTS, layout.CHECKPOINT}


def remove_run(folder: Path) -> None:
    """Remove a run's folder, whole or damaged, with all that is in it; what is no run is not touched.

    Raises:
        RunFolderError: it is no folder of a run, or the system does not let it be removed.
        LimitReached: the disk fails.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise RunFolderError(f"{printable(folder)}: this is no folder; remove it by hand if it is to go")
    # From inside, a run's folder may be called a point.
    folder = folder.resolve()
    if not _is_a_run_s(folder):
        raise RunFolderError(
            f"{printable(folder)}: this is no run's folder, or holds what no run has written; remove it by "
            "hand if it is to go"
        )
    going = folder.with_name(layout.REPLACED + folder.name)
    with explain_os_errors(f"remove {printable(folder)}", "check its permissions"):
        remove(going)
        disk.rename(folder, going)
        sync_folder(folder.parent)
        remove(going)


def _is_a_run_s(folder: Path) -> bool:
    """Whether a folder holds files of a run, damaged or not, and nothing else."""
    with explain_os_errors(f"read {printable(folder)}", "check its permissions"):
        names = {path.name for path in folder.iterdir()}
    return bool(names & set(layout.FILES)) and names <= _NAMES
