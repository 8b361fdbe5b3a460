"""A mark in the folder of all runs, by which another machine finds out whether it sees the same folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from regress_cli.errors import explain_os_errors
from regress_cli.runs.disk import disk
from regress_cli.runs.durable import make_folders, write_file
from regress_cli.text import printable

# Hidden, as all is that is no finished run.
_PREFIX = ".seen-"


@contextmanager
def shared_mark(outputs: Path) -> Iterator[str]:
    """Yield a mark that is in the folder while the block goes on; no other folder has it.

    Raises:
        RunFolderError, LimitReached: the folder can't be made or written to.
    """
    mark = os.urandom(16).hex()
    path = outputs / (_PREFIX + mark)
    made: list[Path] = []
    with explain_os_errors(f"write in {printable(outputs)}", "choose another folder with --out"):
        make_folders(outputs, made)
        write_file(path, b"")
    try:
        yield mark
    finally:
        with suppress(OSError):
            disk.remove_file(path)
        for folder in reversed(made):
            with suppress(OSError):  # Something is in it: the runs.
                disk.remove_empty(folder)


def sees_mark(outputs: Path, mark: str) -> bool:
    """Return whether the folder of that path, as this machine sees it, is the one with the mark."""
    return (outputs / (_PREFIX + mark)).is_file()
