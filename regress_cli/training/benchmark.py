"""How long a training step takes with each engine, and whether all take the same step."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from regress_cli.config.schema import NAMES_OF_SOLVERS
from regress_cli.errors import ConfigError, TapeError
from regress_cli.tape import NotRecordable
from regress_cli.tape.compiled import NotCompilable
from regress_cli.training.problem import Problem
from regress_cli.training.tape_engine import TapeDiffers
from regress_cli.training.walk import ENGINES, Walk

# The engine that the others are held against.
REFERENCE = "eager"
# The engines run in turn for so long each, so that a slow moment of the machine slows all of them.
_TURN_SECONDS = 0.05
_MOST_STEPS = 1_000_000
# The parameters of the engines are compared after so many steps.
_COMPARED_STEPS = 100
# Beyond this, relative to the largest parameter, a difference is no rounding. Along a hundred steps
# rounding may grow, so the limit is generous.
_ALLOWED_DIFFERENCE = {"float64": 1e-6, "float32": 1e-2}


@dataclass(frozen=True)
class EngineTimes:
    """Of one engine.

    Attributes:
        seconds: Of a step, gradient and update together, one number a round.
        difference: The largest difference of a parameter from the reference's, relative to the largest.
    """

    seconds: tuple[float, ...]
    difference: float

    @property
    def median(self) -> float:
        """The median over the rounds."""
        return median(self.seconds)


@dataclass(frozen=True)
class Benchmark:
    """The engines side by side.

    Attributes:
        engines: What was measured of each; the reference is the first.
        steps: How many steps the whole training has.
        compared_steps: After how many steps the parameters were compared.
        missing: Why an engine can't be used here, by its name.
        agrees: Whether all parameters were the same but for rounding.
    """

    engines: Mapping[str, EngineTimes]
    steps: int
    compared_steps: int
    missing: Mapping[str, str]
    agrees: bool


def compare_engines(problem: Problem, rounds: int) -> Benchmark:
    """Time the steps of a training with each engine in turn.

    Args:
        problem: What is trained; nothing is written and nothing is kept.
        rounds: How often each engine has its turn.

    Raises:
        ConfigError: the optimizer takes no steps, or diverges at once.
        TapeError: the objective can't be replayed.
    """
    kind = problem.experiment.optimizer.kind
    if kind in NAMES_OF_SOLVERS:
        raise ConfigError(
            f"optimizer.kind: {NAMES_OF_SOLVERS[kind]} takes no steps to time; give optimizer.kind=sgd"
        )
    with np.errstate(all="ignore"):
        params, missing = _params_after(problem, min(problem.steps, _COMPARED_STEPS))
        seconds: dict[str, list[float]] = {engine: [] for engine in params}
        for _ in range(rounds):
            for engine, samples in seconds.items():
                samples.append(_seconds_a_step(problem, engine))
    engines = {
        engine: EngineTimes(tuple(samples), _difference(params[REFERENCE], params[engine]))
        for engine, samples in seconds.items()
    }
    allowed = _ALLOWED_DIFFERENCE[problem.dtype.name]
    has_failed = ENGINES.keys() - engines.keys() - {"compiled"}
    agrees = not has_failed and all(times.difference <= allowed for times in engines.values())
    return Benchmark(engines, problem.steps, min(problem.steps, _COMPARED_STEPS), missing, agrees)


def _params_after(problem: Problem, step: int) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return the parameters by engine after some steps, and why an engine has none."""
    params, missing = {}, {}
    for engine in ENGINES:
        try:
            walk = _walk_to(problem, engine, step)
        except NotCompilable as reason:
            missing[engine] = str(reason)
            continue
        except TapeDiffers:
            missing[engine] = "its gradients are not those of autograd; please report this"
            continue
        except NotRecordable as reason:
            raise TapeError(f"there is one engine alone, for no tape can be used: {reason}") from reason
        _refuse_divergence(walk)
        params[engine] = walk.state.params
    return params, missing


def _refuse_divergence(walk: Walk) -> None:
    if walk.divergence is not None:
        seen = walk.divergence
        raise ConfigError(
            f"optimizer.step_size: there are no steps to time, for training diverges at step {seen.step:,} "
            f"({seen.quantity}); give a smaller one"
        )


def _walk_to(problem: Problem, engine: str, step: int) -> Walk:
    """Return a walk that has come to a step, or to where training diverges."""
    walk = Walk(problem, None, engine)
    is_there = False
    while not is_there and walk.divergence is None:
        if walk.state.step < step:
            walk.go_on(step)
        else:
            is_there = walk.look() is not None
    return walk


def _seconds_a_step(problem: Problem, engine: str) -> float:
    """Return the mean over the steps of a short turn; the first ones, with the recording, do not count."""
    walk = _walk_to(problem, engine, min(problem.steps // 10, 20))
    first, started = walk.state.step, time.perf_counter()
    # Training goes on past its end, so that a short one can be timed too.
    while walk.divergence is None and time.perf_counter() - started < _TURN_SECONDS:
        walk.go_on(walk.state.step + _MOST_STEPS)
    return (time.perf_counter() - started) / max(walk.state.step - first, 1)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    if np.array_equal(one, other, equal_nan=True):
        return 0.0
    return float(np.abs(one - other).max() / np.abs(one).max())
