"""An experiment with several seeds as it goes on: a bar for a stack, a line for each other run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regress_cli.cli.live import RunWatch
from regress_cli.cli.words.outcomes import ended_line
from regress_cli.sweeps.results import value_of
from regress_cli.sweeps.seeds.run_seeds import SeedsWatch
from regress_cli.text import four_digits

if TYPE_CHECKING:
    from regress_cli.sweeps.outcome import Outcome
    from regress_cli.sweeps.points import Point


class SeedsProgress(RunWatch, SeedsWatch):
    """Shows notes, and on a terminal a progress bar with the mean loss and the time left."""

    def begin(self, points: "Sequence[Point]", found: int) -> None:
        """Say what is there already."""
        if found:
            self.note(f"{found:,} of {len(points):,} seeds were run before, and are not repeated")

    def ended_alone(self, point: "Point", outcome: "Outcome") -> None:
        """Tell of a run that was not in a stack, of which no bar tells."""
        metric = value_of(outcome, "rmse")
        shown = f", rmse {four_digits(metric)}" if outcome.is_result and metric is not None else ""
        self.note(ended_line(point, outcome) + shown)
