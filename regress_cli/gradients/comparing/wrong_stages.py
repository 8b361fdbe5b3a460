"""The first wrong stage: each stage's own derivative against autograd's, on the same inputs."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from regress_cli.gradients.comparing.cases import batch_size
from regress_cli.gradients.comparing.comparison import WrongStage
from regress_cli.gradients.comparing.mistakes import Oracle, Trial, find_causes, is_right
from regress_cli.isolation import Reply


def find_wrong_stages(replies: Mapping[str, Reply]) -> tuple[WrongStage, ...]:
    """Return the stages that are wrong on any input, in the order of the forward pass.

    Args:
        replies: What came back for each input; those without stages say nothing.
    """
    trials: dict[tuple[str, str], list[Trial]] = {}
    for label, reply in replies.items():
        for stage, argument, trial in _stage_trials(label, reply):
            trials.setdefault((stage, argument), []).append(trial)
    return tuple(
        wrong
        for (stage, argument), own in trials.items()
        if (wrong := _wrong_stage(stage, argument, own)) is not None
    )


def _stage_trials(label: str, reply: Reply) -> Iterator[tuple[str, str, Trial]]:
    for stage in reply.stages:
        for argument, true in (stage.autograd or {}).items():
            own = stage.backward.get(argument)
            # None says that the argument is data, of which there is no gradient to be wrong.
            if own is None or not np.isfinite(true).all():
                continue
            size = batch_size(stage.values, (argument,)) or _rows(stage.values[argument])
            yield (
                stage.name,
                argument,
                Trial(
                    label, dict(stage.values), {argument: np.asarray(own)}, {argument: np.asarray(true)}, size
                ),
            )


def _wrong_stage(stage: str, argument: str, trials: list[Trial]) -> WrongStage | None:
    wrong = [t for t in trials if not is_right(t.claimed[argument], t.truth[argument])]
    if not wrong:
        return None
    causes = find_causes(trials, (argument,), _NOTHING_TO_ASK)
    cause = causes[0].partition(": ")[2] if causes else None
    first = wrong[0]
    return WrongStage(stage, argument, first.label, first.claimed[argument], first.truth[argument], cause)


def _rows(value: Any) -> int | None:
    return len(value) if np.ndim(value) else None


def _nothing(*_: Any) -> None:
    return None


# A stage alone can't be asked at other inputs: the repairs that need that do not apply.
_NOTHING_TO_ASK = Oracle(_nothing, _nothing, _nothing, lambda inputs: {})
