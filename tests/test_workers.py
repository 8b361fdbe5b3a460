"""Jobs are done by other processes, and each is told of, whatever became of it."""

import math
import operator
import os
import subprocess
import sys
from pathlib import Path

import pytest

from regress_cli.errors import LimitReached, RegressError, UserError
from regress_cli.interrupts import PendingSignal
from regress_cli.workers.job import Done, Job, Lost
from regress_cli.workers.local import LocalWorkers


def results(*jobs: Job) -> dict[int, Done | Lost]:
    """Return the results of jobs that two workers do, by number."""
    return {result.number: result for result in LocalWorkers(2).results(jobs, PendingSignal())}


def die_once(mark: Path) -> str:
    """End this process, unless a mark says that another one has done so."""
    if not mark.exists():
        mark.touch()
        os._exit(1)
    return "survived"


def refuse(kind: type[RegressError]) -> None:
    """Say that no job can be done."""
    raise kind("one reason", "and another")


def test_each_job_is_told_of(tmp_path: Path):
    """Values come back by number; a job is tried once more after a death, and is lost after two."""
    jobs = [Job(number, math.sqrt, (number,)) for number in range(5)]
    found = results(*jobs, Job(5, os._exit, (1,)), Job(6, die_once, (tmp_path / "mark",)))
    assert found == {
        **{number: Done(number, math.sqrt(number)) for number in range(5)},
        5: Lost(5, "its process was killed; it may need more memory than there is"),
        6: Done(6, "survived"),
    }


# Says whether it was imported before its worker was forked.
AT_HAND = """\
import os
home = os.getpid()
def is_at_hand():
    return os.getpid() != home
"""
ASK = """\
from at_hand import is_at_hand
from regress_cli.interrupts import PendingSignal
from regress_cli.workers.job import Job
from regress_cli.workers.local import LocalWorkers
print(*LocalWorkers(1).results([Job(0, is_at_hand, ())], PendingSignal()))
"""


def test_a_worker_has_the_libraries_of_its_jobs_at_hand(tmp_path: Path):
    """The module of the function, with all that it needs, is imported once for all workers."""
    (tmp_path / "at_hand.py").write_text(AT_HAND)
    command = [sys.executable, "-c", ASK]
    asked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert asked.stdout == "Done(number=0, value=True)\n"


@pytest.mark.parametrize("kind", [UserError, LimitReached])
def test_one_job_may_refuse_all(kind: type[RegressError]):
    """A wrong input, or a full disk, is raised where the jobs are given out, with each of its messages."""
    with pytest.raises(kind) as caught:
        results(Job(0, refuse, (kind,)))
    assert caught.value.messages == ("one reason", "and another")


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (Job(0, operator.truediv, (1, 0)), "ZeroDivisionError"),
        (Job(0, open, (os.devnull,)), "TypeError: cannot pickle"),
    ],
)
def test_a_bug_is_told_with_its_traceback(job: Job, told: str):
    """Any other error of a function, and a value that can't be sent, is a bug of regress's."""
    with pytest.raises(RuntimeError, match=rf"(?s)in a worker:\nTraceback.*{told}"):
        results(job)


def test_jobs_are_made_as_they_are_given_out():
    """A list that never ends is no trouble to whoever takes some results and goes."""
    endless = (Job(number, abs, (-number,)) for number in iter(int, None))
    assert next(iter(LocalWorkers(2).results(endless, PendingSignal()))) == Done(0, 0)
