"""The hidden folder in which a run is made, and the names of what is put there."""

import hashlib
import io
import json
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.errors import LimitReached, RunFolderError, UserError, explain_os_errors, os_reason
from regress_cli.runs import layout
from regress_cli.runs.arrays_file import archive_of
from regress_cli.runs.csv_text import csv_text
from regress_cli.runs.disk import disk
from regress_cli.runs.durable import remove, replace_file, sync_folder
from regress_cli.runs.environment import describe_environment
from regress_cli.runs.record_file import LARGEST_RECORD, is_own_file
from regress_cli.runs.replacing import remove_replaced, replace_run
from regress_cli.runs.run import Run, open_run
from regress_cli.runs.status import file_length
from regress_cli.runs.strict_json import checksum, dumps, finite
from regress_cli.text import printable

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
        self._write(layout.PARAMS, archive_of(arrays))

    def write_metrics(self, columns: Columns) -> None:
        """Write the course of training."""
        self._write(layout.METRICS, csv_text(columns))

    def write_predictions(self, columns: Columns) -> None:
        """Write a prediction for every row of the data."""
        self._write(layout.PREDICTIONS, csv_text(columns))

    def write_plot(self, name: str, content: bytes) -> None:
        """Write a picture; ``name`` carries the format's ending."""
        with self._explained(name):
            self._make_plots_folder()
        self._write(f"{layout.PLOTS}/{name}", content)

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write run.json; where a number is not finite it says null, and lists the place.

        How large it is can be told only here, after training, for the record holds what came of it.

        Raises:
            UserError: it would be larger than any record that is read.
        """
        data, places = finite({"format_version": layout.FORMAT_VERSION, **record})
        data |= {"nonfinite": places, "files": self._files}
        self._write(layout.RECORD, dumps({**data, "checksum": checksum(data)}))
        if self._files[layout.RECORD]["bytes"] > LARGEST_RECORD:
            most = f"{LARGEST_RECORD >> 20} MiB"
            raise UserError(
                f"the record of this run would be larger than {most}, for it names every column, category "
                "and parameter; use fewer of them"
            )

    def write_carried(self, files: Mapping[str, bytes]) -> None:
        """Write the files of a run that was made elsewhere, each as it was there.

        Raises:
            RunFolderError: one has a name that no file of a run has.
        """
        for name, content in files.items():
            if not is_own_file(name):
                raise RunFolderError(
                    f"{printable(name)}: no file of a run has this name; nothing is kept of it"
                )
            if name.startswith(f"{layout.PLOTS}/"):
                self.write_plot(name.removeprefix(f"{layout.PLOTS}/"), content)
            else:
                self._write(name, content)

    def save_checkpoint(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep what is needed to go on from here."""
        content = archive_of(arrays)
        self._put(layout.CHECKPOINT, self._seal(content) + content)

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is a checkpoint, one that can be used or not."""
        return (self.folder / layout.CHECKPOINT).exists()

    def load_checkpoint(self) -> dict[str, np.ndarray] | None:
        """Return what `save_checkpoint` kept; None where there is nothing that can be trusted.

        A checkpoint that is damaged, of another run, or made with other versions, another machine or
        other threads would lead to another result than an undisturbed run has.

        Raises:
            LimitReached: the system could not read it just now; it may be whole.
            RunFolderError: it is there, and may not be read.
        """
        path = self.folder / layout.CHECKPOINT
        with explain_os_errors(f"read {printable(path)}", "begin anew with --fresh"):
            if not _is_as_long_as_it_says(path):
                return None
            sealed = path.read_bytes()
        seal, content = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
        if seal != self._seal(content):
            return None
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def publish(self) -> Run:
        """Give the finished folder its final name; a run that had it is replaced at that moment.

        Raises:
            LimitReached: the run is not finished; or it is, but may not outlast a power cut.
        """
        with self._explained("the finished folder"):
            self._make_plots_folder()
            sync_folder(self.folder / layout.PLOTS)
            sync_folder(self.folder)
            replace_run(self.folder, self.final)
        # The checkpoint goes last: whatever fails or ends before, the same command goes on from it.
        remove_checkpoint(self.final)
        self._make_name_durable()
        with suppress(OSError):  # The run is finished, whatever else can't be done.
            remove_replaced(self.final)
        return open_run(self.final)

    def clear(self, *, keep_checkpoint: bool) -> None:
        """Remove what an earlier sitting left, or somebody put there."""
        for path in self.folder.iterdir():
            may_stay = keep_checkpoint and path.name == layout.CHECKPOINT and not path.is_symlink()
            if not may_stay or file_length(path) is None:
                remove(path)

    def _make_plots_folder(self) -> None:
        folder = self.folder / layout.PLOTS
        if not folder.exists():
            disk.make_folder(folder)

    def _make_name_durable(self) -> None:
        try:
            sync_folder(self.final.parent)
        except OSError as error:
            raise LimitReached(
                f"{printable(self.final)} is finished, but it may not outlast a power cut, for the disk "
                f"failed ({os_reason(error)}); check the disk, and repeat the run with --force"
            ) from error

    def _write(self, name: str, content: bytes | str) -> None:
        """Write a file that stays, and remember what it holds for the record."""
        data = content.encode("utf-8", errors="surrogateescape") if isinstance(content, str) else content
        self._put(name, data)
        self._files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def _put(self, name: str, content: bytes) -> None:
        with self._explained(name):
            # The folder is synced once, when all its files are there; a checkpoint that a power cut
            # takes away costs no more than time.
            replace_file(self.folder / name, content)

    def _seal(self, content: bytes) -> bytes:
        """Return what stands before a checkpoint's content: its length, and its digest."""
        return struct.pack(_LENGTH, len(content)) + hashlib.sha256(self._owner + content).digest()

    @cached_property
    def _owner(self) -> bytes:
        """Who can go on from a checkpoint: this run, where arithmetic gives the same bits."""
        return json.dumps([self.final.name, describe_environment()], sort_keys=True).encode()

    def _explained(self, name: str):
        place = printable(self.final.parent)
        return explain_os_errors(f"write {printable(name)} in {place}", "choose another folder with --out")


_LENGTH = "<Q"
_SEAL_BYTES = struct.calcsize(_LENGTH) + hashlib.sha256().digest_size


def _is_as_long_as_it_says(checkpoint: Path) -> bool:
    """Return whether a file may be read as a whole: it is one, and has the length that its seal names.

    To read a pipe that somebody put there would never end, and a file without an end would take all memory.
    """
    found = file_length(checkpoint)
    if found is None or found < _SEAL_BYTES:
        return False
    with checkpoint.open("rb") as file:
        (length,) = struct.unpack(_LENGTH, file.read(struct.calcsize(_LENGTH)))
    return found == _SEAL_BYTES + length


def remove_checkpoint(final: Path) -> None:
    """Remove the checkpoint from a finished run, if it is there; one that can't be removed does no harm."""
    with suppress(OSError):
        disk.remove_file(final / layout.CHECKPOINT)
