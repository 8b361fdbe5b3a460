"""Reading run.json, and holding a folder's files against it, without NumPy: a listing reads many.

What is damaged is told apart from what the system does not let be read: the first has to be made again,
the second may be a good run.
"""

import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from regress_cli.errors import RunFolderError, UserError, os_reason, refuse_no_room
from regress_cli.runs import layout
from regress_cli.runs.record_shape import first_wrong_place
from regress_cli.runs.status import file_length, status_of
from regress_cli.runs.strict_json import checksum, loads
from regress_cli.text import printable

LARGEST_RECORD = 4 << 20
# Deeper than any record; what is deeper still could not be written out again.
_DEEPEST = 32
# A run's own files lie in its folder or among its plots; no other name is followed.
_OWN_FILE = re.compile(rf"(?:{layout.PLOTS}/)?(?!\.\.?$)[^/\\\0]+")
_BLOCK = 1 << 20
# Without --force, a run that looks whole would be found and not repeated.
_REMEDY = "repeat the run with --force"


def read_record(folder: Path) -> dict[str, Any]:
    """Return the content of a run's record, whose checksum, shape and files' lengths are right.

    Raises:
        RunFolderError: the folder is not a whole run of this format version.
        LimitReached: the system has no room to read it, or its disk fails.
        UserError: the system does not let it be read.
    """
    _check_folder(folder)
    path = folder / layout.RECORD
    record = _parse(path, read_bytes(path, LARGEST_RECORD))
    _check_record(path, record)
    _check_lengths(folder, record)
    return record


def read_bytes(path: Path, most: int) -> bytes:
    """Return a file's content.

    Raises:
        RunFolderError: it is not there, or larger than a run would make it.
        LimitReached: the system has no room to read it, or its disk fails.
        UserError: the system does not let it be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        refuse_unreadable(path, error)
    if len(content) > most:
        raise damaged(path)
    return content


def differing_files(folder: Path, record: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the files of a run whose bytes are not those that the run wrote.

    Raises:
        LimitReached, UserError: as `read_bytes` does.
    """
    for name, facts in record["files"].items():
        path = folder / name
        try:
            with path.open("rb") as file:
                digest = _digest(file, facts["bytes"])
        except OSError as error:
            refuse_unreadable(path, error)
        if digest != facts["sha256"]:
            yield path


def refuse_unreadable(path: Path, error: OSError) -> NoReturn:
    """Raise what an error of the system means: the file is gone, there is no room, or it is not for us."""
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        raise damaged(path) from error
    action = f"read {printable(path)}"
    refuse_no_room(action, error)
    # No RunFolderError: whoever finds a damaged run says that its folder can go.
    raise UserError(f"can't {action}: {os_reason(error)}; check its permissions") from error


def damaged(path: Path, reason: str = "the file is missing or damaged") -> RunFolderError:
    """Return the refusal of a file that is not as the run wrote it."""
    return RunFolderError(f"{printable(path)}: {reason}; {_REMEDY}")


def _check_folder(folder: Path) -> None:
    """Refuse what is no folder, and one in which a file is missing that every run has."""
    try:
        status = status_of(folder)
        if status is None or not stat.S_ISDIR(status.st_mode):
            what = "there is no such run folder" if status is None else "this is not a folder"
            raise RunFolderError(f"{printable(folder)}: {what}; `regress run` prints the path of one")
        missing = [name for name in layout.FILES if file_length(folder / name) is None]
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            refuse_unreadable(folder, error)
        raise RunFolderError(f"{printable(folder)}: no path is written so; name a run's folder") from error
    if missing:
        raise damaged(folder, f"this is not a whole run ({missing[0]} is missing)")


def _parse(path: Path, content: bytes) -> dict[str, Any]:
    try:
        record = loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise damaged(path) from error
    if not isinstance(record, dict) or "format_version" not in record:
        raise damaged(path)
    return record


def _depth_exceeds(data: Any, most: int) -> bool:
    """Return whether lists and objects are nested deeper than ``most``, level by level."""
    level = [data]
    for _ in range(most):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _check_record(path: Path, record: dict[str, Any]) -> None:
    """Take the checksum out of the record, and refuse one of another format, content or shape."""
    version, seal = record["format_version"], record.pop("checksum", None)
    # True equals 1, but no regress writes it.
    if version != layout.FORMAT_VERSION or isinstance(version, bool):
        raise RunFolderError(
            f"{printable(path.parent)}: its format is {printable(version)}, this regress reads "
            f"{layout.FORMAT_VERSION}; {_REMEDY}, or use the regress that wrote it"
        )
    if seal is None or _depth_exceeds(record, _DEEPEST) or seal != checksum(record):
        raise damaged(path)
    place = first_wrong_place(record) or _wrong_file_name(record["files"])
    if place is not None:
        raise damaged(path, f"the record is damaged at {printable(place, 80)}")


def is_own_file(name: str) -> bool:
    """Return whether a run may have a file of this name: in its folder or among its plots, nowhere else."""
    return _OWN_FILE.fullmatch(name) is not None


def _wrong_file_name(files: Mapping[str, Any]) -> str | None:
    """Return the place of a file that no run has, or that every run has and this one has not."""
    foreign = [name for name in files if not is_own_file(name)]
    missing = [name for name in layout.FILES if name != layout.RECORD and name not in files]
    return next((f"files.{name}" for name in (*foreign, *missing)), None)


def _check_lengths(folder: Path, record: Mapping[str, Any]) -> None:
    """Refuse a folder in which a file is not there, or not as long as when the run wrote it."""
    for name, facts in record["files"].items():
        path = folder / name
        try:
            is_whole = file_length(path) == facts["bytes"]
        except OSError as error:
            refuse_unreadable(path, error)
        except ValueError:
            is_whole = False
        if not is_whole:
            raise damaged(path)


def _digest(file: BinaryIO, most: int) -> str:
    """Return the SHA-256 of a file, and of no more than a byte beyond what it should hold."""
    digest = hashlib.sha256()
    left = most + 1
    while left > 0 and (block := file.read(min(_BLOCK, left))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()
