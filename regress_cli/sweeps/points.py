"""The points of a sweep: each an experiment with the values of its place, and the run that it is."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.config import Experiment
from regress_cli.config.value_text import value_text
from regress_cli.errors import ConfigError, RunFolderError
from regress_cli.experiment.plan import Plan, fingerprint_of_data
from regress_cli.runs import Run, find_run
from regress_cli.sweeps.sweep import Settings, Sweep
from regress_cli.text import printable

# So many wrong points are told one by one.
_MOST_REFUSED = 5


@dataclass(frozen=True)
class Point:
    """One variation of a sweep's config.

    Attributes:
        number: Its place in the sweep, from 0.
        settings: What it sets, by dotted key.
        experiment: Its config, as it is run.
        folder: Of its run.
        digest: Of its run as it would be without pictures.
    """

    number: int
    settings: Settings
    experiment: Experiment
    folder: Path
    digest: str

    def finished(self) -> Run | None:
        """Return its run, if there is a whole one; a damaged one is made again."""
        try:
            return find_run(self.folder.parent, self.folder.name)
        except RunFolderError:
            return None


def points_of(sweep: Sweep, out: Path, *, with_pictures: bool = False) -> list[Point]:
    """Return every point; two that are the same experiment are one.

    Args:
        sweep: The sweep.
        out: The folder of all runs.
        with_pictures: Whether runs draw what the base config asks for. Otherwise they draw nothing, and a
            run that was made with its pictures will do.

    Raises:
        ConfigError: points whose config can't be used, with their values, before any is run.
        DataError: their table can't be read.
    """
    points: dict[str, Point] = {}
    refused: list[str] = []
    plan_of = _Plans(out)
    for number, settings in enumerate(sweep.settings()):
        try:
            experiment = sweep.base.experiment(list(settings.items()))
        except ConfigError as error:
            refused += [f"{settings_text(settings)}: {message}" for message in error.messages]
            if len(refused) >= _MOST_REFUSED:
                break
            continue
        drawn, plain = plan_of(experiment), plan_of(_without_pictures(experiment))
        plan = drawn if with_pictures or drawn.folder.is_dir() else plain
        points.setdefault(
            plan.folder.name, Point(number, settings, plan.experiment, plan.folder, plain.digest)
        )
    if refused:
        raise ConfigError(*dict.fromkeys(refused[:_MOST_REFUSED]))
    return list(points.values())


def digest_of(sweep: Sweep, points: Sequence[Point]) -> str:
    """Return the digest of all that says which points there are, and which of them is the best."""
    content = [sweep.metric, sweep.goal, [point.digest for point in points]]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()[:12]


class _Plans:
    """Plans of experiments; a table that many of them read is fingerprinted once."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._fingerprints: dict[str, str | None] = {}

    def __call__(self, experiment: Experiment) -> Plan:
        path = getattr(experiment.data, "path", "")
        if path not in self._fingerprints:
            self._fingerprints[path] = fingerprint_of_data(experiment)
        return Plan(experiment, self._out, self._fingerprints[path])


def _without_pictures(experiment: Experiment) -> Experiment:
    """Return an experiment that draws nothing: a picture takes longer than a small training."""
    plots = experiment.plots.model_copy(update={"pictures": ()})
    return experiment.model_copy(update={"plots": plots})


def settings_text(settings: Settings) -> str:
    """Return the values of a point in one line.

    >>> settings_text({"seed": 1, "model.activation": "tanh"})
    'seed=1 model.activation=tanh'
    """
    return " ".join(f"{printable(key)}={printable(value_text(value), 80)}" for key, value in settings.items())
