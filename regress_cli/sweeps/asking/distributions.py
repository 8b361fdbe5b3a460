"""Random values of a parameter, by the names that sweep files of Weights & Biases use.

Source of the names: the sweep configuration's reference of W&B, section "distribution options".
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from regress_cli.sweeps.asking.parameter import Parameter

Draw = Callable[[np.random.Generator, Parameter], Any]


def draw(rng: np.random.Generator, parameter: Parameter) -> Any:
    """Return a value of a parameter, as plain Python numbers."""
    if parameter.values is not None:
        return parameter.values[int(rng.integers(len(parameter.values)))]
    return DISTRIBUTIONS[parameter.distribution or "uniform"](rng, parameter)


def _log_uniform(rng: np.random.Generator, p: Parameter) -> float:
    """Draw from min to max so that each factor is as likely as any other."""
    return min(max(math.exp(rng.uniform(math.log(p.low), math.log(p.high))), p.low), p.high)


DISTRIBUTIONS: dict[str, Draw] = {
    "uniform": lambda rng, p: float(rng.uniform(p.low, p.high)),
    "int_uniform": lambda rng, p: int(rng.integers(int(p.low), int(p.high), endpoint=True)),
    "q_uniform": lambda rng, p: float(round(rng.uniform(p.low, p.high) / p.q) * p.q),
    "log_uniform_values": _log_uniform,
    "normal": lambda rng, p: float(rng.normal(p.mu, p.sigma)),
    "log_normal": lambda rng, p: float(rng.lognormal(p.mu, p.sigma)),
}
