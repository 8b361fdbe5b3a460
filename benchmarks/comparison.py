"""One figure: a quantity of regress, the same of a reference, their ratio and the bar that it must keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Comparison:
    """What was measured, round by round.

    Attributes:
        command: The benchmark's name on the command line.
        title: What is compared.
        unit: Of both quantities.
        ours: One number a round.
        reference: The same of what regress is held against.
        most: The largest ratio that the claim allows; None where there is no such bar.
        least_times: How many times as much the reference must take at least; None where there is no such bar.
    """

    command: str
    title: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float]
    most: float | None = None
    least_times: float | None = None

    @property
    def ratio(self) -> float:
        """The ratio of the medians."""
        return median(self.ours) / median(self.reference)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio of a single round."""
        ratios = [ours / reference for ours, reference in zip(self.ours, self.reference, strict=True)]
        return min(ratios), max(ratios)

    @property
    def verdict(self) -> str:
        """Whether the bar is kept."""
        if self.most is None and self.least_times is None:
            return "-"
        is_low = self.most is None or self.ratio <= self.most
        is_fast = self.least_times is None or 1 / self.ratio >= self.least_times
        return "met" if is_low and is_fast else "MISSED"
