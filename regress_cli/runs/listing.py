"""All runs of a folder, the damaged ones among them, by what an index or their records say."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regress_cli.errors import RegressError, RunFolderError, UserError
from regress_cli.runs import layout
from regress_cli.runs.index import Index
from regress_cli.runs.record_file import damaged, differing_files, read_record, refuse_unreadable
from regress_cli.text import printable

DAMAGED, UNREADABLE = "damaged", "unreadable"
# How a run's folder ends: a digest of its config.
_RUN_NAME = re.compile(r".+-[0-9a-f]{12}")


@dataclass(frozen=True)
class ListedRun:
    """A run, or what is left of one.

    Attributes:
        folder: Where it lies.
        summary: What a listing shows of its run.json, as `summary_of` gives it; None where that can't be
            trusted or read.
        problem: Why not; None for a run that is whole.
    """

    folder: Path
    summary: Mapping[str, Any] | None = None
    problem: RegressError | None = None

    @property
    def status(self) -> str:
        """The run's own status; ``damaged``, or ``unreadable`` where the system does not let it be read."""
        if self.summary is not None and self.problem is None:
            return self.summary["status"]
        return DAMAGED if isinstance(self.problem, RunFolderError) else UNREADABLE

    @property
    def written(self) -> float | None:
        """When it was written, in seconds since 1970; None where the system does not say."""
        try:
            path = self.folder / layout.RECORD if self.summary is not None else self.folder
            return os.stat(path).st_mtime  # noqa: PTH116 - ten thousand of them, in a moment.
        except OSError:
            return None

    def checked(self) -> "ListedRun":
        """Return the same once its record is read, and every byte of its files is held against it."""
        if self.problem is not None:
            return self
        try:
            different = list(differing_files(self.folder, read_record(self.folder)))
        except RegressError as error:
            return ListedRun(self.folder, self.summary, error)
        if not different:
            return self
        names = ", ".join(str(path.relative_to(self.folder)) for path in different)
        verb = "differs" if len(different) == 1 else "differ"
        problem = damaged(self.folder, f"{printable(names, 1000)} {verb} from what the run wrote")
        return ListedRun(self.folder, self.summary, problem)


def list_runs(outputs: Path) -> list[ListedRun]:
    """Return every run of a folder, by name; what is damaged does not keep the others from being listed.

    Hidden folders, in which runs are in the making, and what never was a run are passed over. What is read
    is kept in an index beside the runs, so that the next listing reads only what is new.

    Raises:
        UserError: there is no such folder, or it can't be read.
        LimitReached: the system has no room to read it.
    """
    folders = _folders(outputs)
    index = Index.read(outputs)
    listed = [_listed(folder, index) for folder in folders]
    index.write()
    return listed


def _listed(folder: Path, index: Index) -> ListedRun:
    summary = index.get(folder)
    if summary is not None:
        return ListedRun(folder, summary)
    try:
        record = read_record(folder)
    except RegressError as error:
        return ListedRun(folder, problem=error)
    return ListedRun(folder, index.put(folder, record))


def _folders(outputs: Path) -> list[Path]:
    """Return what is a run or looks like one."""
    try:
        with os.scandir(outputs) as entries:
            names = sorted(entry.name for entry in entries if looks_like_a_run(entry))
            return [outputs / name for name in names]
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        what = "this is not a folder" if isinstance(error, NotADirectoryError) else "there is no such folder"
        raise UserError(f"{printable(outputs)}: {what}; name one with runs in it") from error
    except OSError as error:
        refuse_unreadable(outputs, error)


def looks_like_a_run(entry: os.DirEntry[str] | Path) -> bool:
    """Return whether something has the name of a run, or files that only a run has."""
    if entry.name.startswith("."):
        return False
    if _RUN_NAME.fullmatch(entry.name):
        return True
    return any(os.path.lexists(Path(entry, name)) for name in (layout.RECORD, layout.PARAMS))
