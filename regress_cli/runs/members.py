"""The runs that a folder of many stands for: its results.csv has a row for each."""

import csv
import io
from pathlib import Path

from regress_cli.errors import RunFolderError
from regress_cli.runs.record_file import read_bytes
from regress_cli.spreadsheets import unguarded
from regress_cli.text import printable, quoted

RESULTS, _RUN = "results.csv", "run"
_LARGEST = 64 << 20


def stands_for_many(folder: Path) -> bool:
    """Return whether a folder is that of a sweep or of seeds; that of a run has no such table."""
    return (folder / RESULTS).is_file()


def members_of(folder: Path) -> list[tuple[Path, dict[str, str]]]:
    """Return the folder of each run, with what its row says.

    Raises:
        RunFolderError: the table is damaged, or names what can be no run.
        LimitReached, UserError: the system does not let it be read.
    """
    path = folder / RESULTS
    text = read_bytes(path, _LARGEST).decode("utf-8", errors="surrogateescape")
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [unguarded(name) for name in header]
        members = [dict(zip(names, map(unguarded, row), strict=True)) for row in rows]
    except (csv.Error, ValueError) as error:
        raise _damaged(path, "the table is damaged") from error
    if _RUN not in names:
        raise _damaged(path, "it has no column called 'run'")
    for member in members:
        if not _is_name(member[_RUN]):
            raise _damaged(path, f"{quoted(member[_RUN])} is no name of a run")
    # OUT/sweeps/NAME and OUT/seeds/NAME: the runs themselves lie in OUT.
    outputs = folder.absolute().parent.parent
    return [(outputs / member[_RUN], member) for member in members]


def _is_name(text: str) -> bool:
    """Whether a text is the name of a folder, and leads to nowhere else."""
    return bool(text) and not text.startswith(".") and not set(text) & set("/\\\0")


def _damaged(path: Path, reason: str) -> RunFolderError:
    return RunFolderError(f"{printable(path)}: {reason}; give the same sweep again, which writes it anew")
