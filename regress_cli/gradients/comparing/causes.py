"""Why a hand-written gradient is wrong: the trials that the catalogue of mistakes is held against."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.gradients.checking import Outcome
from regress_cli.gradients.comparing.cases import batch_size
from regress_cli.gradients.comparing.elsewhere import Other
from regress_cli.gradients.comparing.one_case import Arrays, Judge
from regress_cli.gradients.comparing.repairs import find_causes
from regress_cli.gradients.comparing.trial import Inquiry, Trial
from regress_cli.gradients.comparing.tried import Tried
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.quiet import quiet
from regress_cli.gradients.reference import NoReference, Reference
from regress_cli.gradients.staged import run
from regress_cli.isolation import Failure, Reply


def likely_causes(judge: Judge, tried: Tried, others: Sequence[Other]) -> tuple[str, ...]:
    """Return the likely cause for each argument whose gradient is wrong, where one is found.

    Args:
        judge: Whom the gradients were put to.
        tried: What came of each input.
        others: What came back at inputs that are not shown.
    """
    shown = [
        _trial(judge, result.label, result.inputs, tried.replies[result.label], result.autograd)
        for result in tried.results
        if result.label in tried.replies and result.outcome is not Outcome.KINK
    ]
    hidden = [
        _trial(judge, other.label, other.inputs, other.reply, other.truth, is_shown=False) for other in others
    ]
    return tuple(find_causes([*shown, *hidden], judge.wrt, _inquiry(judge)))


def _trial(
    judge: Judge, label: str, inputs: Inputs, reply: Reply, truth: Arrays, *, is_shown: bool = True
) -> Trial:
    return Trial(
        label,
        inputs,
        # What was returned may have another form and shape than what was wanted, which tells something.
        _whatever_is_there(reply.gradient, judge.wrt),
        {**_by_all_floats(judge.reference, inputs), **truth},
        batch_size(inputs, judge.wrt),
        is_shown=is_shown,
    )


def _inquiry(judge: Judge) -> Inquiry:
    reference = judge.reference

    def claimed(inputs: Inputs) -> dict[str, np.ndarray] | None:
        reply = judge.ask(inputs)
        return None if isinstance(reply, Failure) else _whatever_is_there(reply.gradient, judge.wrt)

    def truth(inputs: Inputs) -> dict[str, np.ndarray] | None:
        try:
            return reference.gradient(inputs, judge.wrt)
        except NoReference:
            return None

    return Inquiry(claimed, truth, reference.value, lambda inputs: _local_derivatives(reference, inputs))


def _by_all_floats(reference: Reference, inputs: Inputs) -> dict[str, np.ndarray]:
    """Return the gradient by every argument that holds floats: one may be taken for another."""
    floats = [name for name, value in inputs.items() if np.asarray(value).dtype.kind == "f"]
    try:
        return reference.gradient(inputs, floats)
    except NoReference:
        return {}


def _local_derivatives(reference: Reference, inputs: Inputs) -> dict[str, np.ndarray]:
    """Return each stage's derivative by its argument, for the library's functions of each element."""
    entry = reference.entry
    if entry is None or not entry.is_elementwise:
        return {}
    with quiet():
        return {
            stage.name: np.asarray(stage.backward[stage.inputs[0]]) / np.asarray(stage.cotangent)
            for stage in run(entry.stages, inputs)
            if len(stage.inputs) == 1
        }


def _whatever_is_there(gradient: Any, wrt: Sequence[str]) -> dict[str, np.ndarray]:
    if isinstance(gradient, Mapping):
        return {name: np.asarray(gradient[name]) for name in wrt if name in gradient}
    parts: Iterator[Any] = iter(gradient if isinstance(gradient, tuple) else (gradient,))
    return dict(zip(wrt, map(np.asarray, parts), strict=False))
