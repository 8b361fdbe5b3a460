"""What the last listing read: a run whose files are as they were then need not be read again.

The index is a help and nothing more. It may be deleted at any time; what is missing in it, damaged, or
of another file than the one that is there is read from the run itself.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from regress_cli.runs import layout
from regress_cli.runs.durable import write_file
from regress_cli.runs.record_shape import is_summary
from regress_cli.runs.strict_json import loads

_NAME = ".index.json"
_VERSION = 1
# About a kilobyte for each run.
_LARGEST = 256 << 20

Summary = Mapping[str, Any]


class Index:
    """What is known of the runs of a folder, by the name of each."""

    def __init__(self, outputs: Path, known: dict[str, Any]) -> None:
        self._outputs, self._known = outputs, known
        self._used: dict[str, Any] = {}
        self._is_new = False

    @classmethod
    def read(cls, outputs: Path) -> "Index":
        """Return the index of a folder; an empty one where there is none that can be used."""
        path = outputs / _NAME
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
                return cls(outputs, {})
            data = loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return cls(outputs, {})
        is_index = (
            isinstance(data, dict) and data.get("version") == _VERSION and isinstance(data.get("runs"), dict)
        )
        return cls(outputs, data["runs"] if is_index else {})

    def get(self, folder: Path) -> Summary | None:
        """Return what a listing shows of a run, if its files are those that were read."""
        entry = self._known.get(folder.name)
        if not (isinstance(entry, dict) and is_summary(entry.get("summary"))):
            return None
        stamps = _stamps(folder, entry["summary"]["files"])
        if stamps is None or stamps != entry.get("stamps"):
            return None
        self._used[folder.name] = entry
        return entry["summary"]

    def put(self, folder: Path, record: Mapping[str, Any]) -> Summary:
        """Keep what a listing shows of a record, and return it."""
        summary = summary_of(record)
        stamps = _stamps(folder, summary["files"])
        if stamps is not None:
            self._used[folder.name] = {"stamps": stamps, "summary": summary}
            self._is_new = True
        return summary

    def write(self) -> None:
        """Write the index, if anything in it is new; where it can't be written, the next listing is slow."""
        if self._is_new or self._used.keys() != self._known.keys():
            # A number that is none would be a bug, and no reason for a listing to fail.
            with suppress(OSError, ValueError):
                content = json.dumps(
                    {"version": _VERSION, "runs": self._used}, separators=(",", ":"), allow_nan=False
                )
                write_file(self._outputs / _NAME, content.encode("utf-8", errors="surrogateescape"))


def summary_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a listing shows of a record."""
    return {
        **{key: record[key] for key in ("name", "digest", "status", "metrics")},
        "seed": record.get("seed"),
        "model": record["config"]["model"]["kind"],
        "optimizer": record["config"]["optimizer"]["kind"],
        "files": {name: facts["bytes"] for name, facts in record["files"].items()},
    }


def _stamps(folder: Path, files: Mapping[str, int]) -> list[int] | None:
    """Return what tells the record from every other one; None where a file is not as long as it says."""
    with suppress(OSError, ValueError):
        seen = os.stat(folder / layout.RECORD)  # noqa: PTH116 - ten thousand of them, in a moment.
        for name, size in files.items():
            if os.stat(f"{folder}/{name}").st_size != size:  # noqa: PTH116 - the same.
                return None
        return [seen.st_mtime_ns, seen.st_size, seen.st_ino]
    return None
