"""Grading as the command line does it: what is asked for, what is shown, and the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from regress_cli.cli import view
from regress_cli.cli.grade_isolation import isolation_of_a_cluster, told_isolation
from regress_cli.cli.grade_watch import GradeProgress
from regress_cli.cli.picture_file import refuse_unwritable
from regress_cli.cli.words import grade as words
from regress_cli.cli.workers import chosen_workers
from regress_cli.errors import EXIT_CHECK, UserError
from regress_cli.grading.assignment.read import read_assignment
from regress_cli.grading.formats import FORMATS, OneFormat
from regress_cli.grading.grade_all import Grading, grade_all
from regress_cli.grading.records.record import State
from regress_cli.grading.store import Store, Wanted
from regress_cli.grading.submissions.finding import LONGEST_STUDENT, Submission, find_submissions
from regress_cli.isolation.sealed import Tier
from regress_cli.text import did_you_mean, printable, quoted


@dataclass(frozen=True)
class Wishes:
    """What the options of the command say.

    Attributes:
        out: The folder of all outputs.
        to: Each ``FORMAT`` or ``FORMAT=FILE``.
        student: Whose submission it is; None to go by its name.
        tier: The isolation to use; None for the best there is.
        needs_sandbox: Whether nothing may be run without a sandbox.
        cluster: A scheduler's address, or a queue; None for this machine.
        jobs: How many submissions at a time; None for one for each core.
        is_forced: Whether all are graded again.
    """

    out: Path
    to: tuple[str, ...] = ()
    student: str | None = None
    tier: Tier | None = None
    needs_sandbox: bool = False
    cluster: str | None = None
    jobs: int | None = None
    is_forced: bool = False


def grade_submissions(
    path: Path, places: Sequence[str], wishes: Wishes, *, as_json: bool, quiet: bool
) -> None:
    """Grade what lies at these places, show the marks, and leave with the exit code that they stand for."""
    with view.stdout_kept_clean():
        assignment = read_assignment(path)
    submissions = _submissions(places, assignment.submission, wishes.student)
    store = Store(wishes.out, assignment.name, _wanted(wishes.to, len(submissions)))
    if wishes.cluster is None:
        isolation = told_isolation(wishes.tier, needs_sandbox=wishes.needs_sandbox)
    else:
        isolation = isolation_of_a_cluster()
    grading = Grading(
        path,
        assignment,
        submissions,
        store,
        isolation,
        is_forced=wishes.is_forced,
        needs_sandbox=wishes.needs_sandbox,
        tier=wishes.tier,
    )
    with (
        GradeProgress(quiet=quiet or len(submissions) == 1) as watch,
        chosen_workers(wishes.cluster, wishes.jobs, watch.note, are_apart=True) as workers,
    ):
        records = grade_all(grading, workers, watch)
    for place in [] if quiet else store.places:
        view.note(f"wrote {place}")
    if quiet:
        view.show_text(words.essential(records, store.folder.path))
    elif as_json:
        view.show_json({"folder": str(store.folder.path), **words.document(records)})
    else:
        view.show_report(*words.parts(records))
        view.show_path(store.folder.path)
    if any(check.state is not State.PASSED for record in records for check in record.checks):
        raise typer.Exit(EXIT_CHECK)


def _submissions(places: Sequence[str], file_name: str, student: str | None) -> list[Submission]:
    if not places:
        raise UserError("name what was handed in: files, folders, or a folder of them")
    found = find_submissions([Path(place) for place in places], file_name)
    if student is None:
        return found
    if len(found) > 1:
        raise UserError(f"--student is for one submission, and these are {len(found):,}; leave it out")
    if not student.strip():
        raise UserError("--student names nobody; give the student's ID, or leave it out")
    return [Submission(printable(student, LONGEST_STUDENT), found[0].place)]


def _wanted(texts: Sequence[str], count: int) -> tuple[Wanted, ...]:
    wanted: list[Wanted] = []
    for text in texts:
        name, equals, file = text.partition("=")
        if name not in FORMATS:
            raise UserError(f"--to: {quoted(name)} is no format; {did_you_mean(name, FORMATS)}")
        if equals and not file:
            raise UserError(f"--to {name}= names no file; write --to {name}=FILE, or --to {name}")
        if file and count > 1 and isinstance(FORMATS[name], OneFormat):
            raise UserError(
                f"--to {name}=FILE is about one submission, and these are {count:,}; write --to {name}, and "
                "each has a file of its own"
            )
        if file and Path(file).parent.is_dir():
            refuse_unwritable(Path(file), f"--to {name}")
        wanted.append(Wanted(name, Path(file) if file else None))
    return tuple(wanted)
