"""A finished run, read back from its folder."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regress_cli.flat import Params
from regress_cli.runs import layout
from regress_cli.runs.arrays_file import NotArraysError, read_arrays
from regress_cli.runs.csv_columns import read_columns
from regress_cli.runs.record_file import damaged, read_bytes, read_record
from regress_cli.runs.result import EXIT_CODES
from regress_cli.scaling import Scaling, Standardizer

if TYPE_CHECKING:
    from regress_cli.data.columns import Column


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
        return EXIT_CODES[self.status]

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
    def columns(self) -> "tuple[Column, ...]":
        """How the features are made from named columns."""
        # Imported here: a listing of runs need not wait for the schema, which columns lead to.
        from regress_cli.data.columns import columns_from_json

        return columns_from_json(self.record["data"]["columns"])

    def training_table(self) -> dict[str, np.ndarray]:
        """Return the columns of metrics.csv: the steps, and what was measured at each.

        Raises:
            RunFolderError, LimitReached, UserError: as `read_columns` says.
        """
        return read_columns(self.folder / layout.METRICS)

    def prediction_table(self) -> dict[str, np.ndarray]:
        """Return the columns of numbers of predictions.csv: inputs, target, prediction.

        Raises:
            RunFolderError, LimitReached, UserError: as `read_columns` says.
        """
        return read_columns(self.folder / layout.PREDICTIONS)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all of params.npz: the parameters, and as trained with their scaling.

        Raises:
            RunFolderError: the file is not the one that the run wrote.
            LimitReached, UserError: the system does not let it be read; the run may be a good one.
        """
        path = self.folder / layout.PARAMS
        facts = self.record["files"][layout.PARAMS]
        content = read_bytes(path, facts["bytes"])
        if hashlib.sha256(content).hexdigest() != facts["sha256"]:
            raise damaged(path)
        try:
            return read_arrays(content)
        except NotArraysError as error:
            raise damaged(path) from error

    def trained(self) -> tuple[Params, Scaling]:
        """Return the parameters as training saw them, and the scaling that goes with them.

        Raises:
            RunFolderError, LimitReached, UserError: as `arrays` does.
        """
        arrays = self.arrays()
        prefix = "standardized."
        params = {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}
        d = len(self.record["data"]["feature_names"])
        if not params:
            params = {name: value for name, value in arrays.items() if "." not in name}
            return params, Scaling(Standardizer.identity((d,)), Standardizer.identity(()))
        # An array of another shape might still be taken, and spread over all features.
        shapes = _scaling_shapes(d)
        if any(name not in arrays or arrays[name].shape != shape for name, shape in shapes.items()):
            raise damaged(self.folder / layout.PARAMS)
        mean, scale, target_mean, target_scale = (arrays[name] for name in shapes)
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
        LimitReached, UserError: the system does not let it be read; the run may be a good one.
    """
    folder = Path(folder)
    return Run(folder, read_record(folder))


def _scaling_shapes(d: int) -> dict[str, tuple[int, ...]]:
    """Return the names of the arrays that say how the data were scaled, with their shapes."""
    return {
        "scaling.feature_mean": (d,),
        "scaling.feature_scale": (d,),
        "scaling.target_mean": (),
        "scaling.target_scale": (),
    }
