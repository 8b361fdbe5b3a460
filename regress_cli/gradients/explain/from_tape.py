"""From a function to its explanation: it is recorded, carried out once, and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.labels import Labels
from regress_cli.gradients.explain.names import StepNames
from regress_cli.gradients.explain.nodes import forward_nodes, recorded_nodes
from regress_cli.gradients.explain.notation import formula_text, value_text
from regress_cli.gradients.explain.recording import SEED, Recorded, record_with_gradients
from regress_cli.gradients.explain.run_once import Values, run_once
from regress_cli.gradients.explain.totals import totals
from regress_cli.tape import NotRecordable
from regress_cli.tape.reverse import Loss
from regress_cli.text import quoted


@dataclass(frozen=True)
class Subject:
    """What is to be explained.

    Attributes:
        loss: A function ``loss(params, *data)`` that returns a single number.
        params: What it is differentiated by.
        data: What else it takes, in order.
        target: What the user calls it.
        kind: What kind of target that is.
        title: Given the name of the result, says what it is.
        step_names: Names the steps.
        remedy: What to do where the result is not a finite number.
        notes: What else there is to say.
        sample: A few rows of the data, if there are many; what is computed is the same for them.
    """

    loss: Loss
    params: Mapping[str, Any]
    data: Mapping[str, Any]
    target: str
    kind: str
    title: Callable[[str], str]
    step_names: StepNames
    remedy: str
    notes: tuple[str, ...] = ()
    sample: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.kind} {quoted(self.target)}"


def explain_loss(subject: Subject) -> Explanation:
    """Return what autograd does to compute a function and its gradients.

    Raises:
        UserError: it can't be recorded, is a constant, or is not finite at this point.
    """
    recorded = _record(subject)
    labels = Labels(recorded, subject.step_names)
    values = run_once(recorded.tape, {**subject.params, **subject.data, SEED: recorded.seed})
    _refuse_if_not_finite(subject, labels, values)
    return Explanation(
        title=subject.title(labels.result),
        kind=subject.kind,
        forward=tuple(forward_nodes(labels, values)),
        result=labels.result,
        backward=tuple(totals(labels, values)),
        recorded=tuple(recorded_nodes(labels, values)),
        notes=subject.notes,
    )


def _record(subject: Subject) -> Recorded:
    try:
        # What is not finite is found by looking at the numbers, not by a warning.
        with np.errstate(all="ignore"):
            return record_with_gradients(subject.loss, subject.params, subject.data, subject.sample)
    except NotRecordable as error:
        cause = error.__cause__
        if isinstance(cause, MemoryError):
            raise cause from None
        # What the function itself raises depends on what it is given.
        remedy = "write it without that" if cause is None else subject.remedy
        raise UserError(f"{subject} has no tape, for {error}; {remedy}") from error


def _refuse_if_not_finite(subject: Subject, labels: Labels, values: Values) -> None:
    """Refuse a point at which the result or a gradient is not finite, and name the first such step."""
    tape = labels.recorded.tape
    if not tape.ends & {*values.not_finite}:
        return
    number = values.not_finite[0]
    step = labels.step(number)
    place = "" if number in labels.forward else "in the backward pass "
    value = values.small.get(number)
    what = "not finite" if value is None else value_text(value)
    known = [ref.index for ref in dict.fromkeys(step.refs) if ref.index in values.small]
    where = ", ".join(f"{labels.all[index]} = {value_text(values.small[index])}" for index in known)
    line = f"{labels.all[number]} = {formula_text(labels.formula(step))}"
    raise UserError(f"{subject}: {place}{line} is {what}{where and f' at {where}'}; {subject.remedy}")
