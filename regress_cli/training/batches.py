"""Mini-batches: every row once an epoch, in an order that is drawn anew for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class Batches:
    """Deals out rows; ``position`` and the generator's state at the epoch's start say where it is.

    Attributes:
        rows: How many rows there are.
        size: How many of them are in a batch.
        rng: Draws the order.
        position: Rows of this epoch that are dealt.
    """

    rows: int
    size: int
    rng: np.random.Generator
    position: int = 0

    def __post_init__(self) -> None:
        self._begin_epoch()

    @property
    def is_full(self) -> bool:
        """Whether a batch is all rows."""
        return self.size >= self.rows

    def next(self) -> np.ndarray:
        """Return the numbers of the next batch's rows; the last batch of an epoch may be smaller."""
        if self.position >= self.rows:
            self.position = 0
            self._begin_epoch()
        rows = self._order[self.position : self.position + self.size]
        self.position += self.size
        return rows

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to deal on from here, as plain data."""
        return {"position": self.position, "epoch_start": self._epoch_start}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from where ``state`` was taken."""
        self.rng.bit_generator.state = state["epoch_start"]
        self._begin_epoch()
        self.position = state["position"]

    def _begin_epoch(self) -> None:
        self._epoch_start = self.rng.bit_generator.state
        # The full batch is the table as it lies; nothing is drawn for it.
        self._order = np.arange(self.rows) if self.is_full else self.rng.permutation(self.rows)
