"""The result of a step of GitHub Classroom's autograding.

A step puts it out as base64, and the stock reporter adds up the scores of its tests: so a submission gets
the points of the checks that it passed.
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from regress_cli.grading.formats.wording import feedback_text, name_of, short_state, told_seconds
from regress_cli.grading.records.record import Checked, Record, State

# The reporter gets a result as a variable of its environment, of which Linux takes 128 KiB. So much text of
# two hundred checks is less than that in base64, were each byte of it escaped.
_MOST_BYTES = 28_000
_PASS, _FAIL, _ERROR = "pass", "fail", "error"


def result(record: Record) -> dict[str, Any]:
    """Return a submission as the reporter reads it.

    A wrong answer is a failure; a crash, a limit and a check that was not run are errors.
    """
    most_bytes = _MOST_BYTES // max(len(record.checks), 1)
    # Only its name: where it lies is no matter of the student's.
    file = _cut(name_of(PurePath(record.submission).name), most_bytes // 4)
    return {
        "version": 1,
        "status": _overall(map(_status, record.checks)),
        "max_score": record.points,
        "tests": [_test(check, file, most_bytes) for check in record.checks],
    }


def output_line(record: Record) -> str:
    """Return the line that a step of a workflow appends to ``$GITHUB_OUTPUT``, without its end."""
    content = json.dumps(result(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"result={b64encode(content.encode('utf-8')).decode('ascii')}"


def _test(check: Checked, file: str, most_bytes: int) -> dict[str, Any]:
    return {
        "name": _cut(name_of(check.name), most_bytes // 4),
        "status": _status(check),
        "score": check.score,
        "message": _cut(_message(check), most_bytes // 2),
        "test_code": "",
        "filename": file,
        "line_no": 0,
        "duration": told_seconds(check),
    }


def _message(check: Checked) -> str:
    feedback = feedback_text(check)
    if check.state is State.PASSED:
        return feedback
    return f"{short_state(check)}: {feedback}".removesuffix(": ")


def _status(check: Checked) -> str:
    if check.state is State.PASSED:
        return _PASS
    is_answer = check.state is State.FAILED and (check.trouble is None or check.trouble.is_answer)
    return _FAIL if is_answer else _ERROR


def _overall(statuses: Iterable[str]) -> str:
    """Return the status of all: a wrong answer says more than an error."""
    found = set(statuses)
    return next((status for status in (_FAIL, _ERROR) if status in found), _PASS)


def _cut(text: str, most_bytes: int) -> str:
    """Return as much of a text's beginning as fits, and no half of a letter."""
    return text.encode("utf-8")[:most_bytes].decode("utf-8", errors="ignore")
