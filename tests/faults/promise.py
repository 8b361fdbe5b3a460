"""The promise about run folders: one that has its final name is whole, and equal runs have equal bytes."""

import hashlib
import json
from pathlib import Path
from typing import Any

from regress_cli import open_run

# What differs between two makings of one run: how long they took, and the checksum that covers it.
_OF_ITS_MAKING = ("timings", "checksum")


def content_of(folder: Path) -> dict[str, Any]:
    """Return every file of a run as bytes, and run.json without what is of its making alone."""
    files: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    record = json.loads(files["run.json"])
    files["run.json"] = {key: value for key, value in record.items() if key not in _OF_ITS_MAKING}
    return files


def assert_whole(folder: Path) -> None:
    """Open a run, and compare every file with the digest in its record."""
    record = open_run(folder).record
    for name, facts in record["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"], name


def visible_folders(outputs: Path) -> list[Path]:
    """Return what has a final name; nothing where the folder of all runs is not there yet."""
    if not outputs.exists():
        return []
    return sorted(path for path in outputs.iterdir() if not path.name.startswith("."))


def assert_all_whole(outputs: Path) -> None:
    """Check that every folder with a final name is a whole run."""
    for folder in visible_folders(outputs):
        assert_whole(folder)
