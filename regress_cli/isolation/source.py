"""The file is read once, by the parent, so that what was loaded first is loaded again after a crash."""

import os
import stat
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.text import printable

MOST_BYTES = 1 << 20


def read_source(path: Path) -> bytes:
    """Return a file's content without a byte order mark.

    Raises:
        UserError: there is no such file, or it is none that can be read, is too large or no UTF-8.
    """
    shown = printable(path)
    try:
        content = _read(path, shown)
    except FileNotFoundError as error:
        raise UserError(f"{shown}: there is no such file; check the path") from error
    except (OSError, ValueError) as error:  # A path with a null character is a ValueError.
        reason = (error.strerror if isinstance(error, OSError) else None) or "the path is none"
        raise UserError(f"{shown}: can't be read: {reason}; check the path") from error
    return without_mark(content, path)


def without_mark(content: bytes, path: Path) -> bytes:
    """Return a file's content without a byte order mark.

    Raises:
        UserError: it is too large or no UTF-8.
    """
    shown = printable(path)
    if len(content) > MOST_BYTES:
        raise UserError(
            f"{shown}: is larger than {MOST_BYTES >> 20} MiB; name a file of formulas, not of data"
        )
    try:
        return content.decode("utf-8-sig").encode()
    except UnicodeDecodeError as error:
        raise UserError(f"{shown}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error


def _read(path: Path, shown: str) -> bytes:
    # A pipe without a writer would block otherwise, and is refused right after.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            what = "a folder" if stat.S_ISDIR(kind) else "no ordinary file"
            raise UserError(f"{shown}: is {what}; name a Python file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)
