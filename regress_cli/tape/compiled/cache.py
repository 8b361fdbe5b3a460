"""Compiled libraries kept from one process to the next, in a folder that only its owner writes to."""

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

_MOST_FILES = 200
# The lines of /proc/cpuinfo that differ between processors with different instructions.
_INSTRUCTIONS = ("vendor_id", "cpu family", "model", "stepping", "flags", "CPU ", "Features", "isa")


def find_folder() -> Path | None:
    """Return the folder for libraries; None if there is none, or others could put a library into it."""
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        # A relative path there is to be ignored.
        folder = (root if root.is_absolute() else Path.home() / ".cache") / "regress" / "tape"
        if not folder.is_absolute():
            return None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):  # A RuntimeError if there is no home.
        return None
    return folder if status.st_uid == os.getuid() and not status.st_mode & 0o022 else None


def key_of(text: str, compiler: Sequence[str]) -> str:
    """Return what a library is found by: a digest of its text, its compiler and the processor."""
    return _digest("\0".join([text, *compiler, _processor()]).encode())


def find(folder: Path, key: str) -> Iterator[Path]:
    """Yield the libraries with a key; a damaged one is dropped, for the system would crash on it."""
    for path in folder.glob(f"{key}-*.so"):
        try:
            content = path.read_bytes()
        except OSError:  # Another process has dropped it.
            continue
        if path.name == _name(key, content):
            yield path
        else:
            drop(path)


def keep(folder: Path, key: str, library: Path) -> Path:
    """Copy a library into the folder, where it appears whole or not at all, and return its new path."""
    path = folder / _name(key, library.read_bytes())
    number, name = tempfile.mkstemp(dir=folder)
    os.close(number)
    try:
        shutil.copyfile(library, name)
        Path(name).replace(path)
    except OSError:
        drop(Path(name))
        raise
    _drop_oldest(folder)
    return path


def drop(path: Path) -> None:
    """Remove a file, if that can be done."""
    with suppress(OSError):
        path.unlink()


def _drop_oldest(folder: Path) -> None:
    with suppress(OSError):  # Another process may be doing the same.
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-_MOST_FILES]:
            drop(path)


def _name(key: str, content: bytes) -> str:
    return f"{key}-{_digest(content)}.so"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _processor() -> str:
    """Return what tells apart processors that know different instructions."""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
        # All that belongs to the first processor comes before an empty line.
        first = iter(lines.readline, "\n")
        return "".join(line for line in first if line.startswith(_INSTRUCTIONS))
    return f"{platform.machine()} {platform.processor()}"
