"""Wrong stages: each stage's own derivative against autograd's, on the same inputs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.gradients.comparing.cases import batch_size
from regress_cli.gradients.comparing.comparison import WrongStage
from regress_cli.gradients.comparing.repairs import find_causes
from regress_cli.gradients.comparing.trial import Inquiry, Trial
from regress_cli.isolation import Reply, StageReply

# A rule loses digits where its terms cancel: so much of the slope that a stage has for its size.
_ROUNDING = 1e-9
# Where an argument is smaller, its size says nothing of the slope.
_SMALLEST_ARGUMENT = 1e-3


@dataclass(frozen=True, eq=False)
class StageTrial:
    """A stage's rule by one argument, beside autograd's derivative of the same stage.

    Attributes:
        stage: The stage.
        argument: By which of its arguments.
        trial: Both numbers.
        is_left_out: Whether the rule gives nothing, as for data, or zeros, as for a constant.
    """

    stage: StageReply
    argument: str
    trial: Trial
    is_left_out: bool

    @property
    def key(self) -> tuple[str, str]:
        """The stage's name, and by which argument."""
        return self.stage.name, self.argument

    @property
    def is_wrong(self) -> bool:
        """Whether the rule gives something else than autograd."""
        return not self.trial.agrees(self.argument)


def stage_trials(label: str, reply: Reply, wrt: Sequence[str]) -> Iterator[StageTrial]:
    """Yield each stage that lies on the way to what is differentiated by, with each such argument of it.

    What a rule gives by data is in no gradient that was asked for.
    """
    on_the_way = _on_the_way(reply.stages, wrt)
    for stage in reply.stages:
        for argument, true in (stage.autograd or {}).items():
            if argument in on_the_way and np.isfinite(true).all():
                yield _stage_trial(label, stage, argument, np.asarray(true))


def find_wrong_stages(replies: Mapping[str, Reply], wrt: Sequence[str]) -> tuple[WrongStage, ...]:
    """Return the stages that are wrong on any input, in the order of the forward pass.

    A stage that leaves an argument out, as data, is looked at only where no other one is wrong: what goes
    through it may cancel, as through the maximum that is taken out before exp.

    Args:
        replies: What came back for each input; those without stages say nothing.
        wrt: What the whole gradient is by.
    """
    trials = [trial for label, reply in replies.items() for trial in stage_trials(label, reply, wrt)]
    given = [trial for trial in trials if not trial.is_left_out]
    return described(given) or described(trials)


def described(trials: Iterable[StageTrial]) -> tuple[WrongStage, ...]:
    """Return those of the stages that are wrong, each with its likely cause."""
    found: dict[tuple[str, str], list[StageTrial]] = {}
    for trial in trials:
        found.setdefault(trial.key, []).append(trial)
    return tuple(_wrong_stage(own) for own in found.values() if any(trial.is_wrong for trial in own))


def _stage_trial(label: str, stage: StageReply, argument: str, true: np.ndarray) -> StageTrial:
    own = stage.backward.get(argument)
    claimed = np.zeros_like(true) if own is None else np.asarray(own)
    value = stage.values[argument]
    size = batch_size(stage.values, (argument,)) or (len(value) if np.ndim(value) else None)
    slack = _slack(stage, argument)
    trial = Trial(label, dict(stage.values), {argument: claimed}, {argument: true}, size, slack)
    return StageTrial(stage, argument, trial, is_left_out=own is None or not np.any(claimed))


def _slack(stage: StageReply, argument: str) -> float:
    """Return what rounding may make of the stage's slope."""

    def largest(array: Any) -> float:
        return float(np.abs(np.asarray(array, float)).max(initial=0.0))

    with np.errstate(all="ignore"):
        span = max(largest(stage.values[argument]), _SMALLEST_ARGUMENT)
        slack = _ROUNDING * largest(stage.cotangent) * largest(stage.value) / span
    return slack if np.isfinite(slack) else 0.0


def _on_the_way(stages: Sequence[StageReply], wrt: Sequence[str]) -> set[str]:
    """Return what is differentiated by, and the stages that depend on it."""
    names = set(wrt)
    for stage in stages:
        if names & set(stage.inputs):
            names.add(stage.name)
    return names


def _wrong_stage(own: Sequence[StageTrial]) -> WrongStage:
    first = next(trial for trial in own if trial.is_wrong)
    argument = first.argument
    return WrongStage(
        name=first.stage.name,
        argument=argument,
        case=first.trial.label,
        manual=first.trial.claimed[argument],
        autograd=first.trial.truth[argument],
        cause=_cause(own, first),
    )


def _cause(own: Sequence[StageTrial], first: StageTrial) -> str | None:
    if all(trial.is_left_out for trial in own):
        return "it gives nothing by this argument, as for data, but the stage depends on it"
    if _ignores_what_comes_in(own):
        return "it gives the same whatever gradient comes in; multiply by that"
    causes = find_causes([trial.trial for trial in own], (first.argument,), _NOTHING_TO_ASK)
    return causes[0].partition(": ")[2] if causes else None


def _ignores_what_comes_in(own: Sequence[StageTrial]) -> bool:
    """Whether the same values with another gradient gave the same."""
    seen: dict[tuple[bytes, ...], StageTrial] = {}
    for trial in own:
        values = tuple(np.asarray(value).tobytes() for value in trial.stage.values.values())
        other = seen.setdefault(values, trial)
        claimed, before = trial.trial.claimed[trial.argument], other.trial.claimed[trial.argument]
        is_other = not np.array_equal(trial.stage.cotangent, other.stage.cotangent)
        if is_other and np.any(claimed) and np.array_equal(claimed, before):
            return True
    return False


def _nothing(*_: Any) -> None:
    return None


# A stage alone can't be asked at other inputs: the repairs that need that do not apply.
_NOTHING_TO_ASK = Inquiry(_nothing, _nothing, _nothing, lambda inputs: {})
