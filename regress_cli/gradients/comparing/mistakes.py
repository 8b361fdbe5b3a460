"""Likely causes of a wrong gradient: a repair is named only if it makes the gradient right on every input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.gradients.inputs import Inputs

Arrays = dict[str, np.ndarray]

_CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class Trial:
    """One input on which a gradient was tried.

    Attributes:
        label: What the input is.
        inputs: The arguments.
        claimed: The gradient as it was given, of any shape.
        truth: The right one, by every argument that holds floats.
        batch_size: How many examples there are; None if there is no batch.
    """

    label: str
    inputs: Inputs
    claimed: Arrays
    truth: Arrays
    batch_size: int | None = None


@dataclass(frozen=True)
class Oracle:
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


Repair = Callable[[Trial, str, Oracle], Any]


@dataclass(frozen=True)
class Mistake:
    """A way to be wrong.

    Attributes:
        words: What is wrong, for a sentence that begins with the argument's name.
        repair: Returns the gradient as it would be without the mistake; None where it does not apply.
    """

    words: str
    repair: Repair


def find_causes(trials: Sequence[Trial], wrt: Sequence[str], oracle: Oracle) -> list[str]:
    """Return the likely cause for each argument whose gradient is wrong, where one is found."""
    causes = []
    for name in wrt:
        telling = [trial for trial in trials if name in trial.claimed and name in trial.truth]
        cause = _cause(telling, name, oracle)
        if cause is not None:
            causes.append(f"{name}: {cause}")
    return causes


def is_right(claimed: Any, truth: np.ndarray) -> bool:
    """Whether a gradient has the right shape and numbers, to 6 digits of its largest."""
    claimed = np.asarray(claimed)
    if claimed.shape != truth.shape or claimed.dtype.kind not in "fiub":
        return False
    scale = np.abs(truth).max(initial=0.0)
    return bool((np.abs(claimed - truth) <= _CLOSE * scale).all())


def _cause(trials: Sequence[Trial], name: str, oracle: Oracle) -> str | None:
    right = [trial for trial in trials if is_right(trial.claimed[name], trial.truth[name])]
    if len(right) == len(trials):
        return None
    finite = [trial for trial in trials if np.isfinite(trial.claimed[name]).all()]
    # What is zero, or empty, is repaired by anything.
    telling = [trial for trial in finite if trial.truth[name].any()]
    for mistake in MISTAKES:
        # Where a number is not finite, most repairs can't say anything; the one for overflow has to.
        relevant = trials if mistake is MAX_SHIFT_FORGOTTEN else finite
        if any(trial not in right for trial in relevant) and _repairs_all(mistake, relevant, name, oracle):
            return mistake.words
    factor = _common_factor(telling, name)
    if factor is not None:
        return f"it is {factor:.6g} times what it should be, everywhere"
    stage = _missing_stage(telling, name, oracle)
    if stage is not None:
        return f"the local derivative of stage {stage} is missing from the product"
    return _right_at_few(trials, right, name)


def _repairs_all(mistake: Mistake, trials: Sequence[Trial], name: str, oracle: Oracle) -> bool:
    is_shown = False
    for trial in trials:
        try:
            with np.errstate(all="ignore"):
                repaired = mistake.repair(trial, name, oracle)
        except Exception:  # noqa: BLE001 - a repair that does not apply to these shapes is no repair.
            return False
        if repaired is None or not is_right(repaired, trial.truth[name]):
            return False
        is_shown |= bool(trial.truth[name].any())
    return is_shown


def _common_factor(trials: Sequence[Trial], name: str) -> float | None:
    """Return the factor that the gradient is off by on every input, if it is the same."""
    if len(trials) < 2:
        return None
    claimed, truth = trials[0].claimed[name], trials[0].truth[name]
    if claimed.shape != truth.shape:
        return None
    factor = float(np.vdot(truth, claimed) / np.vdot(truth, truth))
    is_common = factor != 0 and all(is_right(t.claimed[name] / factor, t.truth[name]) for t in trials)
    return factor if is_common else None


def _missing_stage(trials: Sequence[Trial], name: str, oracle: Oracle) -> str | None:
    """Return the stage whose local derivative, multiplied in, makes the gradient right on every input."""
    candidates: set[str] | None = None
    for trial in trials:
        fits = {
            stage
            for stage, local in oracle.local_derivatives(trial.inputs).items()
            # A derivative that is zero somewhere would make anything right there.
            if np.all(local) and is_right(trial.claimed[name] * local, trial.truth[name])
        }
        candidates = fits if candidates is None else candidates & fits
    return min(candidates) if candidates else None


def _right_at_few(trials: Sequence[Trial], right: Sequence[Trial], name: str) -> str | None:
    values = np.concatenate([trial.claimed[name].ravel() for trial in trials] or [np.zeros(0)])
    if len(trials) >= 3 and len(np.unique(values)) == 1:
        return "it is the same number at every input: one worked out for a point, and not a formula"
    telling = [trial for trial in right if trial.truth[name].any()]
    if len(telling) == 1 and len(trials) >= 3:
        return f"it is right at only one of the inputs ({telling[0].label})"
    return None


def _sign(trial: Trial, name: str, oracle: Oracle) -> Any:
    return -trial.claimed[name]


def _twice(trial: Trial, name: str, oracle: Oracle) -> Any:
    return trial.claimed[name] / 2


def _half(trial: Trial, name: str, oracle: Oracle) -> Any:
    return 2 * trial.claimed[name]


def _missing_mean(trial: Trial, name: str, oracle: Oracle) -> Any:
    return None if trial.batch_size is None else trial.claimed[name] / trial.batch_size


def _mean_of_sum(trial: Trial, name: str, oracle: Oracle) -> Any:
    return None if trial.batch_size is None else trial.claimed[name] * trial.batch_size


def _transpose(trial: Trial, name: str, oracle: Oracle) -> Any:
    return trial.claimed[name].T if trial.claimed[name].ndim >= 2 else None


def _missing_batch_sum(trial: Trial, name: str, oracle: Oracle) -> Any:
    claimed = trial.claimed[name]
    return claimed.sum(axis=0) if claimed.ndim == trial.truth[name].ndim + 1 else None


def _missing_batch_mean(trial: Trial, name: str, oracle: Oracle) -> Any:
    claimed = trial.claimed[name]
    return claimed.mean(axis=0) if claimed.ndim == trial.truth[name].ndim + 1 else None


def _shape(trial: Trial, name: str, oracle: Oracle) -> Any:
    return trial.claimed[name].reshape(trial.truth[name].shape)


def _value(trial: Trial, name: str, oracle: Oracle) -> Any:
    """Return the truth where the claim is the function's value."""
    is_value = is_right(trial.claimed[name], np.asarray(oracle.value(trial.inputs)))
    return trial.truth[name] if is_value else None


def _at_the_output(trial: Trial, name: str, oracle: Oracle) -> Any:
    """Return the truth where the claim is the truth of the output: f'(f(x)) instead of f'(x)."""
    there = oracle.truth({**trial.inputs, name: oracle.value(trial.inputs)})
    if there is None or not is_right(trial.claimed[name], there[name]):
        return None
    return trial.truth[name]


def _of_the_output(trial: Trial, name: str, oracle: Oracle) -> Any:
    """Return what the answer gives when it is handed the output: it holds s (1 - s), and was given x."""
    there = oracle.ask({**trial.inputs, name: oracle.value(trial.inputs)})
    return None if there is None else there.get(name)


def _wrong_argument(trial: Trial, name: str, oracle: Oracle) -> Any:
    """Return the truth where the claim is the truth of another argument."""
    others = (truth for other, truth in trial.truth.items() if other != name)
    is_another = any(is_right(trial.claimed[name], truth) for truth in others)
    return trial.truth[name] if is_another else None


def _max_shift(trial: Trial, name: str, oracle: Oracle) -> Any:
    """Return what the answer gives when the largest entry (of each row) is taken out first."""
    value = np.asarray(trial.inputs[name])
    if not value.size:
        return trial.claimed[name]
    axis = -1 if value.ndim else None
    there = oracle.ask({**trial.inputs, name: value - value.max(axis=axis, keepdims=value.ndim > 0)})
    return None if there is None else there.get(name)


MAX_SHIFT_FORGOTTEN = Mistake(
    "the largest argument (of each row) is not taken out before exp, so that large arguments overflow",
    _max_shift,
)
# From simple to far-fetched: the first that explains everything is the one that is named.
MISTAKES: tuple[Mistake, ...] = (
    Mistake("the sign is wrong", _sign),
    Mistake("it is twice what it should be: a factor 1/2 is missing", _twice),
    Mistake("it is half of what it should be: a factor 2 is missing", _half),
    Mistake("the factor 1/N of the mean is missing", _missing_mean),
    Mistake("it is divided by N once too often", _mean_of_sum),
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
