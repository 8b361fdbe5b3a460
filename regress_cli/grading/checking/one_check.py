"""One check of one submission: ask its function, compare, and say what became of it."""

import time
import traceback
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from regress_cli.errors import LimitReached, UserError
from regress_cli.gradients.checking import RTOL, Outcome
from regress_cli.gradients.comparing.compare import compare
from regress_cli.gradients.comparing.comparison import Comparison
from regress_cli.gradients.comparing.trial import is_right
from regress_cli.grading.assignment.assignment import Question
from regress_cli.grading.checking.advice import advised
from regress_cli.grading.checking.budget import Budget
from regress_cli.grading.checking.feedback import (
    causes_of,
    detail_of,
    hidden_failure,
    hidden_feedback_of,
    passed_feedback,
    visible_feedback_of,
)
from regress_cli.grading.records.record import Checked, State, Trouble, Visibility
from regress_cli.isolation import Answer, Failure

# Gives the process that runs a question's function, with autograd at hand or without it.
Asked = Callable[[Question, bool], Answer]

_FORMS = {
    "gradient": "a function that returns the gradient",
    "forward": "a function that returns its value and its own backward",
    "stages": "a list of stages",
}
_LATER = "it could not be judged; your teacher is told"


def not_begun(question: Question) -> Checked:
    """Return what a check is before its turn has come."""
    return _checked(
        question, State.NOT_RUN, Trouble.NOT_BEGUN, "it was not run: the grading has not come here"
    )


def not_had(question: Question, reason: str, trouble: Trouble) -> Checked:
    """Return what a check is of a submission that can't be had."""
    return _checked(question, State.FAILED, trouble, reason)


def not_wanted(question: Question, required: str) -> Checked:
    """Return what a check is that requires another one, which is not passed."""
    return _checked(
        question,
        State.NOT_RUN,
        Trouble.NOT_BEGUN,
        f"it was not run: it requires {required!r}, which is not passed",
    )


def run_check(question: Question, student: str, asked: Asked, source: str) -> Checked:
    """Return what became of a check; nothing that a submission does is raised.

    Args:
        question: The check.
        student: Whose submission it is.
        asked: Gives the process that runs its function.
        source: The submission's text.
    """
    started = time.perf_counter()
    try:
        checked = _run(question, student, asked, source)
    except UserError as error:
        # The reference has no gradient at these inputs: nothing that the student could mend.
        checked = _checked(question, State.NOT_RUN, Trouble.UNDECIDED, _LATER, "; ".join(error.messages))
    except LimitReached as error:
        # What surrounds the submission has ended, whoever is to blame: that earns nothing.
        checked = _checked(question, State.NOT_RUN, Trouble.UNDECIDED, _LATER, "; ".join(error.messages))
    except Exception:  # noqa: BLE001 - a bug of regress's must not cost the marks of a whole class.
        detail = f"this is a bug in regress; please report it:\n{traceback.format_exc()}"
        checked = _checked(question, State.NOT_RUN, Trouble.UNDECIDED, _LATER, detail)
    return checked.model_copy(update={"seconds": round(time.perf_counter() - started, 4)})


def _run(question: Question, student: str, asked: Asked, source: str) -> Checked:
    is_allowed = question.check.allow == "autograd"
    with asked(question, is_allowed) as answer:
        try:
            loaded = answer.load()
        except UserError as error:
            return _not_had_here(
                question, Trouble.NO_FUNCTION, "it has no such function or list", "; ".join(error.messages)
            )
        if isinstance(loaded, Failure):
            words = advised(loaded.message) if loaded.kind == "load" else loaded.message
            return _not_had_here(
                question, Trouble(loaded.kind), hidden_failure(loaded, question.limits), words
            )
        comparison, budget = _compared(question, student, answer)
    if comparison.form == "stages" and not is_allowed:
        comparison = _with_stages(comparison, question, student, asked)
    return _told(question, comparison, budget, source)


def _not_had_here(question: Question, trouble: Trouble, hidden: str, detail: str) -> Checked:
    """Return what a check is whose function can't be had: all words of a visible one are the student's."""
    feedback = detail if question.check.visibility == Visibility.VISIBLE else hidden
    return _checked(question, State.FAILED, trouble, feedback, detail)


def _compared(question: Question, student: str, answer: Answer) -> tuple[Comparison, Budget]:
    check = question.check
    budget = Budget(answer.call, question.limits.seconds)
    seed = question.seed(student)
    tries = question.tries(student, budget)
    comparison = compare(
        question.reference,
        budget,
        tries.first,
        lambda _: question.cases(student, tries),
        left_out=tries.left_out,
        subject=check.function,
        wrt=question.wrt,
        rtol=check.tolerance or RTOL,
        seed=seed,
        allow_shortcuts=check.allow == "autograd",
    )
    return comparison, budget


def _with_stages(first: Comparison, question: Question, student: str, asked: Asked) -> Comparison:
    """Return a comparison with what autograd says of each stage, which takes autograd beside the answer.

    With it at hand a submission might let it differentiate: so whether the gradient is right was found out
    without it, and this look can only make an outcome worse, or explain it.
    """
    with asked(question, True) as answer:
        if isinstance(answer.load(), Failure):
            return first
        second, _ = _compared(question, student, answer)
    if first.outcome.is_acceptable:
        return second
    return replace(first, wrong_stages=second.wrong_stages)


def _told(question: Question, comparison: Comparison, budget: Budget, source: str) -> Checked:
    """Return what a comparison means for the mark, in words for the student and for the teacher."""
    detail = detail_of(comparison)
    is_visible = question.check.visibility == Visibility.VISIBLE
    wanted = question.check.form
    if wanted not in (None, comparison.form):
        words = f"it is {_FORMS[comparison.form]}, where {_FORMS[wanted]} is asked for"
        return _checked(question, State.FAILED, Trouble.WRONG, words, f"{words}\n{detail}")
    if comparison.outcome.is_acceptable:
        feedback = passed_feedback(comparison) if is_visible else "it is right"
        return _checked(question, State.PASSED, None, feedback, detail)
    failure = _failure_of(comparison, budget)
    if failure is None and _is_undecided(comparison):
        return _checked(question, State.NOT_RUN, Trouble.UNDECIDED, _LATER, detail)
    if is_visible:
        feedback = visible_feedback_of(comparison)
    else:
        feedback = hidden_feedback_of(comparison, failure, source, question.limits)
    checked = _checked(question, State.FAILED, _trouble(comparison, failure), feedback, detail)
    return checked.model_copy(update={"causes": causes_of(comparison)})


def _failure_of(comparison: Comparison, budget: Budget) -> Failure | None:
    """Return what ended the call that is told of, if no numbers came back from it."""
    wrong = comparison.first_wrong
    reason = "" if wrong is None else wrong.reason
    return next((failure for failure in budget.failures if failure.message == reason), None)


def _trouble(comparison: Comparison, failure: Failure | None) -> Trouble:
    if failure is not None:
        return Trouble(failure.kind)
    is_wrong = comparison.first_wrong is not None or bool(comparison.hidden)
    return Trouble.WRONG if is_wrong else Trouble.FORBIDDEN


def _is_undecided(comparison: Comparison) -> bool:
    """Whether nobody can say that the numbers are wrong: they are autograd's where they were looked at."""
    if comparison.outcome is Outcome.WRONG:
        return False
    return all(
        case.manual is not None and is_right(case.manual.get(name, np.nan), right)
        for case in comparison.cases
        for name, right in case.autograd.items()
    )


def _checked(
    question: Question, state: State, trouble: Trouble | None, feedback: str, detail: str | None = None
) -> Checked:
    check = question.check
    return Checked(
        name=check.name,
        points=check.points,
        visibility=Visibility(check.visibility),
        state=state,
        trouble=trouble,
        feedback=feedback,
        detail=feedback if detail is None else detail,
    )
