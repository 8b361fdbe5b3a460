"""Grading by several processes: the same records as by one, and nothing is left of one that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from shell import call
from test_grade_cluster import records_in

ASSIGNMENT = """\
name: hw
seed: 4711
limits: {{seconds: {seconds}, memory: 256}}
checks:
  - {{name: sigmoid, function: f, against: sigmoid}}
  - name: square
    function: g
    against: reference.py:square
    inputs: {{x: {{low: 1, high: 3, shape: [4]}}}}
"""
SIGMOID = """\
import numpy as np


def f(x):
    s = 0.5 * (1 + np.tanh(0.5 * x))
    return s * (1 - s)
"""
# What is handed in as g, in turn.
ANSWERS = (
    "def g(x):\n    return 2 * x\n",
    "def g(x):\n    return 2 * x / len(x)\n",
    "def g(x):\n    return -2 * x[::-1]\n",
    "def g(x):\n    raise ValueError('as it may be')\n",
    "def g(x):\n    raise SystemExit\n",
    "import os\n\n\ndef g(x):\n    os._exit(0)\n",
    "def g(x) return 2 * x\n",
    "def g(y):\n    return 2 * y\n",
    "def g(x):\n    x *= 2\n    return x\n",
    "calls = []\n\n\ndef g(x):\n    calls.append(x)\n    return 2 * x * len(calls)\n",
)
LOOP = "def f(x):\n    while True:\n        pass\n\n\ndef g(x):\n    return x\n"


def course_in(folder: Path, seconds: float) -> None:
    """Write an assignment without submissions."""
    (folder / "hw.yaml").write_text(ASSIGNMENT.format(seconds=seconds))
    (folder / "reference.py").write_text("def square(x):\n    return x**2\n")
    (folder / "class").mkdir()


def command(*arguments: str) -> list[str]:
    """Return the command that grades the class."""
    return [sys.executable, "-m", "regress_cli", "grade", "hw.yaml", "class", *arguments]


@pytest.mark.full
def test_two_processes_give_the_records_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Fifty submissions of every kind, in the best sandbox there is: all but times is the same."""
    monkeypatch.chdir(tmp_path)
    course_in(tmp_path, 5)
    for number in range(50):
        (tmp_path / "class" / f"student-{number:02}.py").write_text(
            SIGMOID + "\n\n" + ANSWERS[number % len(ANSWERS)]
        )
    for jobs in ("1", "2"):
        assert call("grade", "hw.yaml", "class", "--jobs", jobs, "--out", jobs).exit_code == 3
    one, two = (records_in(Path(jobs)) for jobs in ("1", "2"))
    assert len(one) == 50
    assert one == two
    assert len({str(record["checks"][1]["trouble"]) for record in one.values()}) >= 5


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_nothing_is_left_of_a_worker_that_is_killed(tmp_path: Path, number: int):
    """Its sandbox and the endless loop in it end with it, and with the grader the next one's."""
    course_in(tmp_path, 60)
    (tmp_path / "class" / "ada.py").write_text(LOOP)
    with subprocess.Popen(command("--jobs", "1"), cwd=tmp_path, stderr=subprocess.DEVNULL) as grader:
        for victim in (None, grader.pid):
            worker, inside = loop_of(grader.pid)
            os.kill(victim or worker, number)
            _, alive = psutil.wait_procs(inside, timeout=20)
            assert not alive
        grader.wait(60)


def loop_of(grader: int) -> tuple[int, list[psutil.Process]]:
    """Return the worker that has a sandbox in which something computes, and all processes beneath it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process in psutil.Process(grader).children(recursive=True):
            try:
                inside = process.children(recursive=True)
                is_worker = _is_a_sandbox(inside[:1]) and not _is_a_sandbox([process])
                if is_worker and any(one.cpu_times().user > 0.5 for one in inside[1:]):
                    return process.pid, inside
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.05)
    raise AssertionError("nothing computes in a sandbox")


def _is_a_sandbox(processes: list[psutil.Process]) -> bool:
    return any(
        part.endswith("bwrap") or "sealed.forking" in part
        for process in processes
        for part in process.cmdline()
    )
