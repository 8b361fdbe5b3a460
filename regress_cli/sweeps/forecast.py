"""How long a sweep will take, by what its finished runs took, or by a glance at its first point."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from regress_cli.config.schema import NAMES_OF_SOLVERS
from regress_cli.errors import RegressError
from regress_cli.experiment.plan import make_plan
from regress_cli.sweeps.points import Point
from regress_cli.training import Fit, Progress, minimize, solve

# Writing a run without pictures, and starting a worker; both are small, and the same for every sweep.
_WRITING_SECONDS, _STARTING_SECONDS = 0.03, 1.0
_GLANCE_SECONDS = 0.5


@dataclass(frozen=True)
class Forecast:
    """What a sweep will do.

    Attributes:
        points: Every point.
        finished: The numbers of those that are finished already.
        jobs: How many are run at the same time.
        seconds: How long the others take together; None where it can't be told.
    """

    points: Sequence[Point]
    finished: frozenset[int]
    jobs: int
    seconds: float | None


def forecast(points: Sequence[Point], jobs: int) -> Forecast:
    """Return what a sweep will do; nothing is written."""
    runs = {point.number: run for point in points if (run := point.finished()) is not None}
    missing = [point for point in points if point.number not in runs]
    if not missing:
        return Forecast(points, frozenset(runs), jobs, 0.0)
    known = [sum(run.record["timings"].values()) for run in runs.values()]
    each = statistics.mean(known) if known else _glance(missing[0])
    at_once = min(jobs, len(missing))
    seconds = None if each is None else _STARTING_SECONDS + each * len(missing) / at_once
    return Forecast(points, frozenset(runs), jobs, seconds)


def _glance(point: Point) -> float | None:
    """Return the seconds that a point takes, after some of its steps; None where it can't be run."""
    started = time.perf_counter()
    try:
        problem = make_plan(point.experiment, point.folder.parent).problem
        kind = point.experiment.optimizer.kind
        preparing = time.perf_counter() - started
        if kind == "exact":
            solve(problem)
        elif kind in NAMES_OF_SOLVERS:
            minimize(problem, _heed)
        else:
            return preparing + _WRITING_SECONDS + _seconds_of(Fit(problem))
    except RegressError:
        return None
    return time.perf_counter() - started + _WRITING_SECONDS


def _seconds_of(fit: Fit) -> float:
    """Return the seconds of a whole training, by those of its first steps."""
    progress = None
    for progress in fit:
        if fit.result is not None or progress.seconds > _GLANCE_SECONDS:
            break
    if progress is None or fit.result is not None or progress.step == 0:
        return 0.0 if progress is None else progress.seconds
    return progress.seconds * progress.steps / progress.step


def _heed(progress: Progress) -> None:
    """Take the progress of a solver, which is run to its end."""
