"""A hand-written gradient beside autograd's and differences, on several inputs; what is wrong, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.checking import RTOL, Outcome
from regress_cli.gradients.comparing.answer_form import arguments_of
from regress_cli.gradients.comparing.causes import likely_causes
from regress_cli.gradients.comparing.comparison import CaseResult, Comparison
from regress_cli.gradients.comparing.one_case import Ask, Judge
from regress_cli.gradients.comparing.wrong_stages import find_wrong_stages
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import NoReference, Reference
from regress_cli.isolation import Failure, Reply
from regress_cli.text import printable, quoted

Cases = Callable[[tuple[str, ...]], Mapping[str, Inputs]]


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
) -> Comparison:
    """Try a hand-written gradient on several inputs.

    Args:
        reference: The function that it should be the gradient of.
        ask: Returns the hand-written gradient at given inputs, or why there is none.
        first_inputs: Inputs that the reference allows.
        cases: Returns all inputs, by what they are, given the arguments that the gradient is by.
        subject: What the gradient is called.
        wrt: The arguments that it is by; None to find out from its form.
        rtol: The error, relative to the largest entry by the same argument, up to which it is right.
        seed: Draws random directions.
        allow_shortcuts: Whether it may let a program differentiate.

    Raises:
        UserError: the inputs do not fit the reference, or it has no gradient at any of them.
    """
    reference.check_names(first_inputs)
    first = ask(first_inputs)
    names = tuple(wrt) if wrt is not None else _names(first, reference)
    _check_wrt(names, first_inputs, reference)
    judge = Judge(reference, ask, names, rtol, seed)
    tried = _try_all(judge, cases(names), first_inputs, first)
    if not tried.results or tried.results[0].inputs is not first_inputs:
        label, reason = next(iter(tried.skipped.items()))
        raise UserError(f"{reference.name} at {label}: {reason}; give other inputs with --inputs or --at")
    is_wrong = any(result.outcome is Outcome.WRONG for result in tried.results)
    shortcuts = tuple(dict.fromkeys(text for reply in tried.replies.values() for text in reply.noticed))
    shown = next(iter(tried.replies.values()), None)
    return Comparison(
        subject=subject,
        reference=reference.name,
        formula=reference.entry.formula if reference.entry else "",
        convention=reference.entry.convention if reference.entry else "",
        remark=reference.entry.remark if reference.entry and subject == reference.name else "",
        wrt=names,
        form="gradient" if shown is None else shown.form,
        cases=tuple(tried.results),
        skipped=tried.skipped,
        stages=() if shown is None else shown.stages,
        wrong_stages=find_wrong_stages(tried.replies) if is_wrong else (),
        causes=likely_causes(reference, ask, names, tried.results, tried.replies) if is_wrong else (),
        notes=(*judge.notes, *(f"allowed: {text}" for text in shortcuts if allow_shortcuts)),
        shortcuts=() if allow_shortcuts else shortcuts,
    )


@dataclass(frozen=True)
class _Tried:
    """What came of the inputs: verdicts, what came back by label, and why some were left out."""

    results: list[CaseResult] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def _try_all(
    judge: Judge, cases: Mapping[str, Inputs], first_inputs: Inputs, first: Reply | Failure
) -> _Tried:
    """Try one input after the other; of the first one it is known already what came back."""
    tried = _Tried()
    for label, inputs in cases.items():
        judge.reference.check_names(inputs)
        try:
            truth = judge.reference.gradient(inputs, judge.wrt)
        except NoReference as reason:
            tried.skipped[label] = str(reason)
            continue
        reply = first if inputs is first_inputs else judge.ask(inputs)
        tried.results.append(judge.judge(label, inputs, reply, truth))
        if isinstance(reply, Reply):
            tried.replies[label] = reply
        elif reply.is_limit:
            # What takes too long once would do so every time.
            break
    return tried


def _names(first: Reply | Failure, reference: Reference) -> tuple[str, ...]:
    """Return the arguments that a gradient is by, where nobody has said it."""
    if reference.entry is not None:
        return reference.entry.wrt
    if isinstance(first, Failure):
        return reference.required[:1]
    return arguments_of(first.gradient, reference)


def _check_wrt(wrt: Sequence[str], inputs: Inputs, reference: Reference) -> None:
    for name in wrt:
        if name not in inputs:
            known = printable(", ".join(inputs))
            raise UserError(
                f"{reference.name} has no argument {quoted(name)} to differentiate by; it has {known}"
            )
        if np.asarray(inputs[name]).dtype.kind not in "fiu":
            raise UserError(f"the argument {quoted(name)} holds no numbers; leave it out of --wrt")
