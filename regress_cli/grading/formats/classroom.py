"""The result of a step of GitHub Classroom's autograding.

A step puts it out as base64, and the stock reporter adds up the scores of its tests: so a submission gets
the points of the checks that it passed.
"""

from base64 import b64encode
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from regress_cli.grading.record import Checked, Record, State
from regress_cli.grading.wording import feedback_text, name_of, short_state
from regress_cli.runs.strict_json import dumps

# The reporter gets a result as a variable of its environment, of which Linux takes 128 KiB; so many letters
# are less than that in base64, and each of them may take four bytes before.
_MOST_LETTERS = 18_000
_PASS, _FAIL, _ERROR = "pass", "fail", "error"


def result(record: Record) -> dict[str, Any]:
    """Return a submission as the reporter reads it.

    A wrong answer is a failure; a crash, a limit and a check that was not run are errors.
    """
    most_letters = _MOST_LETTERS // max(len(record.checks), 1)
    # Only its name: where it lies is no matter of the student's.
    file = name_of(PurePath(record.submission).name)
    return {
        "version": 1,
        "status": _overall(map(_status, record.checks)),
        "max_score": record.points,
        "tests": [_test(check, file, most_letters) for check in record.checks],
    }


def output_line(record: Record) -> str:
    """Return the line that a step of a workflow appends to ``$GITHUB_OUTPUT``, without its end."""
    content = dumps(result(record)).encode("utf-8")
    return f"result={b64encode(content).decode('ascii')}"


def _test(check: Checked, file: str, most_letters: int) -> dict[str, Any]:
    return {
        "name": name_of(check.name)[:most_letters],
        "status": _status(check),
        "score": check.score,
        "message": _message(check, most_letters),
        "test_code": "",
        "filename": file,
        "line_no": 0,
        "duration": round(check.seconds, 3),
    }


def _message(check: Checked, most_letters: int) -> str:
    feedback = feedback_text(check)
    if check.state is State.PASSED:
        return feedback[:most_letters]
    return f"{short_state(check)}: {feedback}".removesuffix(": ")[:most_letters]


def _status(check: Checked) -> str:
    if check.state is State.PASSED:
        return _PASS
    is_answer = check.state is State.FAILED and (check.trouble is None or check.trouble.is_answer)
    return _FAIL if is_answer else _ERROR


def _overall(statuses: Iterable[str]) -> str:
    """Return the status of all: a wrong answer says more than an error."""
    found = set(statuses)
    return next((status for status in (_FAIL, _ERROR) if status in found), _PASS)
