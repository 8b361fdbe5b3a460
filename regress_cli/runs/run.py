"""A finished run, read back from its folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.data.columns import Column, columns_from_json
from regress_cli.errors import EXIT_DIVERGED, EXIT_DONE, EXIT_LIMIT, RunFolderError
from regress_cli.models import Params
from regress_cli.runs import layout
from regress_cli.scaling import Scaling, Standardizer
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
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except Exception as error:  # A damaged zip archive can raise almost anything.
            raise _damaged(path) from error

    def trained(self) -> tuple[Params, Scaling]:
        """Return the parameters as training saw them, and the scaling that goes with them."""
        arrays = self.arrays()
        prefix = "standardized."
        params = {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
        if not params:
            params = {name: value for name, value in arrays.items() if "." not in name}
            d = len(self.record["data"]["feature_names"])
            return params, Scaling(Standardizer.identity((d,)), Standardizer.identity(()))
        try:
            mean, scale, target_mean, target_scale = (arrays[f"scaling.{name}"] for name in _SCALING)
        except KeyError as error:
            raise _damaged(self.folder / layout.PARAMS) from error
        return params, Scaling(Standardizer(mean, scale), Standardizer(target_mean, target_scale))

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
    if folder.exists() and not folder.is_dir():
        raise RunFolderError(f"{shown}: this is not a folder; `regress run` prints the path of one")
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
    try:
        _check_shape(record)
    except (KeyError, TypeError) as error:
        raise _damaged(folder / layout.RECORD) from error
    return Run(folder, record)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_RECORD:
            raise ValueError("too large")
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("not an object")
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path) from error
    return record


def _damaged(path: Path) -> RunFolderError:
    return RunFolderError(f"{printable(path)}: the file is damaged; run the experiment again")


def _check_shape(record: dict[str, Any]) -> None:
    """Raise KeyError or TypeError where a record lacks what its readers rely on."""
    for key, kind in _SHAPE.items():
        if not isinstance(record[key], kind):
            raise TypeError(key)
    for table in (record["metrics"], record["baseline"]):
        for name in ("n", "loss", "rmse", "mae", "r2"):
            table["train"][name]
    columns_from_json(record["data"]["columns"])


_SCALING = ("feature_mean", "feature_scale", "target_mean", "target_scale")
_SHAPE = {
    "name": str,
    "digest": str,
    "status": str,
    "stop_reason": str,
    "steps": dict,
    "metrics": dict,
    "baseline": dict,
    "data": dict,
    "config": dict,
    "parameter_count": int,
}
