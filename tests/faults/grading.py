"""A class of files that mean harm, graded again and again beside honest ones: what each earns, and leaves.

``python tests/faults/grading.py --rounds 3`` grades every file of ``attacks.py`` in each tier that shuts in,
and ends with 1 if one of them earns a point, costs an honest student or a check of its own a point, is told
as something else, changes a file outside, tells a secret, or leaves a process behind.
"""

import argparse
import os
import re
import secrets
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from attacks import ENDS, FILLS, GIVES, HEAD, TRIES

from regress_cli.grading.records.record_text import read_record
from regress_cli.isolation.sealed import syscalls

ASSIGNMENT = """\
name: class
seed: 20261127
limits: {seconds: 1, memory: 512}
checks:
  - {name: harm, function: f, against: 'reference.py:cube', inputs: {x: {low: 1, high: 2, shape: [3]}}}
  - {name: own, function: g, against: 'reference.py:cube', inputs: {x: {low: 1, high: 2, shape: [3]}}}
"""
REFERENCE = "def cube(x):\n    return x**3\n"
RIGHT = "\n\ndef g(x):\n    return 3 * x**2\n"
HONEST = "def f(x):\n    return 3 * x**2\n"
KINDS: dict[str, set[str]] = {name: kinds for name, (_, kinds) in ENDS.items()} | {
    name: {"wrong", "raised", "output"} for name in FILLS
}
SOURCES = {**{name: text for name, (text, _) in ENDS.items()}, **GIVES, **TRIES, **FILLS}
# The verdict is the grader's: what comes back is compared, and found wrong.
WRONG = {"wrong", "raised", "unusable", "forbidden"}
HONEST_STUDENTS = 5


@dataclass
class Tally:
    """What was seen in one tier.

    Attributes:
        told: What was told of each file, by the round.
        faults: What should not be.
    """

    told: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def changing(self) -> list[str]:
        """The files of which not every round told the same."""
        return [name for name, told in self.told.items() if len(set(told)) > 1]


def main() -> None:
    """Grade the class, print the figures, and leave with 1 where something is amiss."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tiers", default="sealed,locked")
    options = parser.parse_args()
    amiss = 0
    for tier in options.tiers.split(","):
        started = time.monotonic()
        tally = grade_in(tier, options.rounds)
        seconds = time.monotonic() - started
        say(
            f"{tier}: {len(SOURCES)} files that mean harm and {HONEST_STUDENTS} honest ones, "
            f"{options.rounds} rounds, {seconds:.0f} s: {len(tally.faults)} faults; "
            f"told otherwise in another round: {len(tally.changing)}"
        )
        troubles = Counter(told[0][1] for told in tally.told.values())
        say("  " + ", ".join(f"{trouble} {count}" for trouble, count in troubles.most_common()))
        for name in tally.changing:
            say(f"  {name}: {tally.told[name]}")
        for fault in tally.faults:
            say(f"  FAULT: {fault}")
        amiss += len(tally.faults)
    sys.exit(1 if amiss else 0)


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201


def grade_in(tier: str, rounds: int) -> Tally:
    """Grade the class so many times in a tier."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        canary, secret = Path(folder, "canary"), secrets.token_hex(16)
        canary.write_text("alive")
        write_class(course, canary, secret)
        before = canary.stat()
        for number in range(rounds):
            run_once(course, tier, number, secret, tally)
            after = canary.stat()
            if canary.read_text() != "alive" or (after.st_mode, after.st_mtime_ns) != (
                before.st_mode,
                before.st_mtime_ns,
            ):
                tally.faults.append("a file outside was changed")
    return tally


def write_class(course: Path, canary: Path, secret: str) -> None:
    """Write the assignment, a folder for each file that means harm, and the honest ones."""
    course.mkdir()
    (course / "hw.yaml").write_text(ASSIGNMENT)
    (course / "reference.py").write_text(REFERENCE)
    listed = {*syscalls.allowed("x86_64"), *syscalls.conditional("x86_64").values()}
    told = f"CANARY, PARENT, SECRET = {str(canary)!r}, {os.getpid()}, {secret!r}\nLISTED = {listed}\n"
    for number, text in enumerate(SOURCES.values()):
        folder = course / "class" / f"h{number}"
        folder.mkdir(parents=True)
        (folder / "answer.py").write_text(HEAD + textwrap.dedent(text) + RIGHT)
        # The secret of the environment is not told: whoever finds it has found it.
        (folder / "told.py").write_text(told.replace(secret, "?"))
    for number in range(HONEST_STUDENTS):
        (course / "class" / f"z{number}.py").write_text(HONEST + RIGHT)


def run_once(course: Path, tier: str, number: int, secret: str, tally: Tally) -> None:
    """Grade the class once, and look at all that came of it."""
    out = course / f"out{number}"
    started = time.time()
    command = [
        sys.executable,
        "-m",
        "regress_cli",
        "grade",
        "hw.yaml",
        "class",
        "--isolation",
        tier,
        "--quiet",
    ]
    done = subprocess.run(
        [
            *command,
            "--out",
            out.name,
            "--to",
            "gradescope",
            "--to",
            "feedback",
            "--to",
            "html",
            "--to",
            "csv",
        ],
        cwd=course,
        env={**os.environ, "REGRESS_TEST_SECRET": secret},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 3:
        tally.faults.append(f"exit code {done.returncode}: {done.stderr[-500:]}")
        return
    for position, name in enumerate(SOURCES):
        look_at(name, record_of(out, f"h{position}"), tally)
    for position in range(HONEST_STUDENTS):
        if record_of(out, f"z{position}").score != 2:
            tally.faults.append(f"an honest student lost points in round {number}")
    for path in out.rglob("*"):
        if path.is_file() and secret.encode() in path.read_bytes():
            tally.faults.append(f"the secret is in {path.relative_to(out)}")
    tally.faults += [f"a process is left: {left}" for left in left_since(started)]


def record_of(out: Path, student: str) -> Any:
    """Return the record of a student."""
    record = read_record((out / "grades/class/submissions" / student / "record.json").read_bytes())
    if record is None or not record.is_finished:
        sys.exit(f"the record of {student} is not whole")
    return record


def look_at(name: str, record: Any, tally: Tally) -> None:
    """Note what was told of a file that means harm, and what should not be."""
    harm, own = record.checks
    trouble = None if harm.trouble is None else harm.trouble.value
    tally.told.setdefault(name, []).append((harm.state.value, trouble))
    if harm.state != "failed":
        tally.faults.append(f"{name}: {harm.state.value}: {harm.detail}")
    elif trouble not in KINDS.get(name, WRONG):
        tally.faults.append(f"{name}: told as {trouble}: {harm.detail[:200]}")
    if "succeeded" in harm.detail:
        tally.faults.append(f"{name}: {harm.detail}")
    # What a function does when it is called is the affair of its own check.
    is_only_a_function = re.fullmatch(
        r"(\s*def f\(x\):.*)", textwrap.dedent(SOURCES[name]).strip(), re.DOTALL
    )
    if is_only_a_function and "\nimport" not in SOURCES[name] and own.state != "passed":
        tally.faults.append(f"{name}: costs another check its points: {own.detail}")


def left_since(started: float) -> list[str]:
    """Return the processes that were started since then and have lost their parent."""
    time.sleep(0.5)
    left = []
    for process in psutil.process_iter(["create_time", "ppid", "cmdline", "status"]):
        found = process.info
        is_ours = any(part.startswith(sys.prefix) or "bwrap" in part for part in found["cmdline"] or ())
        if found["create_time"] >= started and found["ppid"] == 1 and is_ours:
            left.append(" ".join(found["cmdline"])[:100])
    return left


if __name__ == "__main__":
    main()
