"""The problems of NIST's Statistical Reference Datasets, from the files in ``nist/``."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "nist"


@dataclass(frozen=True)
class NistProblem:
    """A problem and its certified values.

    Attributes:
        name: As NIST names it.
        text: The file, for those who take its numbers as decimals.
    """

    name: str
    text: str

    @cached_property
    def record(self) -> dict[str, Any]:
        """The file's fields."""
        return json.loads(self.text)

    def exact(self, number: Callable[[str], Any]) -> dict[str, Any]:
        """Return the file's fields, each number made by ``number`` from its digits."""
        return json.loads(self.text, parse_float=number, parse_int=number)

    @property
    def certified(self) -> dict[str, Any]:
        """The certified values."""
        return self.record["certified"]

    @property
    def is_linear(self) -> bool:
        """Whether the model is linear in its parameters."""
        return "model" in self.record

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """The data, each column of shape (n,)."""
        return {name: np.array(values, dtype=float) for name, values in self.record["columns"].items()}

    @property
    def X(self) -> np.ndarray:
        """All columns but the target, shape (n, d)."""
        return np.column_stack([values for name, values in self.columns.items() if name != "y"])

    @property
    def y(self) -> np.ndarray:
        """The target, shape (n,)."""
        return self.columns["y"]

    @property
    def parameters(self) -> np.ndarray:
        """The certified parameters, shape (p,)."""
        return _values(self.certified["parameters"])

    @property
    def standard_deviations(self) -> np.ndarray:
        """The certified standard deviations of the parameters, shape (p,)."""
        return _values(self.certified["standard_deviations"])


def _values(numbers: Any) -> np.ndarray:
    return np.array(list(numbers.values()) if isinstance(numbers, dict) else numbers, dtype=float)


def digits(value: float, certified: float) -> float:
    """Return the log relative error: how many digits of the certified value are there, 15 at most.

    For a certified zero it is the log absolute error (McCullough 1998, doi:10.2307/2685442).
    """
    error = abs(value - certified) / (abs(certified) or 1.0)
    return 15.0 if error == 0 else min(-math.log10(error), 15.0)


PROBLEMS = {
    problem.name: problem
    for path in sorted(FOLDER.glob("*.json"))
    for text in [path.read_text(encoding="utf-8")]
    for problem in [NistProblem(json.loads(text)["name"], text)]
}
LINEAR = [problem for problem in PROBLEMS.values() if problem.is_linear]
NONLINEAR = [problem for problem in PROBLEMS.values() if not problem.is_linear]
