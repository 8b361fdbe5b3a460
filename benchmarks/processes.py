"""Whole processes, cold: `regress run` against programs that import, train once, and save a plot."""

import sys
import tempfile

from comparison import Comparison
from grid import Grid
from places import REGRESS
from programs import ENGINES, programs
from settings import Settings
from timing import Command, interleave
from workloads import WORKLOAD_NAMES, config_of, prepare_workload

ROUNDS = 3
# What part of a program's time `regress run` may take, on every workload.
MOST = {"JAX": 0.6, "PyTorch": 0.2}


def measure(settings: Settings) -> list[Comparison | Grid]:
    """Time the processes from start to end; each begins in an empty folder."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for position, workload in enumerate(WORKLOAD_NAMES):
            print(f"  {workload} ...", file=sys.stderr, flush=True)
            commands: dict[str, Command] = {"regress run": _regress_run(workload)}
            path = prepare_workload(workload, folder)
            for program, command in programs(workload, path, settings.peers_python).items():
                if program not in ENGINES:
                    commands[program] = [*command, "--process"]
            # What has to be read from the disk once has been read after the first workload.
            samples = interleave(commands, settings.rounds, warm_up=position == 0)
            seconds[workload] = {
                program: [sample.seconds for sample in rounds] for program, rounds in samples.items()
            }
    return [*_held_to_bars(seconds), Grid("Seconds of a whole process", seconds)]


def _regress_run(workload: str) -> list[str]:
    return [REGRESS, "run", "--quiet", str(config_of(workload)), "plots.pictures=[fit]"]


def _held_to_bars(seconds: dict[str, dict[str, list[float]]]) -> list[Comparison]:
    return [
        Comparison(
            "processes",
            f"`regress run` {workload} / {program}",
            "s",
            row["regress run"],
            row[program],
            most=most,
        )
        for program, most in MOST.items()
        for workload, row in seconds.items()
    ]
