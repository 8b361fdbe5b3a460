"""Random numbers: a stream of its own for each purpose, so that changing one never shifts another."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Streams:
    """Independent generators, spawned from one seed."""

    data: np.random.Generator
    parameters: np.random.Generator
    batches: np.random.Generator
    split: np.random.Generator

    @classmethod
    def spawn(cls, seed: int) -> "Streams":
        """Return the streams of an experiment's seed."""
        return cls(*(np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)))
