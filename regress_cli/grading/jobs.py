"""One submission graded in whatever process: the only functions that workers call."""

import contextlib
import functools
import os
import platform
import signal
from collections.abc import Iterator
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.grading.assignment.assignment import Assignment
from regress_cli.grading.assignment.read import read_assignment
from regress_cli.grading.carried import Carried, unpacked
from regress_cli.grading.checking.grade_submission import records_of
from regress_cli.grading.checking.kept_sandboxes import kept_here
from regress_cli.grading.records.record import Record
from regress_cli.grading.store import Store
from regress_cli.grading.submissions.finding import Submission
from regress_cli.grading.submissions.reading import Files, read_submission
from regress_cli.isolation.sealed import Isolation, Tier, find_isolation
from regress_cli.text import printable


def grade_here(path: str, submission: Submission, store: Store, isolation: Isolation) -> Record:
    """Grade a submission of this machine; its record is written after each check.

    Args:
        path: The assignment file.
        submission: What is graded.
        store: Where records go.
        isolation: In what the submission's code runs.
    """
    assignment = assignment_at(path)
    files = handed_in(assignment, submission, store)
    with hushed(), tidied():
        for record in records_of(assignment, submission, files, isolation, kept_here()):
            store.keep(record)
    return record


def grade_far(
    carried: Carried, submission: Submission, files: Files, tier: Tier | None, needs_sandbox: bool
) -> Record:
    """Grade a submission that was sent here.

    Args:
        carried: The assignment.
        submission: What is graded.
        files: What was handed in.
        tier: The tier of isolation that is wanted; None for the best that this machine has.
        needs_sandbox: Whether nothing may be run without one.

    Raises:
        UserError: a tier or a sandbox is wanted, and there is none here.
    """
    isolation = _isolation_here(tier)
    if needs_sandbox and not isolation.is_sandbox:
        machine = printable(platform.node(), 80)
        raise UserError(f"the worker on {machine} has no sandbox, and ran nothing: {isolation.remedy}")
    with hushed():
        assignment = unpacked(carried)
        *_, record = records_of(assignment, submission, files, isolation, kept_here())
    return record


def handed_in(assignment: Assignment, submission: Submission, store: Store) -> Files:
    """Return the files of a submission, among which are none of the assignment's, and no marks.

    A folder that is handed in may hold these too: a repository, or the folder in which a teacher works.
    """
    drawn = (wanted.file.resolve() for wanted in store.wanted if wanted.file is not None)
    left_out = {*assignment.own_files, store.grades.resolve(), *drawn}
    return read_submission(submission.place, assignment.submission, left_out)


@functools.lru_cache(maxsize=1)
def assignment_at(path: str) -> Assignment:
    """Return the assignment of a file, which is read once in a process."""
    with hushed():
        return read_assignment(Path(path))


@contextlib.contextmanager
def tidied() -> Iterator[None]:
    """Let the signal that ends a worker leave by way of all blocks, which remove what they have made."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Drop what a reference prints in the block: stdout is the result, and it was heard when it was read."""
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


_isolation_here = functools.lru_cache(maxsize=1)(find_isolation)
