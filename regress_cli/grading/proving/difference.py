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
        return any(np.ndim(inputs[name]) >= 2 for name in question.wrt)
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
    [elsewhere] = others(inputs, question.wrt, 1, question.seed(NOBODY))
    try:
        here, there = (question.reference.gradient(at, question.wrt) for at in (inputs, elsewhere))
    except NoReference:
        return True
    return any(not np.allclose(here[name], there[name]) for name in question.wrt)
