"""A sweep as it goes on: a live table on a terminal, one line for each finished run elsewhere."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from regress_cli.cli import view
from regress_cli.cli.live import LiveLines
from regress_cli.cli.words import sweep as words
from regress_cli.sweeps.results import value_of
from regress_cli.sweeps.run_sweep import SweepWatch
from regress_cli.text import four_digits

if TYPE_CHECKING:
    from regress_cli.sweeps.outcome import Outcome
    from regress_cli.sweeps.points import Point
    from regress_cli.sweeps.sweep import Sweep


class SweepProgress(SweepWatch):
    """Tells of each point that ends; what is no result is told at once, wherever it is told."""

    def __init__(self, sweep: "Sweep", *, quiet: bool) -> None:
        self._sweep, self._quiet = sweep, quiet
        self._board: Any = None
        self._left = self._done = self._failed = 0
        self._known: list[tuple[Point, float]] = []
        self._started = time.perf_counter()

    def __enter__(self) -> "SweepProgress":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._board is not None:
            self._board.stop()

    def begin(self, points: "Sequence[Point]", found: int) -> None:
        """Say how much there is to do."""
        self._left, self._started = len(points) - found, time.perf_counter()
        if self._quiet:
            return
        if found:
            view.note(f"{found:,} of {len(points):,} points were run before, and are not repeated")
        if self._left and view._is_terminal(sys.stderr):
            self._board = LiveLines()
            self._show()

    def ended(self, point: "Point", outcome: "Outcome") -> None:
        """Tell of a point."""
        self._left -= 1
        self._done += 1
        self._failed += not outcome.is_result
        metric = value_of(outcome, self._sweep.metric)
        if outcome.is_result and metric is not None:
            self._known.append((point, metric))
        if self._quiet:
            return
        shown = f", {self._sweep.metric} {four_digits(metric)}" if metric is not None else ""
        line = words.ended_line(point, outcome) + shown
        if self._board is None:
            view.note(line)
            return
        if not outcome.is_result:
            self._board.note(line)
        self._show()

    def note(self, text: str) -> None:
        """Tell what is worth a line of its own, above the live one."""
        if not self._quiet:
            (view if self._board is None else self._board).note(text)

    def _show(self) -> None:
        counts = self._done, self._left, self._failed
        self._board.update(words.board(self._sweep, counts, self._known, self._seconds_left()))

    def _seconds_left(self) -> float | None:
        if not self._done:
            return None
        return (time.perf_counter() - self._started) / self._done * self._left
