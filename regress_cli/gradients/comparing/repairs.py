"""Likely causes of a wrong gradient: a repair is named only if it makes the gradient right on every input."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from regress_cli.gradients.comparing.mistakes import FACTORS, MAX_SHIFT_FORGOTTEN, MISTAKES, Mistake
from regress_cli.gradients.comparing.trial import Inquiry, Trial, is_borne_out

# What is so much smaller than the gradient usually is may be nothing but rounding, or underflow.
_NOTHING_LEFT = 1e-10
# A factor nearer to 1 than this is not known well enough to be named.
_LEAST_FACTOR = 1e-5


def find_causes(trials: Sequence[Trial], wrt: Sequence[str], inquiry: Inquiry) -> list[str]:
    """Return the likely cause for each argument whose gradient is wrong, where one is found."""
    causes = []
    for name in wrt:
        telling = [trial for trial in trials if name in trial.claimed and name in trial.truth]
        cause = _cause(_with_slack(telling, name), name, inquiry)
        if cause is not None:
            causes.append(f"{name}: {cause}")
    return causes


def _with_slack(trials: Sequence[Trial], name: str) -> list[Trial]:
    """Return the trials with what a number may be off by, where the gradient is usually larger by far."""
    sizes = [float(np.abs(trial.truth[name]).max(initial=0.0)) for trial in trials]
    nonzero = [size for size in sizes if size]
    slack = _NOTHING_LEFT * float(np.median(nonzero)) if nonzero else 0.0
    return [replace(trial, slack=max(slack, trial.slack)) for trial in trials]


def _cause(trials: Sequence[Trial], name: str, inquiry: Inquiry) -> str | None:
    right = [trial for trial in trials if trial.agrees(name)]
    if len(right) == len(trials):
        return None
    finite = [trial for trial in trials if np.isfinite(trial.claimed[name]).all()]
    for mistake in MISTAKES:
        # Where a number is not finite, most repairs can't say anything; the one for overflow has to.
        relevant = trials if mistake is MAX_SHIFT_FORGOTTEN else finite
        if _explains(mistake, relevant, name, inquiry):
            rivals = FACTORS if mistake in FACTORS else (mistake,)
            return "; or ".join(m.words for m in rivals if _explains(m, relevant, name, inquiry))
    telling = [trial for trial in finite if trial.tells(name)]
    if is_borne_out(telling, name):
        factor = _common_factor(telling[0], finite, name)
        if factor is not None:
            return f"it is {factor:.6g} times what it should be, everywhere"
        stage = _missing_stage(finite, name, inquiry)
        if stage is not None:
            return f"the local derivative of stage {stage} is missing from the product"
    return _right_at_few(trials, right, name)


def _explains(mistake: Mistake, trials: Sequence[Trial], name: str, inquiry: Inquiry) -> bool:
    """Whether undoing the mistake makes all right, and more than one number that was wrong."""
    mended = []
    for trial in trials:
        try:
            with np.errstate(all="ignore"):
                repaired = mistake.repair(trial, name, inquiry)
        except Exception:  # noqa: BLE001 - a repair that does not apply to these shapes is no repair.
            return False
        if repaired is None or not trial.agrees(name, repaired):
            return False
        if trial.tells(name) and not trial.agrees(name):
            mended.append(trial)
    return is_borne_out(mended, name)


def _common_factor(telling: Trial, trials: Sequence[Trial], name: str) -> float | None:
    """Return the factor that the gradient is off by on every input, if it is that of the telling one."""
    claimed, truth = telling.claimed[name], telling.truth[name]
    if claimed.shape != truth.shape:
        return None
    with np.errstate(all="ignore"):
        # Of numbers whose squares overflow or vanish, too.
        size = np.abs(truth).max()
        factor = float(np.vdot(truth / size, claimed / size) / np.vdot(truth / size, truth / size))
    if not np.isfinite(factor) or factor == 0 or abs(factor - 1) < _LEAST_FACTOR:
        return None
    is_common = all(trial.agrees(name, trial.claimed[name] / factor) for trial in trials)
    return factor if is_common else None


def _missing_stage(trials: Sequence[Trial], name: str, inquiry: Inquiry) -> str | None:
    """Return the stage whose local derivative, multiplied in, makes the gradient right on every input."""
    candidates: set[str] | None = None
    for trial in trials:
        if not trial.tells(name) and trial.agrees(name):
            # Zero times a derivative that overflows is no number.
            continue
        fits = {
            stage
            for stage, local in inquiry.local_derivatives(trial.inputs).items()
            # A derivative that is zero somewhere would make anything right there.
            if (np.all(local) or not trial.tells(name)) and trial.agrees(name, trial.claimed[name] * local)
        }
        candidates = fits if candidates is None else candidates & fits
    return min(candidates) if candidates else None


def _right_at_few(trials: Sequence[Trial], right: Sequence[Trial], name: str) -> str | None:
    if len(trials) < 3:
        return None
    values = np.concatenate([trial.claimed[name].ravel() for trial in trials])
    if len(np.unique(values)) == 1 and np.isfinite(values).all():
        if values[0] == 0:
            return "it is zero at every input"
        return "it is the same number at every input: one worked out for a point, and not a formula"
    telling = [trial for trial in right if trial.tells(name)]
    if len(telling) == 1 and telling[0].is_shown:
        return f"it is right at only one of the inputs ({telling[0].label})"
    return None
