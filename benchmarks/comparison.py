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
        most: The largest ratio that the claim allows; None for a figure that is only reported.
    """

    command: str
    title: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float]
    most: float | None = None

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
        if self.most is None:
            return "-"
        return "met" if self.ratio <= self.most else "MISSED"
