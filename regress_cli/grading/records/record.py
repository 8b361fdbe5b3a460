"""The record of one graded submission: what every report, table and file of another system is drawn from."""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1
# Points are decimal numbers, of which a sum has no more digits than these.
_DIGITS = 9


class State(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


class Visibility(StrEnum):
    """What a student sees of a check, in the words of Gradescope.

    Of all but ``visible`` ones the feedback holds no number of the reference or of the inputs.
    """

    VISIBLE = "visible"
    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"


class Trouble(StrEnum):
    """Why a check has failed, or was not run.

    ``wrong`` is an answer with wrong numbers or of a wrong form; ``forbidden`` a right one that lets a
    program differentiate. The submission's file could not be had (``missing``), was no Python or failed
    while it was loaded (``load``), or lacks the function (``no_function``). The code ``raised`` an
    exception, ``crashed``, ``exited``, or broke the limit on ``time``, ``memory`` or ``output``; what came
    back was ``unusable``. The numbers could not be judged (``undecided``), or the check was not begun
    (``not_begun``).
    """

    WRONG = "wrong"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    LOAD = "load"
    NO_FUNCTION = "no_function"
    RAISED = "raised"
    CRASHED = "crashed"
    EXITED = "exited"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    UNUSABLE = "unusable"
    UNDECIDED = "undecided"
    NOT_BEGUN = "not_begun"

    @property
    def is_answer(self) -> bool:
        """Whether there was an answer, which is wrong, rather than a crash or no answer at all."""
        return self in (Trouble.WRONG, Trouble.FORBIDDEN)


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Checked(_Data):
    """One check of one submission.

    Attributes:
        name: The check's, as the assignment calls it.
        points: How many points it is worth.
        visibility: What the student sees of it.
        state: Passed, failed, or not run.
        trouble: Why it is not passed; None if it is.
        feedback: For the student: one or more lines, what is wrong and why.
        detail: For the teacher: the same with every number.
        causes: The likely causes, one short sentence each, the same for the same mistake: to be counted.
        seconds: How long it took.
    """

    name: str
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    visibility: Visibility = Visibility.VISIBLE
    state: State
    trouble: Trouble | None = None
    feedback: str = ""
    detail: str = ""
    causes: tuple[str, ...] = ()
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    @property
    def score(self) -> float:
        """The points that were earned."""
        return self.points if self.state is State.PASSED else 0.0


class Isolated(_Data):
    """In what the submission's code ran.

    Attributes:
        tier: ``sealed``, ``locked`` or ``limits``.
        description: What the tier is made of, and how its self-test ended, in one line.
    """

    tier: str
    description: str

    @property
    def is_sandbox(self) -> bool:
        """Whether the code could reach nothing but its inputs."""
        return self.tier != "limits"


class Record(_Data):
    """One graded submission; it is written anew after each check.

    Attributes:
        format_version: Of this record.
        assignment: The assignment's name.
        student: Whose submission it is.
        submission: Where it lies, as it was named.
        digest: Stands for all that the verdicts depend on: the assignment, its references, the submission.
        is_finished: Whether every check has been gone through.
        isolated: In what the code ran.
        checks: Every check of the assignment in its order; what is not begun yet is not run.
        version: Of the regress that graded.
    """

    format_version: int = FORMAT_VERSION
    assignment: str
    student: str
    submission: str
    digest: str
    is_finished: bool = False
    isolated: Isolated
    checks: tuple[Checked, ...]
    version: str

    @property
    def score(self) -> float:
        """The points that were earned."""
        return _sum(check.score for check in self.checks)

    @property
    def points(self) -> float:
        """The points that there are."""
        return _sum(check.points for check in self.checks)

    @property
    def seconds(self) -> float:
        """How long all checks took."""
        return sum(check.seconds for check in self.checks)


def _sum(points: Iterable[float]) -> float:
    """Return a sum of points without the rounding of binary numbers: three tenths are 0.3."""
    return round(math.fsum(points), _DIGITS)
