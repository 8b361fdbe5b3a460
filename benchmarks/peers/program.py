"""What all programs have in common: their arguments, the clock, and what a whole process leaves behind.

A program is started as ``python program.py WORKLOAD.npz`` and prints one JSON line with its time a step;
with ``--process`` it does the job once, cold, and leaves parameters and a plot in the current folder.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from workload import Workload

Params = list[np.ndarray]
# From a number of steps to the parameters after them, each time from the same start.
Train = Callable[[int], Params]

# Short trainings are repeated until they have taken this long together.
_LEAST_SECONDS = 0.5


def run_program(build: Callable[[Workload], Train], *, whole_epochs: bool = False) -> None:
    """Time the training that ``build`` makes, or do the whole job once.

    Args:
        build: Brings the workload into the library's form.
        whole_epochs: Round numbers of steps up to whole epochs, for what can't stop within one.
    """
    workload = Workload.load(sys.argv[1])
    train = build(workload)
    unit = len(workload.target) // workload.rows.shape[1] if whole_epochs and workload.rows is not None else 1
    steps, first = (-(-count // unit) * unit for count in (workload.steps, workload.steps // 10))
    if "--process" in sys.argv[2:]:
        _leave_results(workload, train(steps))
    else:
        print(json.dumps(_time_steps(workload, train, steps, first)))


def _time_steps(workload: Workload, train: Train, steps: int, first: int) -> dict[str, float]:
    """Return the microseconds of a step: all steps less the first tenth, over the number of the others.

    Taking the first tenth off takes off whatever a training costs once: recording, transfers, the start of
    a compiled program. Both trainings are run once before the clock counts, so compiling is outside too.
    """
    train(first)
    params = train(steps)
    started, cpu_started = time.perf_counter(), time.process_time()
    totals, differences = [], []
    while not totals or time.perf_counter() - started < _LEAST_SECONDS:
        short, total = _seconds(train, first), _seconds(train, steps)
        totals.append(total)
        differences.append((total - short) / (steps - first))
    elapsed = time.perf_counter() - started
    return {
        "microseconds": 1e6 * median(differences),
        "loss": workload.loss(params),
        "seconds": median(totals),
        "cores": (time.process_time() - cpu_started) / elapsed,
    }


def _seconds(train: Train, steps: int) -> float:
    started = time.perf_counter()
    train(steps)
    return time.perf_counter() - started


def _leave_results(workload: Workload, params: Params) -> None:
    """Save the parameters and one plot: the fit of a single input, else predictions against targets."""
    from matplotlib.figure import Figure

    np.savez("params.npz", *params)
    figure = Figure(figsize=(7.0, 4.8))
    axes = figure.subplots()
    prediction = workload.predict(params)
    if workload.x is None:
        axes.plot(workload.target, prediction, ".")
        axes.set(xlabel="target", ylabel="prediction")
    else:
        axes.plot(workload.x, workload.target, ".", label="data")
        axes.plot(workload.x, prediction, label="fit")
        axes.set(xlabel="x", ylabel="target")
        axes.legend()
    figure.savefig("fit.png", dpi=150)
