"""Whole processes, cold: `regress run` against programs that import, train once, and save a plot."""

import sys
import tempfile
from functools import cache

from comparison import Comparison
from grid import Grid
from places import REGRESS
from programs import programs
from settings import Settings
from timing import Command, interleave
from workloads import accepts, config_of, prepare_workload, workload_names

ROUNDS = 3
# What part of a program's time `regress run` may take, on every workload.
MOST = {"JAX": 0.6, "PyTorch": 0.2}

_ONE_PLOT = "plots.pictures=[fit]"


def measure(settings: Settings) -> list[Comparison | Grid]:
    """Time the processes from start to end; each begins in an empty folder."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for position, workload in enumerate(workload_names()):
            print(f"  {workload} ...", file=sys.stderr, flush=True)
            commands: dict[str, Command] = {"regress run": [*_regress_run(workload), *_plots()]}
            path = prepare_workload(workload, folder)
            for program, command in programs(workload, path, settings.peers_python).items():
                if program != "regress":
                    commands[program] = [*command, "--process"]
            # What has to be read from the disk once has been read after the first workload.
            samples = interleave(commands, settings.rounds, warm_up=position == 0)
            seconds[workload] = {
                program: [sample.seconds for sample in rounds] for program, rounds in samples.items()
            }
    return [*_held_to_bars(seconds), Grid("Seconds of a whole process", seconds)]


def _regress_run(workload: str) -> list[str]:
    return [REGRESS, "run", "--quiet", str(config_of(workload))]


@cache
def _plots() -> list[str]:
    """Return the override for one plot; without that key, regress draws its three."""
    if accepts(_ONE_PLOT):
        return [_ONE_PLOT]
    print(
        "  this regress does not know plots.pictures: it draws three plots, the others one", file=sys.stderr
    )
    return []


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
