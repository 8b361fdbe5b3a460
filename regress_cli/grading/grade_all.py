"""The story of a grading: submissions -> workers -> records -> what is drawn from them."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.errors import Interrupted, LimitReached, RegressError
from regress_cli.grading.assignment.assignment import Assignment
from regress_cli.grading.carried import carried
from regress_cli.grading.checking.grade_submission import begun, digest_of
from regress_cli.grading.jobs import grade_far, grade_here, handed_in
from regress_cli.grading.records.record import Record, Trouble
from regress_cli.grading.store import Store
from regress_cli.grading.submissions.finding import Submission
from regress_cli.interrupts import deferred_signals
from regress_cli.isolation.sealed import Isolation, Tier
from regress_cli.workers.job import Job, Lost
from regress_cli.workers.workers import Workers


class GradeWatch:
    """Hears how a grading goes on; this one ignores it."""

    def begin(self, count: int, found: int) -> None:
        """Take how many submissions there are, and how many were graded before."""

    def ended(self, record: Record) -> None:
        """Take a submission that is graded."""

    def note(self, text: str) -> None:
        """Take what is worth a line of its own."""


@dataclass(frozen=True)
class Grading:
    """What is to be done.

    Attributes:
        path: The assignment file.
        assignment: What it says.
        submissions: What is graded.
        store: Where records go.
        isolation: In what the submissions' code runs.
        is_forced: Whether all are graded again.
        needs_sandbox: Whether nothing may be graded without one.
        tier: The tier of isolation that workers elsewhere have to use; None for the best that each has.
    """

    path: Path
    assignment: Assignment
    submissions: Sequence[Submission]
    store: Store
    isolation: Isolation
    is_forced: bool = False
    needs_sandbox: bool = False
    tier: Tier | None = None


def grade_all(grading: Grading, workers: Workers, watch: GradeWatch | None = None) -> list[Record]:
    """Grade every submission, and return the records in the order of the submissions.

    Raises:
        UserError, LimitReached: the workers can't be used any more; what is graded is kept.
        Interrupted: a signal arrived; what is graded is kept, and the same command goes on.
    """
    watch = watch or GradeWatch()
    records = {} if grading.is_forced else _found(grading)
    watch.begin(len(grading.submissions), len(records))
    with deferred_signals() as pending:
        try:
            jobs = _jobs(grading, records, are_far=workers.are_far)
            for result in workers.results(jobs, pending):
                if isinstance(result, Lost):
                    watch.note(f"{grading.submissions[result.number].student}: not graded: {result.reason}")
                    continue
                record = records[result.number] = result.value
                if workers.are_far:
                    grading.store.keep(record)
                watch.ended(record)
        except RegressError:
            _keep(grading, records)
            raise
        every = _keep(grading, records)
    to_go = len(grading.submissions) - len(records)
    if pending.number is not None:
        raise Interrupted(
            pending.number,
            f"interrupted with {to_go:,} of {len(every):,} submissions to go; what is graded is kept: give "
            "the same command again to go on",
        )
    if to_go:
        raise LimitReached(
            f"{to_go:,} of {len(every):,} submissions could not be graded, for their workers were killed; "
            "give the same command again with fewer --jobs, or make room in memory"
        )
    return every


def _found(grading: Grading) -> dict[int, Record]:
    """Return the records of submissions that were graded before, and of which nothing has changed since."""
    records: dict[int, Record] = {}
    for number, submission in enumerate(grading.submissions):
        record = grading.store.found(submission.student)
        if record is not None and _is_judged(record) and _still_holds(record, grading, submission):
            grading.store.draw(record)
            records[number] = record
    return records


def _is_judged(record: Record) -> bool:
    """Whether every check came to an end; what could not be judged, for lack of room say, is tried again."""
    return record.is_finished and all(check.trouble is not Trouble.UNDECIDED for check in record.checks)


def _still_holds(record: Record, grading: Grading, submission: Submission) -> bool:
    """Whether a record would be made again as it is."""
    if grading.isolation.is_sandbox and not record.isolated.is_sandbox:
        return False
    files = handed_in(grading.assignment, submission, grading.store)
    return record.digest == digest_of(grading.assignment, submission, files)


def _jobs(grading: Grading, graded: Container[int], *, are_far: bool) -> Iterator[Job]:
    """Yield one job for each submission, as it is given out: the files of many need not be in memory."""
    sent = carried(grading.path) if are_far else None
    for number, submission in enumerate(grading.submissions):
        if number in graded:
            continue
        if sent is None:
            yield Job(number, grade_here, (str(grading.path), submission, grading.store, grading.isolation))
        else:
            files = handed_in(grading.assignment, submission, grading.store)
            yield Job(number, grade_far, (sent, submission, files, grading.tier, grading.needs_sandbox))


def _keep(grading: Grading, records: dict[int, Record]) -> list[Record]:
    """Write what is drawn from all records, those that are not finished among them, and return all."""
    every = [
        records.get(number) or _unfinished(grading, submission)
        for number, submission in enumerate(grading.submissions)
    ]
    grading.store.keep_class(every)
    return every


def _unfinished(grading: Grading, submission: Submission) -> Record:
    """Return what there is of a record that has not come back: what was earned is in its file."""
    files = handed_in(grading.assignment, submission, grading.store)
    fresh = begun(grading.assignment, submission, files, grading.isolation)
    kept = grading.store.found(submission.student)
    return kept if kept is not None and kept.digest == fresh.digest else fresh
