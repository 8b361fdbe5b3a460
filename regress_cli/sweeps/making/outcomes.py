"""From points to outcomes, by whoever does the jobs."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from regress_cli.errors import LimitReached, RegressError
from regress_cli.interrupts import PendingSignal
from regress_cli.runs.carried import keep_carried
from regress_cli.runs.shared_mark import shared_mark
from regress_cli.sweeps.making.far_point import Destination, FarOutcome, make_far_point
from regress_cli.sweeps.making.one_point import make_point
from regress_cli.sweeps.outcome import Outcome, failure
from regress_cli.sweeps.points import Point
from regress_cli.workers.job import Done, Job, Lost
from regress_cli.workers.workers import Workers


def outcomes_of(
    points: Sequence[Point], workers: Workers, out: Path, pending: PendingSignal, tell: Callable[[str], None]
) -> Iterator[Outcome]:
    """Yield the outcome of each point as it ends; a signal ends what is at work, with its checkpoint.

    Args:
        points: What is to be run.
        workers: Who runs them.
        out: The folder of all runs.
        pending: The signal that arrived, if any.
        tell: Hears that another process works on a run.

    Raises:
        UserError, LimitReached: the workers can't be used any more.
    """
    if not workers.are_far:
        jobs = (Job(point.number, make_point, (point.number, _config(point), str(out))) for point in points)
        for result in workers.results(jobs, pending):
            yield result.value if isinstance(result, Done) else _lost(result)
    elif points:
        names = {point.number: point.folder.name for point in points}
        with shared_mark(out) as mark:
            destination = Destination(str(out.resolve()), mark)
            jobs = (_far_job(point, destination) for point in points)
            for result in workers.results(jobs, pending):
                if isinstance(result, Done):
                    yield _kept(result.value, out, names[result.number], tell)
                else:
                    yield _lost(result)


def _far_job(point: Point, destination: Destination) -> Job:
    arguments = (point.number, _config(point), point.folder.name, destination)
    return Job(point.number, make_far_point, arguments)


def _config(point: Point) -> dict:
    return point.experiment.model_dump(mode="python")


def _lost(job: Lost) -> Outcome:
    return failure(job.number, LimitReached(job.reason))


def _kept(far: FarOutcome, out: Path, folder_name: str, tell: Callable[[str], None]) -> Outcome:
    """Return how a point ended, with its run in its place."""
    if far.files:
        try:
            keep_carried(out, folder_name, far.files, tell)
        except (RegressError, OSError) as error:
            return failure(far.outcome.number, error, far.outcome.seconds)
    return far.outcome
