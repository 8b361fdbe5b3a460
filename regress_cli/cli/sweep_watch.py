"""A sweep as it goes on: a live table on a terminal, one line for each finished run elsewhere."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from regress_cli.cli import view
from regress_cli.cli.live import LiveTable, TableWatch
from regress_cli.cli.words import sweep as words
from regress_cli.cli.words.outcomes import ended_line
from regress_cli.sweeps.results import value_of
from regress_cli.sweeps.run_sweep import SweepWatch
from regress_cli.text import four_digits

if TYPE_CHECKING:
    from regress_cli.sweeps.outcome import Outcome
    from regress_cli.sweeps.points import Point
    from regress_cli.sweeps.sweep import Sweep


class SweepProgress(TableWatch, SweepWatch):
    """Tells of each point that ends; what is no result is told at once, wherever it is told.

    Args:
        sweep: What is told of.
        jobs: How many points are run at the same time; None where that is a cluster's own affair.
        quiet: Tell nothing.
    """

    def __init__(self, sweep: "Sweep", jobs: int | None, *, quiet: bool) -> None:
        super().__init__(quiet=quiet)
        self._sweep, self._jobs = sweep, jobs
        self._left = self._done = self._failed = 0
        self._best: tuple[Point, float] | None = None
        self._started = time.perf_counter()

    def begin(self, points: "Sequence[Point]", found: int) -> None:
        """Say how much there is to do."""
        self._left, self._started = len(points) - found, time.perf_counter()
        if self._quiet:
            return
        if found:
            view.note(f"{found:,} of {len(points):,} points were run before, and are not repeated")
        if self._left and view.is_terminal(sys.stderr):
            self._table = LiveTable()
            self._show(self._table)

    def ended(self, point: "Point", outcome: "Outcome") -> None:
        """Tell of a point."""
        self._left -= 1
        self._done += 1
        self._failed += not outcome.is_result
        metric = value_of(outcome, self._sweep.metric) if outcome.is_result else None
        if metric is not None and (self._best is None or self._is_better(metric, self._best[1])):
            self._best = point, metric
        if self._quiet:
            return
        shown = f", {self._sweep.metric} {four_digits(metric)}" if metric is not None else ""
        self._tell(ended_line(point, outcome) + shown, is_result=outcome.is_result)

    def _tell(self, line: str, *, is_result: bool) -> None:
        if self._table is None:
            view.note(line)
            return
        try:
            if not is_result:
                self._table.note(line)
            self._show(self._table)
        except OSError:  # The terminal was closed; the signal that comes with that ends the sweep.
            self._quiet = True

    def _show(self, table: LiveTable) -> None:
        running = None if self._jobs is None else min(self._jobs, self._left)
        counts = words.Counts(self._done, running, self._left - (running or 0), self._failed)
        header, row, best = words.board(self._sweep, counts, self._best, self._seconds_left())
        table.update(header, [row], best)

    def _is_better(self, metric: float, best: float) -> bool:
        return self._sweep.rank(metric) < self._sweep.rank(best)

    def _seconds_left(self) -> float | None:
        if not self._done:
            return None
        return (time.perf_counter() - self._started) / self._done * self._left
