"""The inputs that a student is given to work with, drawn again from the course key."""

from typing import Any

from regress_cli.errors import UserError
from regress_cli.grading.assignment.assignment import Assignment
from regress_cli.grading.records.record import Visibility
from regress_cli.grading.submissions.finding import LONGEST_STUDENT
from regress_cli.runs.strict_json import finite
from regress_cli.text import printable


def inputs_of(assignment: Assignment, student: str) -> dict[str, Any]:
    """Return the arguments of each check that has inputs of the students' own and hides nothing, by name.

    Raises:
        UserError: there is no such check.
    """
    shown = [
        question
        for question in assignment.questions
        if question.check.per_student
        and question.check.inputs is not None
        and question.check.visibility == Visibility.VISIBLE
    ]
    if not shown:
        raise UserError(
            f"{assignment.name} has no visible check with inputs and per_student: true; those of all "
            "others are hidden, or the same for everybody"
        )
    # As a submission's name is shown, by which it is graded.
    name = printable(student, LONGEST_STUDENT)
    return {question.check.name: finite(question.inputs(name) or {})[0] for question in shown}
