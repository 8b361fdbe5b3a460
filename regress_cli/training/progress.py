"""How far training is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far training is; the loss is of the training part, in the target's own unit."""

    step: int
    steps: int
    loss: float
    seconds: float
