"""What a run would be: its folder, and (once asked for) its data and model."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.config import Experiment
from regress_cli.config.schema import NAMES_OF_SOLVERS
from regress_cli.data import Dataset, Streams, build_dataset
from regress_cli.errors import DataError
from regress_cli.experiment.formula_names import refuse_wrong_names
from regress_cli.models import build_model
from regress_cli.runs import find_run, run_digest
from regress_cli.training import Problem, build_problem, stable_step_size


@dataclass(frozen=True)
class Plan:
    """An experiment and what follows from it; each part is worked out when it is first asked for.

    Attributes:
        experiment: The config.
        outputs: The folder of all runs.
        fingerprint: The SHA-256 of the data file, if there is one.
        home: The folder of all runs that this one is brought to once it is made; None where it stays.
        notes: What was noticed on the way.
    """

    experiment: Experiment
    outputs: Path
    fingerprint: str | None
    home: Path | None = None
    notes: list[str] = field(default_factory=list)

    @cached_property
    def digest(self) -> str:
        """The digest of all that can change the result."""
        return run_digest(self.experiment, self.fingerprint)

    @property
    def folder(self) -> Path:
        """The run's final folder."""
        return self.outputs / f"{self.experiment.name}-{self.digest}"

    @property
    def home_folder(self) -> Path:
        """The folder in which the run is read: its config names a table's path from there."""
        return (self.home or self.outputs) / self.folder.name

    @cached_property
    def streams(self) -> Streams:
        """The experiment's random numbers."""
        return Streams.spawn(self.experiment.seed)

    @cached_property
    def dataset(self) -> Dataset:
        """The data.

        Raises:
            DataError: they can't be used, or are no longer those that the digest stands for.
        """
        refuse_wrong_names(self.experiment)
        # What overflows is found by looking at the numbers, not by a warning.
        with np.errstate(all="ignore"):
            dataset = build_dataset(self.experiment.data, self.streams)
        if dataset.fingerprint != self.fingerprint:
            raise DataError("data.path: the file changed while it was read; give the command again")
        return dataset

    @cached_property
    def problem(self) -> Problem:
        """Data and model, as training sees them."""
        model = build_model(self.experiment.model, self.dataset.feature_names)
        with np.errstate(all="ignore"):
            return build_problem(self.experiment, self.dataset, model, self.streams)

    @cached_property
    def stable_step_size(self) -> float | None:
        """The largest step size with which training is stable, where it can be told beforehand."""
        return stable_step_size(self.problem)

    def facts(self) -> dict[str, Any]:
        """Return what a run would be, as plain data."""
        problem, dataset = self.problem, self.dataset
        return {
            "folder": str(self.folder),
            "finished": find_run(self.outputs, self.folder.name) is not None,
            "rows": {part: dataset.size(part) for part in dataset.parts},
            "features": list(dataset.feature_names),
            "parameters": sum(value.size for value in problem.initial.values()),
            "steps": 0 if self.experiment.optimizer.kind in NAMES_OF_SOLVERS else problem.steps,
            "batch_size": problem.batch_size,
            "stable_step_size": self.stable_step_size,
        }


def make_plan(experiment: Experiment, out: str | Path = "outputs", *, home: str | Path | None = None) -> Plan:
    """Return what `run` would do, without doing it.

    Raises:
        DataError: the data file can't be read.
    """
    return Plan(experiment, Path(out), fingerprint_of_data(experiment), None if home is None else Path(home))


def fingerprint_of_data(experiment: Experiment) -> str | None:
    """Return the SHA-256 of the experiment's data file; None where there is none.

    Raises:
        DataError: the file can't be read.
    """
    if experiment.data.kind != "table":
        return None
    from regress_cli.data.table import fingerprint

    return fingerprint(Path(experiment.data.path))
