"""A table of one quantity: a row for each workload, a column for each program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Grid:
    """What was measured.

    Attributes:
        title: What the quantity is, with its unit.
        samples: One number a round, by row and column; a column that a row lacks was not measured.
    """

    title: str
    samples: Mapping[str, Mapping[str, Sequence[float]]]

    @property
    def columns(self) -> list[str]:
        """The programs, in the order in which they are first named."""
        return list(dict.fromkeys(column for row in self.samples.values() for column in row))

    def value(self, row: str, column: str) -> float | None:
        """Return the median over the rounds."""
        samples = self.samples[row].get(column)
        return None if samples is None else median(samples)
