"""What is to be said of a comparison, in sentences that end in what was found."""

from collections.abc import Sequence

from regress_cli.gradients.comparing.comparison import CaseResult, Comparison, WrongStage
from regress_cli.gradients.number_words import short
from regress_cli.text import printable

_LONGEST_VALUE = 48


def reason_of(comparison: Comparison) -> str:
    """Return why the outcome is what it is, in one line."""
    wrong = comparison.first_wrong
    if wrong is not None:
        return f"{printable(wrong.label)}: {printable(wrong.reason, 500)}"
    if comparison.hidden:
        return printable(comparison.hidden, 500)
    if comparison.shortcuts:
        return "the numbers are right, but a program has differentiated"
    if comparison.outcome != "RIGHT":
        # It can be judged nowhere.
        case = next(case for case in comparison.cases if case.outcome == comparison.outcome)
        return printable(case.reason, 500)
    return _what_agrees(comparison.cases)


def about_stage(stage: WrongStage) -> str:
    """Return what is wrong with a stage: its name, both numbers, where, and the likely mistake."""
    cause = f": {stage.cause}" if stage.cause else ""
    numbers = f"its rule gives {cut(short(stage.manual))}, autograd {cut(short(stage.autograd))}"
    where = f"{printable(stage.name)}, by {printable(stage.argument)}"
    return f"{where}: {numbers} ({printable(stage.case)}){cause}"


def cut(text: str) -> str:
    """Return a value's text, cut where it is too long for a line."""
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def _what_agrees(cases: Sequence[CaseResult]) -> str:
    """Return with what a right gradient agrees, and on how many inputs."""
    kinks = sum(case.outcome == "KINK" for case in cases)
    empty = sum(case.is_empty for case in cases)
    torn = sum(case.is_torn for case in cases)
    noisy = sum(case.is_left_to_autograd for case in cases)
    measured = len(cases) - kinks - torn - empty - noisy
    excused = {
        "the function's values are too noisy for differences": noisy if measured else 0,
        "the point lies on a kink": kinks,
        "the function jumps": torn,
        "there is no number to be wrong": empty,
    }
    if measured:
        agreement = f"it agrees with autograd, and with differences, on {_inputs(measured)}"
    else:
        agreement = (
            f"it agrees with autograd on {_inputs(noisy)}, where the function's values are too noisy for "
            "differences"
        )
    return agreement + "".join(f"; on {count} more {why}" for why, count in excused.items() if count)


def _inputs(count: int) -> str:
    return "the input" if count == 1 else f"all {count} inputs"
