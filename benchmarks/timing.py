"""Running programs side by side: A B A B ..., so that a slow minute of the machine slows both.

This module and those that import it use the standard library alone. That keeps this process small, which
matters: Linux counts the size of a parent into the peak memory of the processes that it starts.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The same for every program, so that no side wins by using more cores. NPROC is what JAX's runtime heeds;
# jaxlib 0.10 takes no notice of the XLA_FLAGS that did this once.
THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",
    "POLARS_MAX_THREADS": "2",
}
_NOT_FOR_PROGRAMS = {"PYTHONDONTWRITEBYTECODE"}

Command = Sequence[str]


@dataclass(frozen=True)
class Sample:
    """One run of a program: its wall time, its peak resident memory, and what it printed."""

    seconds: float
    peak_bytes: int
    stdout: str


def interleave(
    commands: Mapping[str, Command], rounds: int, *, warm_up: bool = True
) -> dict[str, list[Sample]]:
    """Run each command once for warm-up, unless told not to, then all of them in turn, ``rounds`` times."""
    if warm_up:
        for command in commands.values():
            run_once(command)
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            samples[name].append(run_once(command))
    return samples


def run_once(command: Command) -> Sample:
    """Run a command in a new empty folder, which is its current one, and measure it.

    Raises:
        RuntimeError: the command failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout as pipe:
            stdout = pipe.read()
        # wait4 tells the peak memory of this one process; ru_maxrss is in KiB on Linux.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode} of: {' '.join(command)}")
    return Sample(seconds, usage.ru_maxrss * 1024, stdout)


def _environment() -> dict[str, str]:
    """Return what the programs find in their environment.

    Python may keep what it has compiled, as an installation does for all libraries: else a package that is
    installed from its source folder is compiled anew in each process, and no other one is.
    """
    return {name: value for name, value in os.environ.items() if name not in _NOT_FOR_PROGRAMS} | THREADS
