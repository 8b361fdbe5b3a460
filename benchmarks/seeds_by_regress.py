"""Trains the first seeds of a config as stacks, in turn with single trainings. Arguments: config, replicas.

Prints the microseconds that a step of one replica takes: ``stacked``, and ``alone``.
"""

import json
import sys
import time
from collections.abc import Iterable
from itertools import pairwise

from regress_cli import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Fit, Problem, StackedFit, replicas_at_once

# So many single trainings are enough to know what one takes.
_SINGLE = 8


def main() -> None:
    """Print the figures of whole trainings, after short ones that warm everything up."""
    config, count = sys.argv[1], int(sys.argv[2])
    stacked(config, count, "training.steps=100")
    alone(config, "training.steps=100")
    print(json.dumps({"stacked": stacked(config, count), "alone": alone(config)}))


def stacked(config: str, count: int, *overrides: str) -> float:
    """Return the microseconds of a step of a replica, in as many stacks as `regress run --seeds` makes."""
    problems = [problem_of(config, seed, *overrides) for seed in range(count)]
    started = time.perf_counter()
    stacks = -(-count // replicas_at_once(problems[0]))
    ends = [count * k // stacks for k in range(stacks + 1)]
    for start, end in pairwise(ends):
        trained(StackedFit(problems[start:end]))
    return 1e6 * (time.perf_counter() - started) / count / problems[0].steps


def alone(config: str, *overrides: str) -> float:
    """Return the microseconds of a step of a training by itself."""
    problems = [problem_of(config, seed, *overrides) for seed in range(_SINGLE)]
    started = time.perf_counter()
    for problem in problems:
        trained(Fit(problem))
    return 1e6 * (time.perf_counter() - started) / _SINGLE / problems[0].steps


def problem_of(config: str, seed: int, *overrides: str) -> Problem:
    """Return the problem of a seed."""
    return make_plan(load_config(config, [*overrides, f"seed={seed}"])).problem


def trained(fit: Iterable[object]) -> None:
    """Train to the end."""
    for _ in fit:
        pass


if __name__ == "__main__":
    main()
