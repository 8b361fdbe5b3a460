"""A hand-written gradient beside autograd's and differences, on several inputs; what is wrong, and why."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.checking import RTOL, Outcome
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.by_which import check_arguments, find_arguments
from regress_cli.gradients.comparing.cases import as_floats
from regress_cli.gradients.comparing.causes import likely_causes
from regress_cli.gradients.comparing.comparison import Comparison
from regress_cli.gradients.comparing.elsewhere import ask_elsewhere
from regress_cli.gradients.comparing.hidden import Hidden, find_hidden
from regress_cli.gradients.comparing.one_case import Judge
from regress_cli.gradients.comparing.tried import Tried, try_all
from regress_cli.gradients.comparing.wrong_stages import find_wrong_stages
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import Reference
from regress_cli.text import printable

Cases = Callable[[tuple[str, ...]], Mapping[str, Inputs]]

_NOTHING_HIDDEN = Hidden("")


def compare(
    reference: Reference,
    ask: Ask,
    first_inputs: Inputs,
    cases: Cases,
    *,
    subject: str,
    wrt: Sequence[str] | None = None,
    rtol: float = RTOL,
    seed: int = 0,
    allow_shortcuts: bool = False,
    left_out: Mapping[str, str] | None = None,
) -> Comparison:
    """Try a hand-written gradient on several inputs.

    Args:
        reference: The function that it should be the gradient of.
        ask: Returns the hand-written gradient at given inputs, or why there is none.
        first_inputs: Inputs that the reference allows.
        cases: Returns all inputs, by what they are, given the arguments that the gradient is by; the first
            are the first inputs, with floats for these arguments.
        subject: What the gradient is called.
        wrt: The arguments that it is by; None to find out from its form.
        rtol: The error, relative to the largest entry by the same argument, up to which it is right.
        seed: Draws random directions.
        allow_shortcuts: Whether it may let a program differentiate.
        left_out: Inputs that are not tried, each with the reason.

    Raises:
        UserError: the inputs do not fit the reference, or it has no gradient at any of them.
    """
    reference.check_names(first_inputs)
    if wrt is None:
        names, reply = find_arguments(reference, ask, first_inputs)
    else:
        names, reply = tuple(wrt), None
    check_arguments(names, first_inputs, reference)
    judge = Judge(reference, ask, names, rtol, seed)
    inputs = {label: as_floats(case, names) for label, case in cases(names).items()}
    # What came back for whole numbers says nothing of floats.
    known = reply if as_floats(first_inputs, names) is first_inputs else None
    tried = try_all(judge, inputs, known)
    _expect_something(judge, tried, inputs)
    return _compared(judge, tried, subject, left_out or {}, allow_shortcuts=allow_shortcuts)


def _compared(
    judge: Judge, tried: Tried, subject: str, left_out: Mapping[str, str], *, allow_shortcuts: bool
) -> Comparison:
    """Return what came of it, with what is wrong and why."""
    reference, names = judge.reference, judge.wrt
    is_wrong = any(result.outcome is Outcome.WRONG for result in tried.results)
    others = ask_elsewhere(judge, tried) if is_wrong else ()
    hidden = None if is_wrong else find_hidden(judge, tried.results, tried.replies)
    hidden = hidden or _NOTHING_HIDDEN
    replies = {**tried.replies, **{other.label: other.reply for other in others}}
    shortcuts = tuple(dict.fromkeys(text for reply in tried.replies.values() for text in reply.noticed))
    shown = next(iter(tried.replies.values()), None)
    entry = reference.entry
    return Comparison(
        subject=subject,
        reference=reference.name,
        formula=entry.formula if entry else "",
        convention=entry.convention if entry else "",
        remark=entry.remark if entry and subject == reference.name else "",
        wrt=names,
        form="gradient" if shown is None else shown.form,
        cases=tuple(tried.results),
        skipped={**left_out, **tried.skipped},
        stages=() if shown is None else shown.stages,
        wrong_stages=find_wrong_stages(replies, names) if is_wrong else hidden.stages,
        hidden=hidden.reason,
        causes=likely_causes(judge, tried, others) if is_wrong else (),
        notes=(*judge.notes, *(f"allowed: {text}" for text in shortcuts if allow_shortcuts)),
        shortcuts=() if allow_shortcuts else shortcuts,
    )


def _expect_something(judge: Judge, tried: Tried, inputs: Mapping[str, Inputs]) -> None:
    """Refuse inputs of which the first has no gradient, or that hold no number to differentiate by."""
    first, name = next(iter(inputs)), judge.reference.name
    if first in tried.skipped:
        remedy = _whole_numbers(tried.skipped[first], inputs[first], judge.wrt)
        raise UserError(
            f"{name} at {first}: {tried.skipped[first]}; "
            f"{remedy or 'give other inputs with --inputs or --at'}"
        )
    if all(result.is_empty for result in tried.results):
        raise UserError(
            f"{name} at {first}: there is no number to differentiate by, so that anything would be right; "
            "give inputs that are not empty, with --inputs or --at"
        )


def _whole_numbers(reason: str, inputs: Inputs, wrt: Sequence[str]) -> str:
    """Return how to write whole numbers, where floats that were read for them may be the reason."""
    if "IndexError" not in reason:
        return ""
    for name, value in inputs.items():
        array = np.asarray(value)
        if name not in wrt and array.ndim and array.dtype.kind == "f" and (array == np.trunc(array)).all():
            return f'if {printable(name)} holds whole numbers, write its key as "{printable(name)}:int"'
    return ""
