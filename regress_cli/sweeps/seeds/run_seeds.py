"""The story of an experiment with several seeds: what is finished -> one stack of arrays -> what all say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.config.load import ConfigSource
from regress_cli.errors import EXIT_CHECK, Interrupted
from regress_cli.experiment.watch import Watch
from regress_cli.interrupts import deferred_signals
from regress_cli.runs.result import EXIT_CODES
from regress_cli.runs.sweep_folder import SEEDS, SweepFolder
from regress_cli.sweeps.asking.parameter import Parameter
from regress_cli.sweeps.making.outcomes import outcomes_of
from regress_cli.sweeps.outcome import Outcome
from regress_cli.sweeps.points import Point, digest_of, points_of
from regress_cli.sweeps.results import Results
from regress_cli.sweeps.seeds.stacked_job import StackedJob, why_one_by_one
from regress_cli.sweeps.seeds.written import write_seeds
from regress_cli.sweeps.sweep import Sweep
from regress_cli.workers.local import LocalWorkers


class SeedsWatch(Watch):
    """Hears how the runs go on; this one ignores it."""

    def begin(self, points: Sequence[Point], found: int) -> None:
        """Take the points, and how many of them were finished before."""

    def ended_alone(self, point: Point, outcome: Outcome) -> None:
        """Take how a run ended that was not trained in a stack."""


@dataclass(frozen=True)
class SeedsPlan:
    """What will be done.

    Attributes:
        points: One for each seed.
        finished: The numbers of those that are finished already.
        reason: Why the others are run one by one; None where they are stacked.
    """

    points: Sequence[Point]
    finished: frozenset[int]
    reason: str | None


def sweep_of_seeds(source: ConfigSource, seeds: Sequence[int]) -> Sweep:
    """Return an experiment with several seeds as the sweep of its seed that it is."""
    return Sweep(
        name=source.experiment().name,
        base=source,
        parameters={"seed": Parameter(values=tuple(seeds))},
        method="grid",
        count=None,
        seed=0,
        metric="rmse",
        goal="minimize",
    )


def plan_seeds(sweep: Sweep, out: Path, *, with_pictures: bool = False) -> SeedsPlan:
    """Return what `run_seeds` would do, without doing it."""
    points = points_of(sweep, out, with_pictures=with_pictures)
    finished = frozenset(point.number for point in points if point.finished() is not None)
    missing = len(points) - len(finished)
    reason = why_one_by_one(points[0].experiment, str(out), missing) if missing else None
    return SeedsPlan(points, finished, reason)


def run_seeds(
    sweep: Sweep,
    out: Path,
    jobs: int,
    *,
    with_pictures: bool = False,
    watch: SeedsWatch | None = None,
) -> tuple[Results, SweepFolder]:
    """Run what is missing of an experiment with several seeds, and write what all of them say.

    Args:
        sweep: From `sweep_of_seeds`.
        out: The folder of all runs.
        jobs: How many runs are made at a time, where they can't be stacked.
        with_pictures: Whether each run draws its pictures.
        watch: Hears of progress, and of each run.

    Raises:
        ConfigError, DataError: the experiment can't be run; nothing was.
        Interrupted: a signal arrived; what is finished is kept, and the same command goes on.
    """
    watch = watch or SeedsWatch()
    points = points_of(sweep, out, with_pictures=with_pictures)
    by_number = {point.number: point for point in points}
    results = Results.found(sweep, points)
    watch.begin(points, len(results.outcomes))
    left = results.missing
    with deferred_signals() as pending:
        reason = why_one_by_one(left[0].experiment, str(out), len(left)) if left else None
        if left and reason is None:
            job = StackedJob(left, pending, watch)
            for outcome in job.outcomes():
                results.outcomes[outcome.number] = outcome
            left, reasons = job.left, job.reasons
        else:
            reasons = [reason] if len(left) > 1 and reason is not None else []
        for text in dict.fromkeys(reasons):
            watch.note(f"the seeds are run one by one, not stacked: {text}")
        for outcome in outcomes_of(left, LocalWorkers(jobs), out, pending, watch.note):
            results.outcomes[outcome.number] = outcome
            watch.ended_alone(by_number[outcome.number], outcome)
        folder = SweepFolder(out, sweep.name, digest_of(sweep, points), SEEDS)
        for note in write_seeds(folder, results):
            watch.note(note)
    if pending.number is not None:
        raise Interrupted(
            pending.number,
            f"interrupted with {results.to_go:,} of {len(points):,} seeds to go; what is finished is kept, "
            "and a stack in the middle begins again: give the same command again to go on",
        )
    return results, folder


def exit_code(results: Results) -> int:
    """Return the largest of the runs' own exit codes; that of a run that could not be made is 3."""
    return max(EXIT_CODES.get(outcome.status, EXIT_CHECK) for outcome in results.outcomes.values())
