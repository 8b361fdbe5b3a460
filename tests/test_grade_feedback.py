"""What a student is told: what helps, and of a hidden check no number; the teacher is told all of it."""

from typing import get_args

import numpy as np
import pytest

from regress_cli.gradients.checking import Outcome
from regress_cli.gradients.comparing.comparison import CaseResult, Comparison
from regress_cli.grading.checking.advice import advised
from regress_cli.grading.checking.feedback import detail_of, hidden_feedback_of, visible_feedback_of
from regress_cli.isolation import Failure, Limits
from regress_cli.isolation.reply import Kind

LIMITS = Limits()
RIGHT = {"w": np.arange(12.0) + 0.123456}


def compared(reason: str, manual: dict[str, np.ndarray] | None) -> Comparison:
    """Return a comparison that found one wrong case at one input, and left another one out."""
    inputs = {"X": np.full((5, 12), 7.5), "w": RIGHT["w"]}
    case = CaseResult("the given inputs", inputs, Outcome.WRONG, reason, RIGHT, manual)
    return Comparison(
        subject="g",
        reference="loss",
        formula="",
        convention="",
        remark="",
        wrt=("w",),
        form="gradient",
        cases=(case,),
        skipped={"an empty batch": "the reference is not finite here"},
    )


@pytest.mark.parametrize(
    ("reason", "manual", "words"),
    [
        (
            "it changes its argument X in place; let it work on a copy",
            RIGHT,
            "in place; let it work on a copy",
        ),
        ("two calls at the same point give different numbers for w, so ...", RIGHT, "give different numbers"),
        ("there is no gradient by w: the dict holds k7_5", None, "return a dict with w"),
        ("1 entry is wrong", {"w": -RIGHT["w"]}, "the gradient by w is wrong"),
    ],
)
def test_of_a_hidden_check_is_told_what_kind_of_mistake_it_is(
    reason: str, manual: dict[str, np.ndarray] | None, words: str
):
    """The kind of mistake in the grader's own words: no number, and no name that the submission made."""
    feedback = hidden_feedback_of(compared(reason, manual), None, "def g(X, w): ...", LIMITS)
    assert words in feedback
    assert not any(character.isdigit() for character in feedback)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_of_a_hidden_check_no_failure_is_told_in_its_own_words(kind: Kind):
    """A process may forge each failure, with what it has seen in its text."""
    failure = Failure(kind, "takes longer than 2 seconds; see answer.py line 17320508")
    feedback = hidden_feedback_of(compared(failure.message, None), failure, "", LIMITS)
    assert feedback.startswith(("it ", "what it returns"))
    told = feedback.replace("10 seconds", "").replace("1,024 MiB", "")
    assert not any(character.isdigit() for character in told)


def test_what_looks_the_same_is_not_told_as_different():
    """Two large arrays are shown by their shapes alone, which are no evidence; two small ones by numbers."""
    same_shape = compared("12 entries are wrong", {"w": -RIGHT["w"]})
    assert "is given" not in visible_feedback_of(same_shape)
    other_shape = compared("the gradient by w has the shape (2,)", {"w": np.array([1.0, 2.0])})
    assert "by w: [1, 2] is given" in visible_feedback_of(other_shape)


def test_what_the_reference_does_not_allow_is_the_teachers_matter():
    """A student can't know a reference, or mend it."""
    comparison = compared("1 entry is wrong", {"w": -RIGHT["w"]})
    assert detail_of(comparison).startswith(visible_feedback_of(comparison))
    assert "not tried: an empty batch" in detail_of(comparison)
    assert "not tried" not in visible_feedback_of(comparison)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("answer.py line 1: ModuleNotFoundError: No module named 'matplotlib'", "only NumPy"),
        ("answer.py line 9: FileNotFoundError: [Errno 2] No such file: 'data.csv'", "no files but those"),
        ("answer.py line 9: EOFError: EOF when reading a line", "nobody is there to type"),
        ("answer.py line 9: OSError: [Errno 30] Read-only file system: 'out.txt'", "may compute"),
    ],
)
def test_what_a_sandbox_lacks_is_told_with_what_to_do(message: str, words: str):
    """A file that runs on a student's own machine and not here is mended by them, not by their teacher."""
    assert advised(message).startswith(f"{message}; ")
    assert words in advised(message)
    assert "if __name__ == '__main__'" in advised(message)


def test_a_mistake_of_the_students_own_needs_no_more_words():
    """What a submission says of itself is no reason for advice."""
    for message in (
        "answer.py line 3: SyntaxError: invalid syntax",
        "answer.py line 3: ValueError: EOFError: x",
    ):
        assert advised(message) == message
