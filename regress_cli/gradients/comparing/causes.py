"""Why a hand-written gradient is wrong: the trials that the catalogue of mistakes is held against."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.gradients.checking import Outcome
from regress_cli.gradients.comparing.cases import batch_size
from regress_cli.gradients.comparing.comparison import CaseResult
from regress_cli.gradients.comparing.mistakes import Arrays, Oracle, Trial, find_causes
from regress_cli.gradients.comparing.one_case import Ask
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.quiet import quiet
from regress_cli.gradients.reference import NoReference, Reference
from regress_cli.gradients.staged import run
from regress_cli.isolation import Failure, Reply


def likely_causes(
    reference: Reference,
    ask: Ask,
    wrt: Sequence[str],
    results: Sequence[CaseResult],
    replies: Mapping[str, Reply],
) -> tuple[str, ...]:
    """Return the likely cause for each argument whose gradient is wrong, where one is found.

    Args:
        reference: The function.
        ask: Returns the hand-written gradient at other inputs.
        wrt: The arguments that it is by.
        results: What came of each input.
        replies: What came back, by the input's label.
    """
    trials = [
        # What was returned may have another form and shape than what was wanted, which tells something.
        Trial(
            result.label,
            result.inputs,
            _whatever_is_there(replies[result.label].gradient, wrt),
            {**_by_all_floats(reference, result.inputs), **result.autograd},
            batch_size(result.inputs, tuple(wrt)),
        )
        for result in results
        if result.label in replies and result.outcome is not Outcome.KINK
    ]
    return tuple(find_causes(trials, wrt, _oracle(reference, ask, wrt)))


def _oracle(reference: Reference, ask: Ask, wrt: Sequence[str]) -> Oracle:
    def claimed(inputs: Inputs) -> Arrays | None:
        reply = ask(inputs)
        return None if isinstance(reply, Failure) else _whatever_is_there(reply.gradient, wrt)

    def truth(inputs: Inputs) -> Arrays | None:
        try:
            return reference.gradient(inputs, wrt)
        except NoReference:
            return None

    return Oracle(claimed, truth, reference.value, lambda inputs: _local_derivatives(reference, inputs))


def _by_all_floats(reference: Reference, inputs: Inputs) -> Arrays:
    """Return the gradient by every argument that holds floats: one may be taken for another."""
    floats = [name for name, value in inputs.items() if np.asarray(value).dtype.kind == "f"]
    try:
        return reference.gradient(inputs, floats)
    except NoReference:
        return {}


def _local_derivatives(reference: Reference, inputs: Inputs) -> Arrays:
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


def _whatever_is_there(gradient: Any, wrt: Sequence[str]) -> Arrays:
    if isinstance(gradient, Mapping):
        return {name: np.asarray(gradient[name]) for name in wrt if name in gradient}
    parts: Iterator[Any] = iter(gradient if isinstance(gradient, tuple) else (gradient,))
    return dict(zip(wrt, map(np.asarray, parts), strict=False))
