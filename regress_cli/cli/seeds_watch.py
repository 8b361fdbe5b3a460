"""An experiment with several seeds as it goes on: a bar for the stack, a line for what is no result."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regress_cli.cli import view
from regress_cli.cli.words import seeds as words
from regress_cli.sweeps.seeds import SeedsWatch

if TYPE_CHECKING:
    from regress_cli.sweeps.outcome import Outcome
    from regress_cli.sweeps.points import Point


class SeedsProgress(view.RunWatch, SeedsWatch):
    """Shows notes, and on a terminal a progress bar with the mean loss and the time left."""

    def __enter__(self) -> "SeedsProgress":
        return self

    def begin(self, points: "Sequence[Point]", found: int) -> None:
        """Say what is there already."""
        if found:
            self.note(f"{found:,} of {len(points):,} seeds were run before, and are not repeated")

    def ended(self, point: "Point", outcome: "Outcome") -> None:
        """Tell of a run that is no result; the others are in the table."""
        if outcome.reason is not None:
            self.note(words.ended_line(point, outcome))
