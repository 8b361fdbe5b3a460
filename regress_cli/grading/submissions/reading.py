"""The files of a submission, read without trusting any of them."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from regress_cli.text import printable

LARGEST_FILE = 1 << 20
_LARGEST_FOLDER = 8 << 20
_MOST_FILES = 100
_DEEPEST = 4


@dataclass(frozen=True)
class Files:
    """The files of a submission.

    Attributes:
        contents: Each file's bytes by its name, folders in front.
        refusal: Why the one that counts is not among them; empty if it is.
        is_missing: Whether it is not there, rather than unfit to be read.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict)
    refusal: str = ""
    is_missing: bool = False


def read_submission(place: Path, file_name: str, left_out: Collection[Path] = ()) -> Files:
    """Return the files of a submission; nothing that is not an ordinary file of a fair size is opened.

    A file that is handed in alone counts under whatever name it has.

    Args:
        place: The file or folder.
        file_name: The file that counts.
        left_out: Files and folders, resolved, that are none of a submission's, though they lie in its folder.
    """
    try:
        status = place.lstat()
    except (OSError, ValueError) as error:
        return Files(refusal=why_unreadable(place.name, error), is_missing=True)
    if not stat.S_ISDIR(status.st_mode):
        try:
            return _with_text({file_name: _read(place)}, file_name, place.name)
        except _Unreadable as reason:
            return Files(refusal=str(reason), is_missing=not stat.S_ISREG(status.st_mode))
    contents: dict[str, bytes] = {}
    reasons: dict[str, str] = {}
    for name, path in _files_in(place):
        whole = path.resolve()
        if name != file_name and not {whole, *whole.parents}.isdisjoint(left_out):
            continue
        try:
            contents[name] = _read(path)
        except _Unreadable as reason:
            reasons[name] = str(reason)
        if len(contents) > _MOST_FILES or sum(map(len, contents.values())) > _LARGEST_FOLDER:
            size = f"{_MOST_FILES} files or {_LARGEST_FOLDER >> 20} MiB"
            return Files(refusal=f"it holds more than {size}; hand in the code alone")
    if file_name in contents:
        return _with_text(contents, file_name, file_name)
    if file_name in reasons:
        return Files(refusal=reasons[file_name])
    there = printable(", ".join(sorted(contents)), 100) or "nothing that can be read"
    wanted = f"there is no {file_name}; it holds {there}"
    return Files(
        refusal=f"{wanted}; the code has to be in {file_name}, and that in no folder", is_missing=True
    )


def _with_text(contents: Mapping[str, bytes], file_name: str, handed_in: str) -> Files:
    """Return the files, of which the one that counts is a text without a byte order mark.

    Args:
        contents: The files.
        file_name: The one that counts.
        handed_in: What it was called when it was handed in.
    """
    shown = printable(handed_in, 100)
    if handed_in.endswith(".ipynb"):
        return Files(refusal=f"{shown} is a notebook; export it as a Python file, and hand in that")
    try:
        text = contents[file_name].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not handed_in.lower().endswith(".py"):
            return Files(refusal=f"{shown} is no Python file; hand in {file_name}")
        return Files(refusal=f"{shown} is not UTF-8 at byte {error.start}; save it as UTF-8")
    return Files({**contents, file_name: text.encode()})


def why_unreadable(name: str, error: Exception) -> str:
    """Return that something can't be read, and what the system says of that."""
    reason = (error.strerror if isinstance(error, OSError) else None) or "no path is written so"
    return f"{printable(name)} can't be read: {printable(reason)}"


class _Unreadable(Exception):
    """A file that is not read. The text says why."""


def _files_in(folder: Path, inside: str = "", depth: int = 0) -> Iterator[tuple[str, Path]]:
    """Yield the names and paths of a folder's files, and of those in its folders; no link is followed."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in listed[: 10 * _MOST_FILES]:
        name = f"{inside}{entry.name}"
        if entry.name.startswith(".") or entry.name == "__pycache__" or printable(name) != name:
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < _DEEPEST:
                yield from _files_in(Path(entry.path), f"{name}/", depth + 1)
        else:
            yield name, Path(entry.path)


def _read(path: Path) -> bytes:
    # A pipe without a writer would block, and a link may lead anywhere.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        if path.is_symlink():
            raise _Unreadable(f"{printable(path.name)} is a link; hand in the file itself") from error
        raise _Unreadable(why_unreadable(path.name, error)) from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _Unreadable(f"{printable(path.name)} is no ordinary file; hand in a Python file")
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise _Unreadable(
            f"{printable(path.name)} is larger than {LARGEST_FILE >> 20} MiB; hand in code alone"
        )
    return content
