"""One submission that is tried, and what became of the checks that it was put to."""

from dataclasses import dataclass, replace
from typing import Literal

from regress_cli.grading.checking.grade_submission import Sandboxes
from regress_cli.grading.checking.kept_sandboxes import kept_here
from regress_cli.grading.checking.one_check import run_check
from regress_cli.grading.jobs import assignment_at, hushed, tidied
from regress_cli.grading.records.record import Checked, State
from regress_cli.grading.submissions.reading import Files
from regress_cli.isolation.sealed import Isolation

# In which a stub that never ends has shown that it does not.
_STUB_SECONDS = 2.0
_NOBODY = "nobody"


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Attributes:
        words: What it is.
        files: The submission.
        numbers: The checks that it is put to, by their place in the assignment.
        kind: The ``solution`` has to pass every check, a ``stub`` none, and a ``mutant`` not all of them.
        checked: What became of each check; empty before it is tried.
    """

    words: str
    files: Files
    numbers: tuple[int, ...]
    kind: Literal["solution", "mutant", "stub"]
    checked: tuple[Checked, ...] = ()

    @property
    def failures(self) -> tuple[Checked, ...]:
        """The checks that did not tell what it is; none of a mutant that one of them failed."""
        if self.kind == "solution":
            return tuple(check for check in self.checked if check.state is not State.PASSED)
        if self.kind == "stub":
            return tuple(check for check in self.checked if check.state is State.PASSED)
        is_caught = any(check.state is State.FAILED for check in self.checked)
        return () if is_caught else self.checked


def tried(path: str, trial: Trial, isolation: Isolation) -> Trial:
    """Put a submission to its checks, and return it with what became of them."""
    assignment = assignment_at(path)
    source = trial.files.contents[assignment.submission].decode()
    checked = []
    with (
        hushed(),
        tidied(),
        Sandboxes(assignment.submission, trial.files, isolation, kept_here()) as sandboxes,
    ):
        for number in trial.numbers:
            question = assignment.questions[number]
            if trial.kind == "stub":
                seconds = min(_STUB_SECONDS, question.limits.seconds)
                question = replace(question, limits=replace(question.limits, seconds=seconds))
            checked.append(run_check(question, _NOBODY, sandboxes.asked, source))
    return replace(trial, checked=tuple(checked))
