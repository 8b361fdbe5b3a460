"""Ends runs at random moments, and checks after each that the promise about run folders holds.

Usage: python tests/faults/kill.py [--kills 200] [--seed 1] [--jobs 2]

Ends with exit code 1 if it does not hold once.
"""

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))
# Many processes run beside one another; all of them have the same number of threads, and so the same bits.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from attempt import Outcome, attempt, undisturbed
from endings import draw_ending
from processes import heed_signals

# How often the undisturbed run makes each call at least; a number that is not reached ends nothing.
COUNTS = {
    "picture": 2,
    "make_folder": 3,
    "open_new": 9,
    "open_folder": 4,
    "open_place": 1,
    "write": 9,
    "sync": 13,
    "close": 13,
    "rename": 10,
    "remove_file": 9,
}


def outcomes(kills: int, seed: int, jobs: int) -> Iterable[Outcome]:
    """Yield what came of each ending."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        seconds, expected = undisturbed(Path(folder))
    endings = [draw_ending(number, rng, seconds, COUNTS) for number in range(kills)]
    # A worker is a process of its own, for the command line is called in it.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(attempt, endings, [expected] * kills)


def main() -> None:
    """Print each fault, then how the runs ended and what they left."""
    heed_signals()
    parser = argparse.ArgumentParser(description="Ends runs at random moments, and checks what is left.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    options = parser.parse_args()
    done = []
    for outcome in outcomes(options.kills, options.seed, options.jobs):
        done.append(outcome)
        if outcome.fault:
            sys.stdout.write(f"FAULT {outcome.fault}\n")
            sys.stdout.flush()
    for title, values in (
        ("how", [outcome.kind for outcome in done]),
        ("exit code", [outcome.exit_code for outcome in done]),
        ("left", [outcome.state for outcome in done]),
    ):
        table = ", ".join(f"{value}: {count}" for value, count in sorted(Counter(values).items()))
        sys.stdout.write(f"{title}: {table}\n")
    faults = sum(bool(outcome.fault) for outcome in done)
    sys.stdout.write(f"{len(done)} kills, {faults} faults\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
