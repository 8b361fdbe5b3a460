"""How a hand-written gradient is asked."""

from typing import Protocol

import numpy as np

from regress_cli.gradients.inputs import Inputs
from regress_cli.isolation import Failure, Reply


class Ask(Protocol):
    """Returns the hand-written gradient at given inputs, or why there is none."""

    def __call__(self, inputs: Inputs, cotangent: np.ndarray | None = None) -> Reply | Failure:
        """Ask.

        Args:
            inputs: The arguments by name.
            cotangent: What a backward pass, if the answer has one, begins with; None for ones.
        """
        ...
