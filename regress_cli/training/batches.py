"""Mini-batches: every row once an epoch, in an order that is drawn anew for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.data.dataset import take_rows


@dataclass
class Batches:
    """Deals out rows; ``position`` and the generator's state at the epoch's start say where it is."""

    features: np.ndarray
    target: np.ndarray
    size: int
    rng: np.random.Generator
    position: int = 0

    def __post_init__(self) -> None:
        self._begin_epoch()

    @property
    def is_full(self) -> bool:
        """Whether a batch is the whole training part."""
        return self.size >= len(self.target)

    def next(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the features and targets of the next batch; the last of an epoch may be smaller."""
        if self.is_full:
            return self.features, self.target
        if self.position >= len(self.target):
            self.position = 0
            self._begin_epoch()
        rows = self._order[self.position : self.position + self.size]
        self.position += self.size
        return take_rows(self.features, rows), self.target[rows]

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
        if not self.is_full:
            self._order = self.rng.permutation(len(self.target))
