"""One call of a function in another process, and what comes back of it, as plain data that can be sent."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from regress_cli.errors import LimitReached, UserError


@dataclass(frozen=True)
class Job:
    """One call of a function.

    A UserError or LimitReached that the function raises ends all jobs, and is raised where they are given
    out; any other error is a bug there. Whatever may go wrong with one job alone is told in the function's
    value.

    Attributes:
        number: Tells this job from the others.
        function: Of a module, by whose name it is found again; the module is what a worker has at hand.
        arguments: What pickle takes, as it has to take the value.
    """

    number: int
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Done:
    """A job that ended.

    Attributes:
        number: The job's.
        value: What the function returned.
    """

    number: int
    value: Any


@dataclass(frozen=True)
class Lost:
    """A job that nobody could bring to its end.

    Attributes:
        number: The job's.
        reason: Why, as part of a sentence.
    """

    number: int
    reason: str


@dataclass(frozen=True)
class Refused:
    """A job that says why no job can be done.

    Attributes:
        messages: One line for each reason.
        is_limit: Whether the machine has no room, rather than that the input has to change.
    """

    messages: tuple[str, ...]
    is_limit: bool = False


@dataclass(frozen=True)
class Broken:
    """A job that ran into a bug, with the worker's own traceback."""

    traceback: str


def answer_to(job: Job) -> Done | Refused | Broken:
    """Do a job, in the process of a worker, and return what is sent back."""
    try:
        return Done(job.number, job.function(*job.arguments))
    except (UserError, LimitReached) as error:
        return Refused(error.messages, isinstance(error, LimitReached))
    except Exception:  # noqa: BLE001 - whatever it is, it is a bug, and told by who gave the job.
        return Broken(traceback.format_exc())


def done(answer: Done | Refused | Broken) -> Done:
    """Return what a worker has done, where the job was given out.

    Raises:
        UserError, LimitReached: no job can be done.
        RuntimeError: a bug of regress's.
    """
    if isinstance(answer, Refused):
        raise (LimitReached if answer.is_limit else UserError)(*answer.messages)
    if isinstance(answer, Broken):
        raise RuntimeError(f"in a worker:\n{answer.traceback}")
    return answer
