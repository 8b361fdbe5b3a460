"""What a right gradient may hide: stages whose errors cancel, and a way back that is right for ones only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from regress_cli.gradients.checking import Outcome
from regress_cli.gradients.comparing.answer_form import WrongForm, by_name
from regress_cli.gradients.comparing.cases import nudged
from regress_cli.gradients.comparing.comparison import CaseResult, WrongStage
from regress_cli.gradients.comparing.one_case import Judge
from regress_cli.gradients.comparing.trial import is_right
from regress_cli.gradients.comparing.wrong_stages import StageTrial, described, stage_trials
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import NoReference
from regress_cli.isolation import Failure, Reply

_OTHER = "another gradient at the end"


@dataclass(frozen=True)
class Hidden:
    """An error that the gradient does not show.

    Attributes:
        reason: What it is, in a sentence.
        stages: The stages that are wrong, in the order of the forward pass.
    """

    reason: str
    stages: tuple[WrongStage, ...] = ()


@dataclass
class _Look:
    """What was found at one input.

    Attributes:
        trials: Every stage, with ones at the end and with another gradient there.
        with_ones: The stages that are wrong with ones.
        wrong: All that are wrong.
        product: What is wrong with the gradient for another one at the end; empty if nothing is.
    """

    trials: list[StageTrial] = field(default_factory=list)
    with_ones: set[tuple[str, str]] = field(default_factory=set)
    wrong: set[tuple[str, str]] = field(default_factory=set)
    product: str = ""


def find_hidden(judge: Judge, results: Sequence[CaseResult], replies: Mapping[str, Reply]) -> Hidden | None:
    """Return what is wrong behind a gradient that is right; None if nothing is.

    What is wrong at an input has to be so a small step away as well: on a kink inside of a stage, rules
    differ by convention, and none of them is wrong.

    Args:
        judge: Whom the gradients were put to.
        results: What came of each input.
        replies: What came back, by the input's label.
    """
    for result in results:
        reply = replies.get(result.label)
        is_clear = result.verdict is not None and not result.verdict.kinks
        if result.outcome is not Outcome.RIGHT or not is_clear or reply is None or reply.output is None:
            continue
        look = _look(judge, result.label, result.inputs, reply)
        if not look.wrong and not look.product:
            continue
        hidden = _confirmed(judge, result, look)
        if hidden is not None:
            return hidden
    return None


def _confirmed(judge: Judge, result: CaseResult, look: _Look) -> Hidden | None:
    """Return what is wrong a small step away from the input too."""
    inputs = nudged(result.inputs, judge.seed)
    reply = judge.ask(inputs)
    if isinstance(reply, Failure):
        return None
    there = _look(judge, f"near {result.label}", inputs, reply)
    wrong = look.wrong & there.wrong
    if wrong:
        stages = described(trial for trial in [*look.trials, *there.trials] if trial.key in wrong)
        return Hidden(_about_stages(stages, bool(wrong & look.with_ones)), stages)
    if look.product and there.product:
        return Hidden(f"{result.label}: {look.product}")
    return None


def _look(judge: Judge, label: str, inputs: Inputs, reply: Reply) -> _Look:
    look = _Look([trial for trial in stage_trials(label, reply, judge.wrt) if not trial.is_left_out])
    look.with_ones = {trial.key for trial in look.trials if trial.is_wrong}
    if reply.output is None:
        return look
    cotangent = _cotangent(reply.output.shape, judge.seed)
    other = judge.ask(inputs, cotangent)
    if isinstance(other, Reply):
        again = stage_trials(f"{label}, {_OTHER}", other, judge.wrt)
        look.trials += [trial for trial in again if not trial.is_left_out]
    look.wrong = {trial.key for trial in look.trials if trial.is_wrong}
    look.product = _wrong_product(judge, inputs, reply, other, cotangent)
    return look


def _cotangent(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Return a gradient to begin the way back with: no number of it is 1, or small."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.choice([-1.0, 1.0], shape) * rng.uniform(1.5, 3.0, shape))


def _wrong_product(
    judge: Judge, inputs: Inputs, reply: Reply, other: Reply | Failure, cotangent: np.ndarray
) -> str:
    """Return what is wrong with the gradient for another gradient at the end; empty if nothing is."""
    if isinstance(other, Failure):
        # What takes too long has been quick enough with ones.
        return "" if other.is_limit else f"its backward fails for another gradient than ones: {other.message}"
    try:
        before, after = by_name(reply.gradient, judge.wrt), by_name(other.gradient, judge.wrt)
        truth = judge.reference.gradient(inputs, judge.wrt, cotangent)
        ones = judge.reference.gradient(inputs, judge.wrt)
    except WrongForm as reason:
        return f"for another gradient than ones its backward returns another form: {reason}"
    except NoReference:
        return ""
    for name in judge.wrt:
        # How far the gradient for ones is off by rounding, so far may this one be off too.
        off = np.abs(np.asarray(before[name], float) - ones[name]).max(initial=0.0)
        slack = 10 * float(off) * float(np.abs(cotangent).max(initial=0.0))
        if not is_right(after[name], truth[name], slack):
            return _about_product(name, before[name], after[name], truth[name])
    return ""


def _about_product(name: str, before: np.ndarray, after: np.ndarray, truth: np.ndarray) -> str:
    if np.array_equal(before, after):
        return (
            "its backward gives the same whatever gradient g it is called with, which is right for g = 1 "
            "only; multiply by g"
        )
    if after.shape != truth.shape:
        return (
            f"its backward gives the shape {after.shape} by {name} for another g than ones, where {name} has "
            f"the shape {truth.shape}"
        )
    place = np.unravel_index(np.argmax(np.abs(after - truth)), truth.shape) if truth.ndim else ()
    return (
        f"its backward is right where it is called with ones, and wrong for another g: by {name} it gives "
        f"{after[place]:.10g} where {truth[place]:.10g} is right"
    )


def _about_stages(stages: Sequence[WrongStage], is_so_with_ones: bool) -> str:
    names = " and ".join(", ".join(f"{s.name} (by {s.argument})" for s in stages).rsplit(", ", 1))
    if not is_so_with_ones:
        which = f"stage {names} is wrong" if len(stages) == 1 else f"the stages {names} are wrong"
        return f"the gradient is right only where the way back begins with ones: {which} for another gradient"
    if len(stages) == 1:
        return f"the gradient is right, but stage {names} is wrong, and what comes after it makes up for it"
    return f"the gradient is right, but the stages {names} are wrong: their errors cancel"
