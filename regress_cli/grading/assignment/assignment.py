"""An assignment that is ready to grade: every check with its reference, its arguments and its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.cases import LARGE
from regress_cli.gradients.comparing.tries import Tries
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import Reference
from regress_cli.grading.assignment.schema import Check
from regress_cli.grading.assignment.seeds import seed_of
from regress_cli.grading.assignment.tries import given_inputs, tries_of
from regress_cli.isolation import Limits


@dataclass(frozen=True)
class Question:
    """One check, with all that it needs.

    Attributes:
        check: What the assignment file says of it.
        reference: The function whose gradient is asked for.
        wrt: The arguments that the gradient is by.
        limits: Time and memory.
        read: The inputs of the file that the check names; None if it names none.
        secret: Draws the inputs: of the assignment, or of the course where each student has their own.
    """

    check: Check
    reference: Reference
    wrt: tuple[str, ...]
    limits: Limits
    read: Inputs | None
    secret: bytes

    def seed(self, student: str) -> int:
        """Return the seed of the numbers that a student's answer is tried on."""
        whose = (student,) if self.check.per_student else ()
        return seed_of(self.secret, "inputs", self.check.name, *whose)

    def inputs(self, student: str) -> Inputs | None:
        """Return the arguments that the assignment gives; None where they are left to the library."""
        if isinstance(self.check.inputs, dict):
            return given_inputs(self.check.inputs, self.seed(student))
        return self.read

    def tries(self, student: str, ask: Ask) -> Tries:
        """Return what a student's answer is tried on first, and from what the rest is made."""
        return tries_of(self.reference, ask, self.wrt, self.inputs(student), self.seed(student))

    def cases(self, student: str, tries: Tries) -> Mapping[str, Inputs]:
        """Return all that a student's answer is tried on, by what it is."""
        every = tries.all(self.wrt, self.seed(student))
        if self.check.large_numbers:
            return every
        return {label: inputs for label, inputs in every.items() if not label.startswith(LARGE)}


@dataclass(frozen=True)
class Assignment:
    """What is graded.

    Attributes:
        name: Of the assignment.
        submission: The file that each student hands in.
        questions: The checks, in their order.
        digest: Stands for all that the verdicts depend on but the submission.
        own_files: The files and folders, resolved, that are the teacher's and for no submission to see.
    """

    name: str
    submission: str
    questions: Sequence[Question]
    digest: str
    own_files: frozenset[Path] = frozenset()
