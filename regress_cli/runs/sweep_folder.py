"""The files of a sweep, or of several seeds, in a folder of its own beside the runs that it is made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regress_cli.errors import explain_os_errors
from regress_cli.runs.csv_text import csv_text
from regress_cli.runs.durable import make_folders, write_file
from regress_cli.runs.members import RESULTS
from regress_cli.text import printable

# No run can have these names, for that of a run ends with its digest.
SWEEPS, SEEDS = "sweeps", "seeds"
_PLOTS = "plots"


class SweepFolder:
    """Where the results of a sweep are written; each file is whole at any moment, and replaced as a whole.

    Attributes:
        path: ``OUT/sweeps/NAME-DIGEST``, or ``OUT/seeds/NAME-DIGEST``.
    """

    def __init__(self, outputs: Path, name: str, digest: str, kind: str = SWEEPS) -> None:
        self.path = outputs / kind / f"{name}-{digest}"

    def write_sweep(self, text: str) -> None:
        """Write what the sweep is."""
        self._write("sweep.yaml", text.encode("utf-8", errors="surrogateescape"))

    def write_results(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write one row for each point."""
        self._write(RESULTS, csv_text(columns).encode("utf-8", errors="surrogateescape"))

    def write_best(self, text: str) -> None:
        """Write the config of the best run."""
        self._write("best.yaml", text.encode("utf-8", errors="surrogateescape"))

    def write_config(self, text: str) -> None:
        """Write the config that gives the same folder when it is run."""
        self._write("config.yaml", text.encode("utf-8", errors="surrogateescape"))

    def write_summary(self, text: str) -> None:
        """Write what the runs say together, as JSON."""
        self._write("summary.json", text.encode())

    def write_plot(self, name: str, content: bytes) -> None:
        """Write a picture; ``name`` carries the format's ending."""
        self._write(f"{_PLOTS}/{name}", content)

    def _write(self, name: str, content: bytes) -> None:
        path = self.path / name
        with explain_os_errors(f"write {printable(path)}", "choose another folder with --out"):
            make_folders(path.parent, [])
            write_file(path, content)
