"""From a comparison to words: all of it for the teacher, and for the student what may be told.

What is hidden stays so: a student of a hidden check hears what kind of mistake it is and where, and no number
and no text that the submission itself has made, for either could carry what it has seen.
"""

import builtins
import re
from collections.abc import Iterator

import numpy as np

from regress_cli.gradients.comparing.comparison import CaseResult, Comparison, WrongStage
from regress_cli.gradients.comparing.conclusion import about_stage, cut, reason_of
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.number_words import short
from regress_cli.isolation import Failure, Limits
from regress_cli.text import printable

_LONGEST = 500
_MOST_ARGUMENTS, _MOST_LINES = 12, 20
# A submission with more functions than these could tell a number by which of its stages is wrong.
_MOST_STAGES = 40
# Factors that stand in the catalogue of mistakes; any other number was found out at the inputs.
_KNOWN_NUMBERS = ("1/2", "factor 2", "1/N")
_NOT_BY_HAND = "not by hand: it lets a program differentiate; write the gradient out"
# Whatever a process says of itself, it may say with what it has seen: also in which line it broke a limit,
# and that it could not be loaded.
_HIDDEN_FAILURES = {
    "time": "it takes longer than {seconds:g} seconds",
    "memory": "it needs more memory than {mebibytes:,} MiB",
    "load": "it can't be loaded: it raises {exception}",
    "raised": "it raises {exception}",
    "crashed": "it crashes Python",
    "exited": "it leaves Python; take out sys.exit, exit and quit",
    "output": "it returns far too much",
    "unusable": "what it returns is no array of real numbers",
}
# How reasons begin that are the grader's own, and what is told of them without a name or number.
_HIDDEN_REASONS = {
    "it changes its argument": "it changes an argument in place; let it work on a copy",
    "two calls at the same point": "two calls at the same point give different numbers; it has to draw none",
}


def detail_of(comparison: Comparison) -> str:
    """Return what a teacher wants to know: the reason, the first wrong stage, causes, and the numbers."""
    not_tried = (
        f"not tried: {printable(label)}: {printable(reason)}" for label, reason in comparison.skipped.items()
    )
    return "\n".join([*_visible_lines(comparison), *not_tried])


def visible_feedback_of(comparison: Comparison) -> str:
    """Return what a student hears of a visible check: all but what is the reference's own matter."""
    return "\n".join(_visible_lines(comparison))


def hidden_feedback_of(comparison: Comparison, failure: Failure | None, source: str, limits: Limits) -> str:
    """Return what a student may hear of a hidden check.

    Args:
        comparison: What was found.
        failure: What ended the call that was wrong first; None if it gave numbers.
        source: The submission's own text: only names of functions in it are repeated.
        limits: What the check may take.
    """
    lines = list(_hidden_lines(comparison, failure, source, limits))
    return "\n".join(lines) or "it is not right"


def hidden_failure(failure: Failure, limits: Limits) -> str:
    """Return what a student may hear of a failure in a hidden check, in the grader's own words.

    The failure's text is none of them, whatever its kind: the process that sends it has seen the inputs, and
    so has the line that it stood at when its time was over. A file that is only loaded may have come to know
    what another process of its sandbox has seen. Only the name of a known exception is told.
    """
    return _HIDDEN_FAILURES[failure.kind].format(
        exception=_exception_in(failure.message),
        seconds=limits.seconds,
        mebibytes=limits.memory >> 20,
    )


def causes_of(comparison: Comparison) -> tuple[str, ...]:
    """Return the likely causes in words that are the same for the same mistake, to be counted."""
    words = [_without_numbers(cause.partition(": ")[2]) for cause in comparison.causes]
    words += [_without_numbers(stage.cause) for stage in comparison.wrong_stages[:1] if stage.cause]
    words += ["a program differentiates"] if comparison.shortcuts else []
    return tuple(dict.fromkeys(words))


def passed_feedback(comparison: Comparison) -> str:
    """Return what agrees, and on how many inputs."""
    return printable(reason_of(comparison), _LONGEST)


def _visible_lines(comparison: Comparison) -> Iterator[str]:
    yield reason_of(comparison)
    wrong = comparison.first_wrong
    if wrong is not None:
        values = _values(wrong.inputs)
        if values != wrong.label:
            yield f"there: {values}"
        yield from _numbers(wrong)
    for stage in comparison.wrong_stages[:1]:
        yield f"first wrong stage: {about_stage(stage)}"
    for cause in comparison.causes:
        yield f"likely cause: {printable(cause, _LONGEST)}"
    # A submission may say of itself as much as it likes that was noticed.
    for shortcut in comparison.shortcuts[:_MOST_LINES]:
        yield f"not by hand: {printable(shortcut, _LONGEST)}; write the gradient out"
    for note in filter(None, (comparison.convention, *comparison.notes[:_MOST_LINES])):
        yield f"note: {printable(note, _LONGEST)}"


def _values(inputs: Inputs) -> str:
    shown = [f"{printable(name)} = {cut(short(value))}" for name, value in inputs.items()]
    more = f" and {len(shown) - _MOST_ARGUMENTS} more" if len(shown) > _MOST_ARGUMENTS else ""
    return ", ".join(shown[:_MOST_ARGUMENTS]) + more


def _numbers(case: CaseResult) -> Iterator[str]:
    for name, right in case.autograd.items():
        own = None if case.manual is None else case.manual.get(name)
        if own is None or np.array_equal(own, right):
            continue
        given, wanted = cut(short(own)), cut(short(right))
        # Of a large array no more than its shape is shown, and another last digit is not seen.
        if given != wanted:
            yield f"by {printable(name)}: {given} is given, {wanted} is right"


def _hidden_lines(
    comparison: Comparison, failure: Failure | None, source: str, limits: Limits
) -> Iterator[str]:
    wrong = comparison.first_wrong
    if failure is not None:
        yield hidden_failure(failure, limits)
    elif wrong is not None:
        yield from _about_numbers(wrong)
    elif comparison.hidden:
        yield "the gradient is right, but its stages are not"
    for stage in comparison.wrong_stages[:1]:
        yield f"first wrong stage: {_about_stage(stage, source)}"
    for cause in comparison.causes:
        name, _, words = cause.partition(": ")
        yield f"likely cause: {printable(name)}: {_without_numbers(words)}"
    if comparison.shortcuts:
        yield _NOT_BY_HAND


def _exception_in(message: str) -> str:
    # In front of it there may be the line.
    for part in message.split(":")[:2]:
        name = part.partition(";")[0].strip()
        found = getattr(builtins, name, None)
        if isinstance(found, type) and issubclass(found, Exception):
            return name
    return "an exception"


def _about_numbers(case: CaseResult) -> Iterator[str]:
    """Yield which gradients are wrong, and how, without a number."""
    if case.manual is None:
        names = printable(" and ".join(case.autograd))
        yield f"it returns the gradient in another form than is asked for; return a dict with {names}"
        return
    for beginning, words in _HIDDEN_REASONS.items():
        if case.reason.startswith(beginning):
            yield words
            return
    for name, right in case.autograd.items():
        own = case.manual.get(name)
        if own is None or own.shape != right.shape:
            yield f"the gradient by {printable(name)} has another shape than {printable(name)}"
        elif not np.isfinite(np.asarray(own, float)).all():
            yield f"the gradient by {printable(name)} is not finite"
        elif not np.allclose(own, right, rtol=1e-6, atol=0):
            yield f"the gradient by {printable(name)} is wrong"


def _about_stage(stage: WrongStage, source: str) -> str:
    functions = {*re.findall(r"^\s*def\s+(\w+)", source, re.MULTILINE)}
    is_told = stage.name in functions and len(functions) <= _MOST_STAGES
    cause = f": {_without_numbers(stage.cause)}" if stage.cause else ""
    return f"{printable(stage.name) if is_told else 'one of the list'}{cause}"


def _without_numbers(cause: str) -> str:
    """Return a cause in general words, where it holds a number or a place that was found at the inputs.

    >>> _without_numbers("it is 1.7 times what it should be, everywhere")
    'it is a multiple of what it should be'
    >>> _without_numbers("the factor 1/N of the mean is missing")
    'the factor 1/N of the mean is missing'
    """
    if cause.startswith("it is right at only one of the inputs"):
        return "it is right at only one of the inputs"
    rest = cause
    for known in _KNOWN_NUMBERS:
        rest = rest.replace(known, "")
    if not any(character.isdigit() for character in rest):
        return printable(cause, _LONGEST)
    return "it is a multiple of what it should be" if " times " in cause else "it is wrong by a pattern"
