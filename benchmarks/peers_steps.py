"""A training step, warm: regress against autograd, PyTorch, JAX, scikit-learn and NumPy by hand."""

import json
import sys
import tempfile
from collections.abc import Mapping
from statistics import median

from comparison import Comparison
from grid import Grid
from programs import ENGINES, has_same_start, programs
from settings import Settings
from timing import Sample, interleave
from workloads import WORKLOAD_NAMES, prepare_workload

ROUNDS = 3

# How many times regress's time a program must take at least, and what part of its time regress may take.
LEAST_TIMES = {
    ("line", "autograd"): 50,
    ("polynomial", "autograd"): 50,
    ("mlp-relu", "autograd"): 35,
    ("mlp-relu", "PyTorch"): 14,
    ("mlp-batch-32", "autograd"): 50,
}
MOST = {("mlp-relu", "JAX"): 1.3, ("mlp-batch-32", "JAX"): 2.2, ("mlp-wide-float32", "JAX"): 1.15}

# The largest relative difference of two final losses. Programs add in different orders: seen are 1e-10 and
# less in float64, after 5000 steps with tanh, and 4e-5 in float32.
_LARGEST_DIFFERENCE = {"float64": 1e-6, "float32": 1e-3}
# More than this many cores at work would be no comparison. The two clocks of a busy virtual machine disagree:
# up to 1.2 is seen for a single thread, 2.0 for two.
_MOST_CORES = 1.5

Results = dict[str, list[dict[str, float]]]


def measure(settings: Settings) -> list[Comparison | Grid]:
    """Time every program on every workload, in turn; refuse where they do not reach the same loss."""
    microseconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for workload in WORKLOAD_NAMES:
            print(f"  {workload} ...", file=sys.stderr, flush=True)
            commands = programs(workload, prepare_workload(workload, folder), settings.peers_python)
            # Each program warms itself up.
            results = _parsed(interleave(commands, settings.rounds, warm_up=False))
            _require_agreement(workload, results)
            _require_one_core(workload, results)
            microseconds[workload] = {
                program: [result["microseconds"] for result in rounds] for program, rounds in results.items()
            }
    return [*_held_to_bars(microseconds), Grid("Microseconds a step", microseconds)]


def _parsed(samples: Mapping[str, list[Sample]]) -> Results:
    return {program: [json.loads(sample.stdout) for sample in rounds] for program, rounds in samples.items()}


def _require_agreement(workload: str, results: Results) -> None:
    """Refuse to compare programs that did not do the same work."""
    allowed = _LARGEST_DIFFERENCE["float32" if workload.endswith("float32") else "float64"]
    expected = results["regress, tape"][0]["loss"]
    for program, rounds in results.items():
        loss = rounds[0]["loss"]
        # A loss that is not a number agrees with none.
        if has_same_start(program) and not abs(loss - expected) <= allowed * expected:
            raise RuntimeError(f"{workload}: {program} ends at loss {loss}, regress at {expected}")


def _require_one_core(workload: str, results: Results) -> None:
    """Refuse to compare programs that used more than one core."""
    for program, rounds in results.items():
        cores = median(result["cores"] for result in rounds)
        if cores > _MOST_CORES:
            raise RuntimeError(f"{workload}: {program} used {cores:.2f} cores; pin its threads")


def _held_to_bars(microseconds: Mapping[str, Mapping[str, list[float]]]) -> list[Comparison]:
    """Return each pair that has a bar, with each engine."""
    return [
        Comparison(
            "peers",
            f"{engine}: a step of {workload} / {program}",
            "us",
            microseconds[workload][engine],
            microseconds[workload][program],
            most=MOST.get((workload, program)),
            least_times=LEAST_TIMES.get((workload, program)),
        )
        for workload, program in [*LEAST_TIMES, *MOST]
        for engine in ENGINES
        if engine in microseconds[workload]
    ]
