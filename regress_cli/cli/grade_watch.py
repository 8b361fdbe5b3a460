"""A grading as it goes on: a live count on a terminal, one line for each submission elsewhere."""

import sys
import time

from regress_cli.cli import view
from regress_cli.cli.live import LiveTable, TableWatch
from regress_cli.cli.words.amounts import duration
from regress_cli.grading.grade_all import GradeWatch
from regress_cli.grading.records.record import Record
from regress_cli.text import four_digits, printable


class GradeProgress(TableWatch, GradeWatch):
    """Tells of each submission that is graded.

    Args:
        quiet: Tell nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        super().__init__(quiet=quiet)
        self._count = self._done = 0
        self._earned = 0.0
        self._started = time.perf_counter()

    def begin(self, count: int, found: int) -> None:
        """Say how much there is to do."""
        self._count, self._started = count - found, time.perf_counter()
        if self._quiet:
            return
        if found:
            view.note(f"{found:,} of {count:,} submissions were graded before, and have not changed")
        if self._count and view.is_terminal(sys.stderr):
            self._table = LiveTable()

    def ended(self, record: Record) -> None:
        """Tell of a submission."""
        self._done += 1
        self._earned += record.score
        if self._quiet:
            return
        line = f"{printable(record.student)}: {record.score:g} of {record.points:g}"
        if self._table is None:
            view.note(f"{self._done:,} of {self._count:,}: {line}")
            return
        left = (time.perf_counter() - self._started) / self._done * (self._count - self._done)
        row = [f"{self._done:,}", f"{self._count - self._done:,}", four_digits(self._earned / self._done)]
        try:
            self._table.update(["graded", "to go", "mean", "time left"], [[*row, duration(left)]], line)
        except OSError:  # The terminal was closed; the signal that comes with that ends the grading.
            self._quiet = True
