"""What the programs that fit curves have in common: problems, the clock, and what a process leaves behind.

A program is started as ``python program.py PROBLEM ROWS`` and prints one JSON line; as
``python program.py PROBLEM TABLE.csv --process`` it reads the table, fits once, cold, and saves one plot.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

_LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class Curve:
    """A problem: the curve as text and as a function, where it starts, and what the data were drawn from."""

    expression: str
    function: Callable[..., Any]
    start: dict[str, float]
    truth: dict[str, float]

    def data(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y, the same for every program."""
        rng = np.random.default_rng(1)
        x = np.linspace(0.0, 10.0, rows)
        return x, self.function(x, *self.truth.values()) + rng.normal(0.0, 0.05, rows)


CURVES = {
    "decay": Curve(
        "a*exp(-k*x) + c",
        lambda x, a, k, c: a * np.exp(-k * x) + c,
        {"a": 1.0, "k": 1.0, "c": 0.0},
        {"a": 3.0, "k": 0.4, "c": 1.0},
    ),
    "peak": Curve(
        "h*exp(-((x - m)/s)**2/2) + b + d*x",
        lambda x, h, m, s, b, d: h * np.exp(-(((x - m) / s) ** 2) / 2) + b + d * x,
        {"h": 1.0, "m": 4.0, "s": 1.0, "b": 0.0, "d": 0.0},
        {"h": 2.0, "m": 5.0, "s": 0.7, "b": 1.0, "d": 0.1},
    ),
}


@dataclass(frozen=True)
class Found:
    """What a fit found: its estimates, their standard errors, and how often it evaluated the curve."""

    estimates: list[float]
    errors: list[float]
    evaluations: int


# From a problem and its data to a fit.
Fit = Callable[[Curve, np.ndarray, np.ndarray], Callable[[], Found]]


def run_fit(build: Fit) -> None:
    """Print the milliseconds of a fit, warm, and what it found; or do the whole job once.

    ``build`` brings the problem into the library's form, which does not count.
    """
    curve = CURVES[sys.argv[1]]
    if "--process" in sys.argv[3:]:
        x, y = np.loadtxt(sys.argv[2], delimiter=",", skiprows=1, unpack=True)
        _plot(curve, x, y, build(curve, x, y)().estimates)
        return
    fit = build(curve, *curve.data(int(sys.argv[2])))
    found = fit()
    times: list[float] = []
    while sum(times) < _LEAST_SECONDS or len(times) < 5:
        started = time.perf_counter()
        fit()
        times.append(time.perf_counter() - started)
    print(json.dumps({"milliseconds": 1e3 * median(times), **vars(found)}))


def _plot(curve: Curve, x: np.ndarray, y: np.ndarray, estimates: list[float]) -> None:
    """Save one plot, as a script does, and print the estimates."""
    import matplotlib.pyplot as plt

    plt.plot(x, y, ".", label="data")
    plt.plot(x, curve.function(x, *estimates), label="fit")
    plt.legend()
    plt.savefig("fit.png", dpi=150)
    print(estimates)
