"""The story of a sweep: points -> what is finished already -> workers -> results."""

from collections.abc import Sequence
from pathlib import Path

from regress_cli.errors import Interrupted, RegressError
from regress_cli.interrupts import deferred_signals
from regress_cli.runs.sweep_folder import SweepFolder
from regress_cli.sweeps.making.outcomes import outcomes_of
from regress_cli.sweeps.outcome import Outcome
from regress_cli.sweeps.points import Point, digest_of, points_of
from regress_cli.sweeps.results import Results
from regress_cli.sweeps.sweep import Sweep
from regress_cli.sweeps.written import write_results
from regress_cli.workers.workers import Workers


class SweepWatch:
    """Hears how a sweep goes on; this one ignores it."""

    def begin(self, points: Sequence[Point], found: int) -> None:
        """Take the points, and how many of them were finished before."""

    def ended(self, point: Point, outcome: Outcome) -> None:
        """Take how a point ended."""

    def note(self, text: str) -> None:
        """Take what is worth a line of its own."""


def run_sweep(
    sweep: Sweep,
    out: Path,
    workers: Workers,
    *,
    fail_fast: bool = False,
    with_pictures: bool = False,
    watch: SweepWatch | None = None,
) -> tuple[Results, SweepFolder]:
    """Run what is missing of a sweep, and write its results.

    Args:
        sweep: What is varied.
        out: The folder of all runs.
        workers: Who runs the points.
        fail_fast: Give out no more points once one has failed.
        with_pictures: Whether each run draws its pictures.
        watch: Hears of each point.

    Raises:
        ConfigError, DataError: a point can't be run; none was.
        UserError, LimitReached: the workers can't be used any more; what is finished is kept.
        Interrupted: a signal arrived; what is finished is kept, and the same command goes on.
    """
    watch = watch or SweepWatch()
    points = points_of(sweep, out, with_pictures=with_pictures)
    by_number = {point.number: point for point in points}
    results = Results.found(sweep, points)
    watch.begin(points, len(results.outcomes))
    with deferred_signals() as pending:
        folder = SweepFolder(out, sweep.name, digest_of(sweep, points))
        try:
            for outcome in outcomes_of(results.missing, workers, out, pending, watch.note):
                results.outcomes[outcome.number] = outcome
                watch.ended(by_number[outcome.number], outcome)
                if fail_fast and not outcome.is_result:
                    break
        except RegressError:
            if results.outcomes:
                _write(folder, results, watch)
            raise
        _write(folder, results, watch)
    if pending.number is not None:
        raise Interrupted(
            pending.number,
            f"interrupted with {results.to_go:,} of {len(points):,} points to go; what is finished is kept: "
            "give the same command again to go on",
        )
    return results, folder


def _write(folder: SweepFolder, results: Results, watch: SweepWatch) -> None:
    for note in write_results(folder, results):
        watch.note(note)
