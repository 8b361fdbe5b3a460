"""A finished run, read back from its folder."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.data.columns import Column, columns_from_json
from regress_cli.data.scaling import Scaling, Standardizer
from regress_cli.errors import EXIT_DIVERGED, EXIT_DONE, EXIT_LIMIT, RunFolderError
from regress_cli.models import Params
from regress_cli.runs import layout
from regress_cli.text import printable

_LARGEST_RECORD = 64 << 20


@dataclass(frozen=True)
class Run:
    """One finished run folder.

    Attributes:
        folder: Where it lies.
        record: The content of its run.json.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.record["name"]

    @property
    def status(self) -> str:
        """``finished``, ``diverged`` or ``time_limit``."""
        return self.record["status"]

    @property
    def exit_code(self) -> int:
        """What the command line ends with: 0, or a code that says how training ended early."""
        return {"diverged": EXIT_DIVERGED, "time_limit": EXIT_LIMIT}.get(self.status, EXIT_DONE)

    @property
    def metrics(self) -> dict[str, dict[str, float | None]]:
        """The metrics of each part, in the target's own unit."""
        return self.record["metrics"]

    @property
    def params(self) -> Params:
        """Every parameter, in the data's own units."""
        return {name: value for name, value in self.arrays().items() if "." not in name}

    @property
    def config_path(self) -> Path:
        """The resolved config; running it gives this run again."""
        return self.folder / layout.CONFIG

    @property
    def plot_paths(self) -> list[Path]:
        """The pictures."""
        return sorted((self.folder / layout.PLOTS).iterdir())

    @property
    def columns(self) -> tuple[Column, ...]:
        """How the features are made from named columns."""
        return columns_from_json(self.record["data"]["columns"])

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all of params.npz: the parameters, and as trained with their scaling."""
        path = self.folder / layout.PARAMS
        try:
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (OSError, ValueError, zipfile.BadZipFile, KeyError, EOFError) as error:
            raise RunFolderError(
                f"{printable(path)}: the file is damaged; run the experiment again"
            ) from error

    def trained(self) -> tuple[Params, Scaling]:
        """Return the parameters as training saw them, and the scaling that goes with them."""
        arrays = self.arrays()
        prefix = "standardized."
        params = {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
        if not params:
            params = {name: value for name, value in arrays.items() if "." not in name}
            d = len(self.record["data"]["feature_names"])
            return params, Scaling(Standardizer.identity((d,)), Standardizer.identity(()))
        return params, Scaling(
            Standardizer(arrays["scaling.feature_mean"], arrays["scaling.feature_scale"]),
            Standardizer(arrays["scaling.target_mean"], arrays["scaling.target_scale"]),
        )

    def __repr__(self) -> str:
        """Return one line: folder, status and the training part's error."""
        rmse = self.metrics["train"]["rmse"]
        return (
            f"Run({str(self.folder)!r}, {self.status}, train rmse {rmse if rmse is None else f'{rmse:.6g}'})"
        )


def open_run(folder: str | Path) -> Run:
    """Read a finished run.

    Raises:
        RunFolderError: the folder is not a whole run of this format version.
    """
    folder = Path(folder)
    shown = printable(folder)
    if not folder.is_dir():
        raise RunFolderError(f"{shown}: there is no such run folder; `regress run` prints the path of one")
    missing = [name for name in layout.FILES if not (folder / name).is_file()]
    if missing:
        raise RunFolderError(f"{shown}: this is not a whole run ({missing[0]} is missing); run it again")
    record = _read_record(folder / layout.RECORD)
    if record.get("format_version") != layout.FORMAT_VERSION:
        raise RunFolderError(
            f"{shown}: its format is {printable(record.get('format_version'))}, this regress reads "
            f"{layout.FORMAT_VERSION}; run the experiment again, or use the regress that wrote it"
        )
    return Run(folder, record)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_RECORD:
            raise ValueError("too large")
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or not record.keys() >= _REQUIRED:
            raise ValueError("keys are missing")
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"{printable(path)}: the file is damaged; run the experiment again") from error
    return record


_REQUIRED = {"format_version", "name", "status", "metrics", "data", "digest"}
