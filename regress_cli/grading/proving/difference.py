"""Whether a mistake changes the answer to a question at all: a number transposed is the same number."""

import numpy as np

from regress_cli.gradients.comparing.cases import as_floats, batch_size, others
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import NoReference
from regress_cli.grading.assignment.assignment import Question
from regress_cli.grading.assignment.read import NOBODY
from regress_cli.grading.proving.mutants import HARD_CODED, ONE_POINT, SUM, TRANSPOSE


def makes_a_difference(kind: str, question: Question) -> bool:
    """Return whether a mistake of a kind makes a right answer wrong, for some inputs of this form.

    A batch of one example, or inputs at which the gradient is zero, hide mistakes: that is no excuse.
    """
    inputs = _example(question)
    if inputs is None:
        return kind not in (TRANSPOSE, SUM)
    if kind == TRANSPOSE:
        is_flat = all(np.ndim(inputs[name]) < 2 for name in question.wrt)
        return not is_flat and not _is_symmetric(question, inputs)
    if kind == SUM:
        return batch_size(inputs, question.wrt) is not None
    return kind not in (HARD_CODED, ONE_POINT) or _varies(question, inputs)


def _example(question: Question) -> Inputs | None:
    given, entry = question.inputs(NOBODY), question.reference.entry
    if entry is not None:
        given = entry.example() if given is None else {**question.reference.defaults, **given}
    return None if given is None else as_floats(given, question.wrt)


def _varies(question: Question, inputs: Inputs) -> bool:
    """Return whether the gradient is another one at other inputs."""
    match _two_gradients(question, inputs):
        case [here, there]:
            return any(not np.allclose(here[name], there[name]) for name in question.wrt)
    return True


def _is_symmetric(question: Question, inputs: Inputs) -> bool:
    """Return whether the gradient is its own transpose, here and elsewhere, as that of x'Ax by A is."""
    gradients = [g[name] for g in _two_gradients(question, inputs) for name in question.wrt]
    return bool(gradients) and all(g.shape == g.T.shape and np.allclose(g, g.T) for g in gradients)


def _two_gradients(question: Question, inputs: Inputs) -> list[dict[str, np.ndarray]]:
    """Return the gradients at the inputs and at others, or nothing where there is none."""
    [elsewhere] = others(inputs, question.wrt, 1, question.seed(NOBODY))
    try:
        return [question.reference.gradient(at, question.wrt) for at in (inputs, elsewhere)]
    except NoReference:
        return []
