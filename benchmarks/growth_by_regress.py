"""Trains mlp-relu.yaml with regress. Arguments: rows, steps. Prints the seconds of training and of a step."""

import json
import sys
import time

from places import WORKLOADS

from regress_cli import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Fit, Problem


def main() -> None:
    """Print ``total``, the seconds of all steps, and ``step``, those of one after the first fifth."""
    rows, steps = map(int, sys.argv[1:])
    first = steps // 5
    short, whole = problem(rows, first), problem(rows, steps)
    seconds(short)
    first_total, total = seconds(short), seconds(whole)
    print(json.dumps({"total": total, "step": (total - first_total) / (steps - first)}))


def problem(rows: int, steps: int) -> Problem:
    """Return the workload with other numbers of rows and steps; metrics are taken at the ends alone."""
    overrides = [f"data.n={rows}", f"training.steps={steps}", f"training.record_every={steps}"]
    return make_plan(load_config(WORKLOADS / "mlp-relu.yaml", overrides)).problem


def seconds(problem: Problem) -> float:
    """Return the seconds of a whole training."""
    started = time.perf_counter()
    for _ in Fit(problem):
        pass
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
