"""The catalogue of mistakes: what makes a gradient wrong, each with what would mend it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.gradients.comparing.trial import Inquiry, Trial, is_right

Repair = Callable[[Trial, str, Inquiry], Any]


@dataclass(frozen=True)
class Mistake:
    """A way to be wrong.

    Attributes:
        words: What is wrong, for a sentence that begins with the argument's name.
        repair: Returns the gradient as it would be without the mistake; None where it does not apply.
    """

    words: str
    repair: Repair


def _sign(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return -trial.claimed[name]


def _twice(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return trial.claimed[name] / 2


def _half(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return 2 * trial.claimed[name]


def _missing_mean(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return None if trial.batch_size is None else trial.claimed[name] / trial.batch_size


def _mean_of_sum(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return None if trial.batch_size is None else trial.claimed[name] * trial.batch_size


def _transpose(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return trial.claimed[name].T if trial.claimed[name].ndim >= 2 else None


def _missing_batch_sum(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    claimed = trial.claimed[name]
    return claimed.sum(axis=0) if claimed.ndim == trial.truth[name].ndim + 1 else None


def _missing_batch_mean(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    claimed = trial.claimed[name]
    return claimed.mean(axis=0) if claimed.ndim == trial.truth[name].ndim + 1 else None


def _shape(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    return trial.claimed[name].reshape(trial.truth[name].shape)


def _value(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    """Return the truth where the claim is the function's value."""
    is_value = is_right(trial.claimed[name], np.asarray(inquiry.value(trial.inputs)))
    return trial.truth[name] if is_value else None


def _at_the_output(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    """Return the truth where the claim is the truth of the output: f'(f(x)) instead of f'(x)."""
    there = inquiry.truth({**trial.inputs, name: inquiry.value(trial.inputs)})
    if there is None or not is_right(trial.claimed[name], there[name]):
        return None
    return trial.truth[name]


def _of_the_output(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    """Return what the answer gives when it is handed the output: it holds s (1 - s), and was given x."""
    there = inquiry.ask({**trial.inputs, name: inquiry.value(trial.inputs)})
    return None if there is None else there.get(name)


def _wrong_argument(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    """Return the truth where the claim is the truth of another argument."""
    others = (truth for other, truth in trial.truth.items() if other != name)
    is_another = any(is_right(trial.claimed[name], truth) for truth in others)
    return trial.truth[name] if is_another else None


def _max_shift(trial: Trial, name: str, inquiry: Inquiry) -> Any:
    """Return what the answer gives when the largest entry (of each row) is taken out first."""
    value = np.asarray(trial.inputs[name])
    if not value.size:
        return trial.claimed[name]
    axis = -1 if value.ndim else None
    there = inquiry.ask({**trial.inputs, name: value - value.max(axis=axis, keepdims=value.ndim > 0)})
    return None if there is None else there.get(name)


MAX_SHIFT_FORGOTTEN = Mistake(
    "the largest argument (of each row) is not taken out before exp, so that large arguments overflow",
    _max_shift,
)
# Factors, of which more than one may fit where every batch has the same size.
FACTORS: tuple[Mistake, ...] = (
    Mistake("it is twice what it should be: a factor 1/2 is missing", _twice),
    Mistake("it is half of what it should be: a factor 2 is missing", _half),
    Mistake("the factor 1/N of the mean is missing", _missing_mean),
    Mistake("it is divided by N once too often", _mean_of_sum),
)
# From simple to far-fetched: the first that explains everything is the one that is named.
MISTAKES: tuple[Mistake, ...] = (
    Mistake("the sign is wrong", _sign),
    *FACTORS,
    Mistake("it is transposed", _transpose),
    Mistake("the numbers are right, but they have the wrong shape", _shape),
    Mistake("the sum over the batch is missing", _missing_batch_sum),
    Mistake("the mean over the batch is missing", _missing_batch_mean),
    Mistake("it is the gradient by another argument", _wrong_argument),
    Mistake("it is the function's value, and not its derivative", _value),
    Mistake("the derivative is evaluated at the output instead of the input", _at_the_output),
    Mistake("the formula is one in terms of the output, and was given the input", _of_the_output),
    MAX_SHIFT_FORGOTTEN,
)
