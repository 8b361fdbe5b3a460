"""One submission, check by check: after each there is a record that holds what is earned so far."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from regress_cli.grading.assignment.assignment import Assignment, Question
from regress_cli.grading.assignment.seeds import fingerprint
from regress_cli.grading.checking.kept_sandboxes import KeptSandboxes, Kind
from regress_cli.grading.checking.one_check import not_begun, not_had, not_wanted, run_check
from regress_cli.grading.records.record import Checked, Isolated, Record, State, Trouble, Visibility
from regress_cli.grading.submissions.finding import Submission
from regress_cli.grading.submissions.reading import Files
from regress_cli.isolation import Answer
from regress_cli.isolation.sealed import Isolation, Sandbox
from regress_cli.version import __version__


def records_of(
    assignment: Assignment,
    submission: Submission,
    files: Files,
    isolation: Isolation,
    kept: KeptSandboxes,
) -> Iterator[Record]:
    """Yield the record before the first check, and after each; the last one is finished.

    Args:
        assignment: What is graded.
        submission: Whose it is.
        files: What was handed in.
        isolation: In what the submission's code runs.
        kept: Lends the sandboxes.
    """
    record = begun(assignment, submission, files, isolation)
    yield record
    if files.refusal:
        trouble = Trouble.MISSING if files.is_missing else Trouble.LOAD
        checks = tuple(not_had(question, files.refusal, trouble) for question in assignment.questions)
        yield record.model_copy(update={"checks": checks, "is_finished": True})
        return
    source = files.contents[assignment.submission].decode()
    checks = list(record.checks)
    with Sandboxes(assignment.submission, files, isolation, kept) as sandboxes:
        for number, question in enumerate(assignment.questions):
            required = _not_passed(question, checks)
            if required is None:
                checks[number] = run_check(question, submission.student, sandboxes.asked, source)
            else:
                checks[number] = not_wanted(question, required)
            is_last = number == len(checks) - 1
            yield record.model_copy(update={"checks": tuple(checks), "is_finished": is_last})


def begun(assignment: Assignment, submission: Submission, files: Files, isolation: Isolation) -> Record:
    """Return the record of a submission of which no check has been run yet."""
    return Record(
        assignment=assignment.name,
        student=submission.student,
        submission=submission.shown_place,
        digest=digest_of(assignment, submission, files),
        isolated=Isolated(tier=isolation.tier, description=isolation.description),
        checks=tuple(map(not_begun, assignment.questions)),
        version=__version__,
    )


def digest_of(assignment: Assignment, submission: Submission, files: Files) -> str:
    """Return what changes whenever a mark might: the assignment, the student, and what was handed in."""
    parts = [assignment.digest, submission.student, files.refusal]
    parts += [f"{name} {fingerprint(content)}" for name, content in sorted(files.contents.items())]
    return fingerprint("\n".join(parts).encode())


def _not_passed(question: Question, checks: Sequence[Checked]) -> str | None:
    """Return the first check that a question requires and that is not passed."""
    passed = {check.name for check in checks if check.state is State.PASSED}
    return next((name for name in question.check.requires if name not in passed), None)


class Sandboxes:
    """The sandboxes of one submission: without autograd, and with it where a check needs that.

    Visible checks, of which a student reads all, have sandboxes of their own. Processes of one sandbox are
    numbered one after the other, and so are files: what a hidden check has seen would be told by a count.
    Each is lent when it is first asked for, and all are given back with the block.
    """

    def __init__(self, file_name: str, files: Files, isolation: Isolation, kept: KeptSandboxes) -> None:
        self._file_name, self._files, self._isolation, self._kept = file_name, files, isolation, kept
        self._opened: dict[Kind, Sandbox] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Sandboxes":
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def asked(self, question: Question, with_autograd: bool) -> Answer:
        """Return what a question's function is asked by; entering it starts a process of its own."""
        kind = Kind(with_autograd, question.check.visibility == Visibility.VISIBLE)
        if kind not in self._opened:
            lent = self._kept.lent(self._isolation, self._files.contents, kind)
            self._opened[kind] = self._stack.enter_context(lent)
        return self._opened[kind].answer(self._file_name, question.check.function, question.limits)
