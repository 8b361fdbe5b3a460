"""The points of a sweep: each an experiment with the values of its place, and the run that it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from regress_cli.config import Experiment
from regress_cli.errors import ConfigError, RunFolderError
from regress_cli.experiment.plan import make_plan
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
    """

    number: int
    settings: Settings
    experiment: Experiment
    folder: Path

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
        with_pictures: Whether runs draw what the base config asks for, or nothing.

    Raises:
        ConfigError: points whose config can't be used, with their values, before any is run.
        DataError: their table can't be read.
    """
    points: dict[str, Point] = {}
    refused: list[str] = []
    for number, settings in enumerate(sweep.settings()):
        try:
            experiment = sweep.base.experiment([*settings.items(), *([] if with_pictures else _NO_PICTURES)])
        except ConfigError as error:
            refused += [f"{settings_text(settings)}: {message}" for message in error.messages]
            if len(refused) >= _MOST_REFUSED:
                break
            continue
        folder = make_plan(experiment, out).folder
        points.setdefault(folder.name, Point(number, settings, experiment, folder))
    if refused:
        raise ConfigError(*dict.fromkeys(refused[:_MOST_REFUSED]))
    return list(points.values())


def settings_text(settings: Settings) -> str:
    """Return the values of a point in one line.

    >>> settings_text({"seed": 1, "model.activation": "tanh"})
    'seed=1 model.activation=tanh'
    """
    return " ".join(f"{printable(key)}={printable(value, 80)}" for key, value in settings.items())


def missing(points: list[Point]) -> Iterator[Point]:
    """Yield the points that are still to be run."""
    return (point for point in points if point.finished() is None)


# A picture takes longer than a small training, and the best run is soon made again with its pictures.
_NO_PICTURES = [("plots.pictures", [])]
