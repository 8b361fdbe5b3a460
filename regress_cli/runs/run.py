"""A finished run, read back from its folder."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.data.columns import Column, columns_from_json
from regress_cli.errors import EXIT_DIVERGED, EXIT_DONE, EXIT_LIMIT, RunFolderError, explain_os_errors
from regress_cli.models import Params
from regress_cli.runs import layout
from regress_cli.runs.strict_json import checksum
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
        """``finished``, ``diverged``, ``not_converged`` or ``time_limit``."""
        return self.record["status"]

    @property
    def exit_code(self) -> int:
        """What the command line ends with: 0, or a code that says how training ended early."""
        return _EXIT_CODES.get(self.status, EXIT_DONE)

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
        """Return all of params.npz: the parameters, and as trained with their scaling.

        Raises:
            RunFolderError: the file is not the one that the run wrote.
        """
        path = self.folder / layout.PARAMS
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _damaged(path) from error
        if hashlib.sha256(content).hexdigest() != self.record["files"][layout.PARAMS]["sha256"]:
            raise _damaged(path)
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    def trained(self) -> tuple[Params, Scaling]:
        """Return the parameters as training saw them, and the scaling that goes with them."""
        arrays = self.arrays()
        prefix = "standardized."
        params = {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
        if not params:
            params = {name: value for name, value in arrays.items() if "." not in name}
            d = len(self.record["data"]["feature_names"])
            return params, Scaling(Standardizer.identity((d,)), Standardizer.identity(()))
        mean, scale, target_mean, target_scale = (arrays[f"scaling.{name}"] for name in _SCALING)
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
    with explain_os_errors(f"read {printable(folder)}", "name the folder that `regress run` printed"):
        if not folder.is_dir():
            what = "this is not a folder" if folder.exists() else "there is no such run folder"
            raise RunFolderError(f"{printable(folder)}: {what}; `regress run` prints the path of one")
        missing = [name for name in layout.FILES if not (folder / name).is_file()]
    if missing:
        message = f"this is not a whole run ({missing[0]} is missing); run it again"
        raise RunFolderError(f"{printable(folder)}: {message}")
    record = _read_record(folder / layout.RECORD)
    _check_files(folder, record)
    return Run(folder, record)


def _read_record(path: Path) -> dict[str, Any]:
    """Return the content of run.json, which carries a checksum of itself."""
    try:
        if path.stat().st_size > _LARGEST_RECORD:
            raise ValueError("too large")
        record = json.loads(path.read_text(encoding="utf-8"))
        version = record["format_version"]
        seal = record.pop("checksum", None)
        is_whole = seal == checksum(record)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if version != layout.FORMAT_VERSION:
        raise RunFolderError(
            f"{printable(path.parent)}: its format is {printable(version)}, this regress reads "
            f"{layout.FORMAT_VERSION}; run the experiment again, or use the regress that wrote it"
        )
    if not is_whole:
        raise _damaged(path)
    return record


def _check_files(folder: Path, record: Mapping[str, Any]) -> None:
    """Refuse a folder in which a file is not there, or not as long as when the run wrote it."""
    for name, facts in record["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != facts["bytes"]:
            raise _damaged(path)


def _damaged(path: Path) -> RunFolderError:
    return RunFolderError(f"{printable(path)}: the file is missing or damaged; run the experiment again")


_EXIT_CODES = {"diverged": EXIT_DIVERGED, "not_converged": EXIT_DIVERGED, "time_limit": EXIT_LIMIT}
_SCALING = ("feature_mean", "feature_scale", "target_mean", "target_scale")
