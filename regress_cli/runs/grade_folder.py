"""The files of a graded assignment: a folder for each student, and those of the whole class beside them."""

import hashlib
import re
from pathlib import Path

from regress_cli.errors import RunFolderError, explain_os_errors
from regress_cli.runs.durable import make_folders, write_file, write_whole
from regress_cli.runs.record_file import read_bytes
from regress_cli.text import printable

# No run can have this name, for that of a run ends with its digest.
GRADES = "grades"
_STUDENTS = "submissions"
_RECORD = "record.json"
_LARGEST_RECORD = 16 << 20
_LONGEST_NAME = 60
_MARKED = re.compile(r"-[0-9a-f]{8}$")


class GradeFolder:
    """Where the records of an assignment are written; each file is whole at any moment.

    Attributes:
        path: ``OUT/grades/NAME``.
    """

    def __init__(self, outputs: Path, name: str) -> None:
        self.path = outputs / GRADES / name

    def write_record(self, student: str, text: str, *, is_last: bool = True) -> None:
        """Write a student's record anew.

        Args:
            student: Whose it is.
            text: The record's.
            is_last: Whether it will stay; one that soon makes way for the next does not wait for the disk.
        """
        write_at(self.place_of(student, _RECORD), text.encode(), is_durable=is_last)

    def read_record(self, student: str) -> bytes | None:
        """Return a student's record; None if there is none that could be read."""
        path = self._folder_of(student) / _RECORD
        try:
            return read_bytes(path, _LARGEST_RECORD)
        except RunFolderError:
            # It is graded anew, which replaces the file.
            return None

    def write_of(self, student: str, name: str, content: bytes, *, is_last: bool = True) -> Path:
        """Write a file of one student's anew, as the record, and return its path."""
        return write_at(self.place_of(student, name), content, is_durable=is_last)

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of the whole class, and return its path."""
        return write_at(self.path / name, content)

    def place_of(self, student: str, name: str) -> Path:
        """Return where a file of one student's lies."""
        return self._folder_of(student) / name

    def _folder_of(self, student: str) -> Path:
        """Return a folder that no other student has, and whose name every system takes."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", student)[:_LONGEST_NAME].strip("._")
        if not name or name != student.lower() or _MARKED.search(name):
            # Other names may be written the same, on a system that does not tell A from a, too; and a student
            # may be called as another one's folder is.
            mark = hashlib.sha256(student.encode("utf-8", "surrogateescape")).hexdigest()[:8]
            name = f"{name or 'student'}-{mark}"
        return self.path / _STUDENTS / name


def write_at(
    path: Path,
    content: bytes,
    *,
    is_durable: bool = True,
    remedy: str = "choose another folder with --out",
) -> Path:
    """Write a file as a whole, with the folders above it, and return its path.

    Args:
        path: Where it goes.
        content: All of it.
        is_durable: Whether it has to be on disk, even after a power cut, once this returns.
        remedy: What helps if it can't be written there.

    Raises:
        RunFolderError: it can't be written there.
        LimitReached: there is no room.
    """
    with explain_os_errors(f"write {printable(path)}", remedy):
        make_folders(path.parent, [])
        (write_file if is_durable else write_whole)(path, content)
    return path
