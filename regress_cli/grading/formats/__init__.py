"""The forms in which graded submissions leave regress: each is a file's content, made of records alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regress_cli.grading.formats import class_report, classroom, gradescope, junit, roll_up, student_feedback
from regress_cli.grading.records.record import Record
from regress_cli.runs.strict_json import dumps


@dataclass(frozen=True)
class OneFormat:
    """A file about one submission.

    Attributes:
        file_name: How the file is called where nobody says otherwise.
        content: Returns what it holds.
    """

    file_name: str
    content: Callable[[Record], bytes]


@dataclass(frozen=True)
class ClassFormat:
    """A file about all submissions, or none.

    Attributes:
        file_name: How the file is called where nobody says otherwise.
        content: Returns what it holds, whatever the order of the records.
    """

    file_name: str
    content: Callable[[Sequence[Record]], bytes]


Format = OneFormat | ClassFormat

FORMATS: dict[str, Format] = {
    "gradescope": OneFormat("results.json", lambda record: dumps(gradescope.results(record)).encode("utf-8")),
    "classroom": OneFormat("classroom.json", lambda record: dumps(classroom.result(record)).encode("utf-8")),
    "feedback": OneFormat("feedback.md", lambda record: student_feedback.feedback(record).encode("utf-8")),
    "junit": ClassFormat("junit.xml", junit.document),
    "csv": ClassFormat("grades.csv", lambda records: roll_up.table_text(records).encode("utf-8")),
    "html": ClassFormat("report.html", class_report.class_page),
}
