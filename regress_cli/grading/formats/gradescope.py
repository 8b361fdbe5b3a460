"""The results.json of a Gradescope autograder.

Gradescope reads it when the autograder has ended, whatever ended it: so it is whole at any moment. Of the
two states that a test may have there, neither is that of a check that was not run. Such a test has no
status, and no score, of which Gradescope would make one; the score of the submission does not need it.
"""

from typing import Any

from regress_cli.grading.formats.wording import (
    feedback_text,
    isolation_line,
    name_of,
    state_text,
    told_seconds,
    unfinished_line,
)
from regress_cli.grading.records.record import Checked, Record, State


def results(record: Record) -> dict[str, Any]:
    """Return a submission as Gradescope reads it."""
    lines = [isolation_line(record.isolated), unfinished_line(record)]
    return {
        "score": record.score,
        "execution_time": round(sum(map(told_seconds, record.checks)), 3),
        "output": "\n".join(line for line in lines if line is not None),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        # What the grader itself writes is for the teacher.
        "stdout_visibility": "hidden",
        "tests": [_test(number, check) for number, check in enumerate(record.checks, start=1)],
        "extra_data": {"is_finished": record.is_finished, "isolation": record.isolated.tier},
    }


def _test(number: int, check: Checked) -> dict[str, Any]:
    was_run = check.state is not State.NOT_RUN
    return {
        **({"score": check.score} if was_run else {}),
        "max_score": check.points,
        **({"status": check.state.value} if was_run else {}),
        "name": name_of(check.name),
        "number": str(number),
        "output": _output(check),
        "visibility": check.visibility.value,
        "extra_data": {
            "state": check.state.value,
            "trouble": None if check.trouble is None else check.trouble.value,
        },
    }


def _output(check: Checked) -> str:
    feedback = feedback_text(check)
    if check.state is State.PASSED:
        return feedback
    # A student sees a red or a grey test, and neither says what happened.
    return f"{state_text(check)}\n{feedback}".rstrip("\n")
