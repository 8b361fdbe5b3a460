"""``regress grade``."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, OutOption, QuietOption
from regress_cli.errors import UserError

GRADE = "grade"
# What can be done, with the options that each takes beside --json.
_OPTIONS = {
    GRADE: (
        "--to",
        "--student",
        "--force",
        "--cluster",
        "--jobs",
        "--isolation",
        "--require-sandbox",
        "--quiet",
    ),
    "init": ("--force",),
    "test": ("--jobs", "--isolation", "--require-sandbox", "--quiet"),
    "inputs": (),
}


class Tier(StrEnum):
    """How a submission's code can be kept apart."""

    SEALED = "sealed"
    LOCKED = "locked"
    LIMITS = "limits"


def grade(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[init|test|inputs] ASSIGNMENT [SUBMISSION]...",
            help="What to do (default: grade), the assignment's YAML file, and files and folders that were "
            "handed in; for inputs, the students.",
        ),
    ] = None,
    out: OutOption = Path("outputs"),
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="FORMAT[=FILE]",
            help="Also write gradescope, classroom, feedback, junit, csv or html; several times if need be.",
        ),
    ] = None,
    student: Annotated[
        str | None,
        typer.Option("--student", metavar="ID", help="Whose submission it is (default: by its name)."),
    ] = None,
    require_sandbox: Annotated[
        bool, typer.Option("--require-sandbox", help="Refuse to run anything outside of a sandbox.")
    ] = False,
    isolation: Annotated[
        Tier | None, typer.Option("--isolation", help="The sandbox to use (default: the best there is).")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Submissions at a time (default: one for each core)."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", help="A Dask scheduler (tcp://HOST:8786), or a queue: slurm ..."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Grade again what is graded; for init, write over files.")
    ] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Grade hand-written gradients: a record of every check for every submission.

    A submission runs in a process of its own, in a sandbox where there is one, and gives back nothing but
    numbers; a limit of time or memory ends its check, and no other. Records are in
    OUT/grades/NAME/submissions, and a graded submission that has not changed is found, not repeated.
    Exit code 3 says that a check is not passed.

    `regress grade init` writes an example to start from, `regress grade test ASSIGNMENT` proves that an
    assignment tells right from wrong, `regress grade inputs ASSIGNMENT STUDENT...` prints their own inputs.

    Example: regress grade assignment.yaml submissions/ --to csv --to html
    """
    action, names = (what[0], what[1:]) if what and what[0] in _OPTIONS else (GRADE, what or [])
    given = {"--to": to, "--student": student, "--force": force, "--cluster": cluster, "--jobs": jobs}
    given |= {"--isolation": isolation, "--require-sandbox": require_sandbox, "--quiet": quiet}
    _refuse_others(action, given)
    if action == "init":
        _init(names, force=force)
        return
    if not names:
        raise UserError("name the assignment's file; `regress grade init` writes one to start from")
    if action == "inputs":
        _inputs(Path(names[0]), names[1:])
        return
    tier = None if isolation is None else isolation.value
    if action == "test":
        from regress_cli.cli.grade_proof import show_proof

        if len(names) > 1:
            raise UserError(f"`regress grade test` takes the assignment alone; take out {names[1]!r}")
        show_proof(Path(names[0]), tier, jobs, needs_sandbox=require_sandbox, as_json=json, quiet=quiet)
        return
    from regress_cli.cli.grade_submissions import Wishes, grade_submissions

    wishes = Wishes(out, tuple(to or ()), student, tier, require_sandbox, cluster, jobs, is_forced=force)
    grade_submissions(Path(names[0]), names[1:], wishes, as_json=json, quiet=quiet)


def _refuse_others(action: str, given: Mapping[str, object]) -> None:
    """Refuse options that mean nothing for the action."""
    for option, value in given.items():
        if value and option not in _OPTIONS[action]:
            raise UserError(f"{option} means nothing to `regress grade {action}`; leave it out")


def _init(names: Sequence[str], *, force: bool) -> None:
    from regress_cli.cli import view
    from regress_cli.grading.starter import write_example

    if len(names) > 1:
        raise UserError("the example is written into one folder; name one, or none for grading/")
    for path in write_example(Path(names[0]) if names else Path("grading"), force=force):
        view.show_path(path)


def _inputs(path: Path, students: Sequence[str]) -> None:
    from regress_cli.cli import view
    from regress_cli.grading.assignment.read import read_assignment
    from regress_cli.grading.assignment.student_inputs import inputs_of

    if not students:
        raise UserError("name the students whose inputs are wanted, as their submissions are called")
    with view.stdout_kept_clean():
        assignment = read_assignment(path)
    view.show_json({student: inputs_of(assignment, student) for student in students})
