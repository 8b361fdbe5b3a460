"""Many runs: a sweep against a shell loop, two workers against one, a point against its own training."""

import json
from statistics import median
from typing import Any

from comparison import Comparison
from places import CONFIGS, HERE, PYTHON, REGRESS
from settings import Settings
from timing import interleave

ROUNDS = 3
_RUNS, _FEW = 200, 50
# The loop is measured on so many calls, and its time multiplied: each begins anew, and helps no other.
_CALLS = 20
# What a point may take beside its training, in milliseconds.
_OVERHEAD = 20.0


def measure(settings: Settings) -> list[Comparison]:
    """Time 200 runs of linear.yaml in each way; each begins in an empty folder."""
    config = str(CONFIGS / "linear.yaml")
    program = [PYTHON, str(HERE / "sweeps_by_regress.py"), config]
    ways = {"one job": ["1"], "two jobs": ["2"], "two workers": ["2", "dask"]}
    commands = {
        "sweep": [REGRESS, "sweep", "--quiet", config, f"seed=0..{_RUNS - 1}"],
        "loop": ["sh", "-c", _loop(config)],
        "loop without pictures": ["sh", "-c", _loop(config, "plots.pictures=[]")],
    }
    for name, way in ways.items():
        commands |= {f"{name}, {count}": [*program, str(count), *way] for count in (_FEW, _RUNS)}
    samples = interleave(commands, settings.rounds, warm_up=False)
    sweep = [sample.seconds for sample in samples["sweep"]]
    loop, bare = (
        [_RUNS / _CALLS * sample.seconds for sample in samples[name]]
        for name in ("loop", "loop without pictures")
    )
    told = {name: [json.loads(one.stdout) for one in samples[name]] for name in commands if "," in name}
    points = {name: _milliseconds(told[f"{name}, {_FEW}"], told[f"{name}, {_RUNS}"]) for name in ways}
    training = [1e3 * one["training"] for one in told[f"one job, {_RUNS}"]]
    overheads = [point - own for point, own in zip(points["one job"], training, strict=True)]
    limit = [_OVERHEAD] * settings.rounds
    beside = f"a point beside its training of {median(training):.0f} ms / the limit"
    return [
        Comparison("sweeps", f"a sweep of {_RUNS} runs / a shell loop", "s", sweep, loop, least_times=20.0),
        Comparison("sweeps", "the same / a loop without pictures", "s", sweep, bare),
        Comparison(
            "sweeps",
            "a point, 2 jobs / 1 job",
            "ms",
            points["two jobs"],
            points["one job"],
            least_times=1.7,
        ),
        Comparison("sweeps", beside, "ms", overheads, limit, most=1.0),
        Comparison(
            "sweeps", "a point, 2 workers of Dask's / 2 jobs", "ms", points["two workers"], points["two jobs"]
        ),
    ]


def _milliseconds(few: list[dict[str, Any]], many: list[dict[str, Any]]) -> list[float]:
    """Return what each further point takes: what is paid once, such as imports, is in both."""
    seconds = [more["seconds"] - less["seconds"] for less, more in zip(few, many, strict=True)]
    return [1e3 * one / (_RUNS - _FEW) for one in seconds]


def _loop(config: str, *overrides: str) -> str:
    """Return a loop as one would write it in a shell."""
    quoted = " ".join(f"'{override}'" for override in overrides)
    return (
        f"for seed in $(seq {_CALLS}); do '{REGRESS}' run -q '{config}' seed=$seed {quoted} || exit 1; done"
    )
