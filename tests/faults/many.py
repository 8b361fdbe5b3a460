"""Starts many processes at the same time, and checks that they leave whole runs and do each other no harm.

Usage: python tests/faults/many.py [--processes 20] [--waiters 5]

An AssertionError says which promise does not hold.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

from processes import heed_signals
from promise import assert_whole, content_of
from shell import SMALL, names_in

from regress_cli import load_config, run

_SECONDS = 300
WAITS = "another process works on this run; waiting for it"
# A formula that has no value at its start is refused after the run has its place among the others.
_REFUSED = (
    "name=refused",
    "model={kind: formula, expression: 'log(a)*x', initial: {a: -1.0}}",
    "optimizer={kind: levenberg_marquardt}",
)
# It works on the run until its input ends.
_OWNER = """
import sys
from regress_cli import load_config, run
from regress_cli.experiment.watch import Watch

class Hold(Watch):
    def progress(self, progress):
        print("working", flush=True)
        sys.stdin.readline()

run(load_config(sys.argv[1]), watch=Hold())
"""


@dataclass(frozen=True)
class Started:
    """A process of the command line, and the file that it writes its notes to."""

    process: subprocess.Popen[str]
    notes: Path

    def waits(self) -> bool:
        """Return whether it has said that it waits."""
        return WAITS in self.notes.read_text()

    def answer(self) -> tuple[int, str]:
        """Return its exit code and what it printed."""
        printed, _ = self.process.communicate(timeout=_SECONDS)
        return self.process.returncode, printed


def config_in(folder: Path) -> Path:
    """Write the config of a run that takes no time; one that is there may be being read, and stays."""
    path = folder / "small.yaml"
    if not path.exists():
        path.write_text(SMALL)
    return path


def start(folder: Path, *arguments: str) -> Started:
    """Start ``regress run`` on the config in the folder."""
    config = config_in(folder)
    notes = folder / f"notes-{len(names_in(folder))}"
    command = [sys.executable, "-m", "regress_cli", "run", str(config), *arguments]
    with notes.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=file, text=True)
    return Started(process, notes)


def start_owner(folder: Path) -> subprocess.Popen[str]:
    """Return a process that has the place of the config's run, and holds it."""
    command = [sys.executable, "-c", _OWNER, str(config_in(folder))]
    owner = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    assert owner.stdout.readline() == "working\n"
    return owner


def start_waiters(folder: Path, count: int) -> list[Started]:
    """Return processes that wait for the owner, and have said so."""
    waiters = [start(folder, "--json") for _ in range(count)]
    until(lambda: all(waiter.waits() for waiter in waiters))
    return waiters


def until(happens: Callable[[], bool]) -> None:
    """Wait until it happens."""
    end = time.monotonic() + _SECONDS
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def assert_one_run(folder: Path, answers: list[tuple[int, str]]) -> None:
    """Check that all have told the same whole run, and that it is all there is.

    A record holds how long its training took, so a second training would show.
    """
    assert {code for code, _ in answers} == {0}
    assert len({printed for _, printed in answers}) == 1
    assert_only_run(folder)


def assert_only_run(folder: Path) -> None:
    """Check that there is one run, which is whole, and nothing hidden beside it."""
    [name] = names_in(folder / "outputs")
    assert_whole(folder / "outputs" / name)


def same_run(folder: Path, count: int) -> None:
    """Of processes that start the same run at the same time one trains, and all have its folder."""
    started = [start(folder, "--json") for _ in range(count)]
    assert_one_run(folder, [each.answer() for each in started])


def different_runs(folder: Path, count: int) -> None:
    """Different runs that start in one new folder wait for nobody, and become what each is alone."""
    names = [f"run{number}" for number in range(count)]
    drawn = "plots.pictures=[loss]"
    started = [start(folder, "--quiet", f"name={name}", drawn) for name in names]
    assert {each.answer()[0] for each in started} == {0}
    assert not any(each.waits() for each in started)
    configs = [load_config(config_in(folder), [f"name={name}", drawn]) for name in names]
    alone = [run(config, folder / "alone").folder for config in configs]
    assert names_in(folder / "outputs") == sorted(each.name for each in alone)
    for each in alone:
        assert content_of(folder / "outputs" / each.name) == content_of(each)


def killed_owner(folder: Path, waiters: int) -> None:
    """Where the process that works is killed, one that waited takes over, and all have its run."""
    owner = start_owner(folder)
    waiting = start_waiters(folder, waiters)
    owner.kill()
    owner.communicate()
    assert_one_run(folder, [each.answer() for each in waiting])


def stopped_owner(folder: Path, waiters: int) -> None:
    """Who waits for a process that is stopped ends by Ctrl-C; that one goes on later, unharmed."""
    owner = start_owner(folder)
    owner.send_signal(signal.SIGSTOP)
    waiting = start_waiters(folder, waiters)
    for each in waiting:
        each.process.send_signal(signal.SIGINT)
    assert [each.answer() for each in waiting] == [(130, "")] * waiters
    owner.send_signal(signal.SIGCONT)
    owner.communicate()
    assert owner.returncode == 0
    assert_only_run(folder)


def refusals(folder: Path, count: int) -> None:
    """A run that begins while others are refused in the same new folder is made all the same."""
    refused = [start(folder, *_REFUSED) for _ in range(count)]
    made = start(folder)
    assert [each.answer()[0] for each in refused] == [2] * count
    assert made.answer()[0] == 0
    assert_only_run(folder)


def main() -> None:
    """Check each promise, and print a line for it."""
    heed_signals()
    parser = argparse.ArgumentParser(description="Starts many processes at the same time.")
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--waiters", type=int, default=5)
    options = parser.parse_args()
    for check, count in (
        (same_run, options.processes),
        (different_runs, options.processes),
        (refusals, options.processes),
        (killed_owner, options.waiters),
        (stopped_owner, options.waiters),
    ):
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            check(Path(folder), count)
        sys.stdout.write(f"{check.__name__} {count}: held, {time.perf_counter() - started:.0f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
