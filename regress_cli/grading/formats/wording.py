"""What is said of a graded submission, in the same words in every format and on every terminal."""

from collections.abc import Iterable

from regress_cli.grading.records.record import Checked, Isolated, Record, State, Trouble, Visibility
from regress_cli.text import harmless, printable

NOTHING = "\u2013"
_LONGEST_NAME = 200
# A text that a submission has a hand in may be as long as it likes.
_LONGEST_FEEDBACK, _LONGEST_DETAIL = 4000, 8000

_WORDS = {
    Trouble.WRONG: "wrong",
    Trouble.FORBIDDEN: "forbidden",
    Trouble.MISSING: "no file",
    Trouble.LOAD: "not loaded",
    Trouble.NO_FUNCTION: "no function",
    Trouble.RAISED: "exception",
    Trouble.CRASHED: "crashed",
    Trouble.EXITED: "exited",
    Trouble.TIME: "time limit",
    Trouble.MEMORY: "memory limit",
    Trouble.OUTPUT: "output limit",
    Trouble.UNUSABLE: "unusable",
    Trouble.UNDECIDED: "undecided",
    Trouble.NOT_BEGUN: "not begun",
}


def trouble_word(trouble: Trouble) -> str:
    """Return what went wrong in one or two words."""
    return _WORDS[trouble]


def short_state(check: Checked) -> str:
    """Return what became of a check in as few words as tell it from the others.

    A check that has failed is called by its trouble.
    """
    if check.state is State.FAILED and check.trouble is not None:
        return trouble_word(check.trouble)
    return check.state.value


def state_text(check: Checked) -> str:
    """Return what became of a check, with its trouble: ``failed (time limit)``."""
    # That it was not begun is what "not run" says already.
    if check.trouble is None or check.trouble is Trouble.NOT_BEGUN:
        return check.state.value
    return f"{check.state.value} ({trouble_word(check.trouble)})"


def feedback_text(check: Checked) -> str:
    """Return the feedback on a check as lines that are harmless, of no more than a page; or nothing."""
    return _page_of(check.feedback, _LONGEST_FEEDBACK)


def detail_text(check: Checked) -> str:
    """Return what the teacher is told of a check in the same way."""
    return _page_of(check.detail, _LONGEST_DETAIL)


def name_of(text: str) -> str:
    """Return the name of a check, a student or an assignment as one harmless line that can be seen.

    >>> name_of("a"), name_of(" ")
    ('a', '(no name)')
    """
    return printable(text, _LONGEST_NAME) if text.strip() else "(no name)"


def points_text(points: float) -> str:
    """Return points, whole ones without a point.

    >>> points_text(2.0), points_text(0.25), points_text(1234567.0)
    ('2', '0.25', '1234567')
    """
    return f"{points:.9f}".rstrip("0").rstrip(".")


def score_text(score: float, points: float) -> str:
    """Return a score with what there was to earn.

    >>> score_text(1.0, 2.5), score_text(1.0, 1.0)
    ('1 of 2.5 points', '1 of 1 point')
    """
    return f"{points_text(score)} of {points_text(points)} {'point' if points == 1 else 'points'}"


def percentage(record: Record) -> float | None:
    """Return which part of the points was earned, in percent; None where there was nothing to earn."""
    return round(100 * record.score / record.points, 6) if record.points else None


def told_seconds(check: Checked) -> float:
    """Return how long a check took, for its student: of what is not visible in whole seconds.

    A submission could make fractions of them tell of hidden inputs.
    """
    return round(check.seconds, 3) if check.visibility is Visibility.VISIBLE else float(round(check.seconds))


def isolation_line(isolated: Isolated) -> str:
    """Return for a student what kept the code from doing harm; what the machine is, is left out."""
    if isolated.is_sandbox:
        return "The code ran in a sandbox: it could reach nothing but its inputs."
    return "The code ran in a process of its own, with limits on its time and memory."


def unfinished_line(record: Record) -> str | None:
    """Return that the grading is not at its end; None where it is."""
    if record.is_finished:
        return None
    return "The grading has not come to its end; what was earned so far counts."


def labelled(record: Record) -> dict[str, Checked]:
    """Return the checks by their names; where two have the same, the second is numbered."""
    return dict(zip(told_apart(check.name for check in record.checks), record.checks, strict=True))


def told_apart(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return names as harmless lines, those numbered that were there before.

    >>> told_apart(["a", "b", "a"], taken=["b"])
    ['a', 'b (2)', 'a (2)']
    """
    found = dict.fromkeys(taken)
    labels = []
    for name in map(name_of, names):
        label, number = name, 1
        while label in found:
            number += 1
            label = f"{name} ({number})"
        found[label] = None
        labels.append(label)
    return labels


def _page_of(text: str, limit: int) -> str:
    return harmless(text.strip("\n"), limit) if text.strip() else ""
