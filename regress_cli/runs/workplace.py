"""The hidden folder in which a run is made, and the names of what is put there."""

import hashlib
import io
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.errors import RegressError, explain_os_errors
from regress_cli.runs import layout
from regress_cli.runs.csv_text import csv_text
from regress_cli.runs.durable import sync_folder, write_file
from regress_cli.runs.run import Run, open_run
from regress_cli.runs.strict_json import checksum, dumps, finite
from regress_cli.text import printable
from regress_cli.version import __version__

Columns = Mapping[str, Sequence[Any] | np.ndarray]


class Workplace:
    """A run in the making. Every file is whole and on disk when its method returns."""

    def __init__(self, folder: Path, final: Path) -> None:
        self.folder = folder
        self.final = final
        self._files: dict[str, dict[str, Any]] = {}

    def write_config(self, text: str) -> None:
        """Write the resolved config."""
        self._write(layout.CONFIG, text)

    def write_params(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Write every parameter, exactly."""
        self._write(layout.PARAMS, _npz(arrays))

    def write_metrics(self, columns: Columns) -> None:
        """Write the course of training."""
        self._write(layout.METRICS, csv_text(columns))

    def write_predictions(self, columns: Columns) -> None:
        """Write a prediction for every row of the data."""
        self._write(layout.PREDICTIONS, csv_text(columns))

    def write_plot(self, name: str, content: bytes) -> None:
        """Write a picture; ``name`` carries the format's ending."""
        with self._explained(name):
            (self.folder / layout.PLOTS).mkdir(exist_ok=True)
        self._write(f"{layout.PLOTS}/{name}", content)

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write run.json; where a number is not finite it says null, and lists the place."""
        data, places = finite({"format_version": layout.FORMAT_VERSION, **record})
        data |= {"nonfinite": places, "files": self._files}
        self._write(layout.RECORD, dumps({**data, "checksum": checksum(data)}))

    def save_checkpoint(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep what is needed to go on from here."""
        content = _npz(arrays)
        self._put(layout.CHECKPOINT, self._seal(content) + content)

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is a checkpoint, one that can be used or not."""
        return (self.folder / layout.CHECKPOINT).exists()

    def load_checkpoint(self) -> dict[str, np.ndarray] | None:
        """Return what `save_checkpoint` kept; None where there is nothing that can be trusted.

        A checkpoint that is damaged, of another run or of another version of regress would lead to
        another result than an undisturbed run has.
        """
        path = self.folder / layout.CHECKPOINT
        try:
            # Only a regular file: reading a pipe that somebody put there would never end.
            sealed = path.read_bytes() if path.is_file() else b""
        except OSError:
            return None
        seal, content = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if seal != self._seal(content):
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def publish(self) -> Run:
        """Give the finished folder its final name; a run that had it is replaced at that moment."""
        replaced = replaced_path(self.final)
        with self._explained("the finished folder"):
            remove(self.folder / layout.CHECKPOINT)
            (self.folder / layout.PLOTS).mkdir(exist_ok=True)
            sync_folder(self.folder / layout.PLOTS)
            sync_folder(self.folder)
            if self.final.exists():
                self.final.rename(replaced)
            try:
                self.folder.rename(self.final)
            except OSError:
                restore_replaced(self.final)
                raise
        # From here on the run is finished, whatever else can't be done.
        with suppress(OSError):
            sync_folder(self.final.parent)
            remove(replaced)
        return open_run(self.final)

    def clear(self, *, keep_checkpoint: bool) -> None:
        """Remove what an earlier sitting left, or somebody put there."""
        for path in self.folder.iterdir():
            if not (keep_checkpoint and path.name == layout.CHECKPOINT and not path.is_symlink()):
                remove(path)

    def _write(self, name: str, content: bytes | str) -> None:
        """Write a file that stays, and remember what it holds for the record."""
        data = content.encode("utf-8", errors="surrogateescape") if isinstance(content, str) else content
        self._put(name, data)
        self._files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def _put(self, name: str, content: bytes) -> None:
        with self._explained(name):
            write_file(self.folder / name, content)

    def _seal(self, content: bytes) -> bytes:
        """Return the digest that stands before a checkpoint's content."""
        owner = f"{self.final.name} {__version__} ".encode()
        return hashlib.sha256(owner + content).digest()

    def _explained(self, name: str):
        place = printable(self.final.parent)
        return explain_os_errors(f"write {printable(name)} in {place}", "choose another folder with --out")


_SEAL_BYTES = hashlib.sha256().digest_size


def replaced_path(final: Path) -> Path:
    """Return where a finished run waits while its successor takes its name."""
    return final.with_name(layout.REPLACED + final.name)


def restore_replaced(final: Path) -> None:
    """Give a run its name back that was being replaced when something went wrong."""
    replaced = replaced_path(final)
    if not final.exists() and _is_run(replaced):
        replaced.rename(final)
    else:
        remove(replaced)


def _is_run(folder: Path) -> bool:
    try:
        open_run(folder)
    except RegressError:
        return False
    return not folder.is_symlink()


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it; nothing if it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
