"""One input on which a gradient was tried, when its numbers are right, and what can be asked elsewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.gradients.inputs import Inputs

Arrays = dict[str, np.ndarray]

_CLOSE = 1e-6
# Single precision has 7 digits, and a gradient loses some of them.
_CLOSE_SINGLE = 1e-4


@dataclass(frozen=True, eq=False)
class Trial:
    """One input on which a gradient was tried.

    Attributes:
        label: What the input is.
        inputs: The arguments.
        claimed: The gradient as it was given, of any shape.
        truth: The right one, by every argument that holds floats.
        batch_size: How many examples there are; None if there is no batch.
        slack: What a number may be off by beside its digits, for rounding leaves no more of a small one.
        is_shown: Whether whoever reads the report sees this input.
    """

    label: str
    inputs: Inputs
    claimed: Arrays
    truth: Arrays
    batch_size: int | None = None
    slack: float = 0.0
    is_shown: bool = True

    def agrees(self, name: str, claimed: Any = None) -> bool:
        """Whether the gradient by an argument, or another one in its place, is right."""
        return is_right(self.claimed[name] if claimed is None else claimed, self.truth[name], self.slack)

    def tells(self, name: str) -> bool:
        """Whether there is more than rounding left of a number: nothing else can be right or wrong."""
        return bool(np.abs(self.truth[name]).max(initial=0.0) > self.slack)


@dataclass(frozen=True)
class Inquiry:
    """What can be asked of the function and of the answer at other inputs; each gives None where it can't.

    Attributes:
        ask: The claimed gradient at other inputs.
        truth: The right gradient at other inputs.
        value: The function's value.
        local_derivatives: The derivative of each stage by its argument, by the stage's name, for a function
            of each element.
    """

    ask: Callable[[Inputs], Arrays | None]
    truth: Callable[[Inputs], Arrays | None]
    value: Callable[[Inputs], Any]
    local_derivatives: Callable[[Inputs], Arrays]


def is_right(claimed: Any, truth: np.ndarray, slack: float = 0.0) -> bool:
    """Whether a gradient has the right shape and numbers, to 6 digits of its largest, or 4 of a float32.

    Args:
        claimed: The gradient, of any shape and type.
        truth: The right one.
        slack: What a number may be off by in any case.
    """
    claimed = np.asarray(claimed)
    if claimed.shape != truth.shape or claimed.dtype.kind not in "fiub":
        return False
    close = _CLOSE_SINGLE if claimed.dtype == np.float32 else _CLOSE
    with np.errstate(all="ignore"):
        return bool((np.abs(claimed - truth) <= close * np.abs(truth).max(initial=0.0) + slack).all())


def is_borne_out(trials: Sequence[Trial], name: str) -> bool:
    """Whether there is more than one number to explain: a single one fits any factor.

    Args:
        trials: Those that an explanation holds for.
        name: The argument that the gradient is by.
    """
    places = {
        tuple((key, np.asarray(value).tobytes()) for key, value in sorted(trial.inputs.items()))
        for trial in trials
    }
    return len(places) > 1 or any(len(np.unique(trial.truth[name])) > 1 for trial in trials)
