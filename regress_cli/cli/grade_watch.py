"""A grading as it goes on: a live count on a terminal, one line for each submission elsewhere."""

import sys
import time
from contextlib import suppress

from regress_cli.cli import view
from regress_cli.cli.live import LiveTable
from regress_cli.cli.words.amounts import duration
from regress_cli.grading.grade_all import GradeWatch
from regress_cli.grading.records.record import Record
from regress_cli.text import four_digits, printable


class GradeProgress(GradeWatch):
    """Tells of each submission that is graded.

    Args:
        quiet: Tell nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._table: LiveTable | None = None
        self._count = self._done = self._full = 0
        self._earned = 0.0
        self._started = time.perf_counter()

    def __enter__(self) -> "GradeProgress":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._table is not None:
            with suppress(OSError):
                self._table.stop()

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

    def note(self, text: str) -> None:
        """Tell what is worth a line of its own, above the table."""
        if not self._quiet:
            (view if self._table is None else self._table).note(text)
