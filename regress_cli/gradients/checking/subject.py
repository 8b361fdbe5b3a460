"""What is put to the test: a scalar function of named arrays, and the gradient that is claimed for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.flat import Layout, Params
from regress_cli.gradients.checking.sample import Probe

Value = Callable[[Params], Any]
Gradient = Callable[[Params], Mapping[str, Any]]


class Unmeasurable(Exception):
    """The function gives nothing that can be measured. The text says why."""


@dataclass(frozen=True)
class Subject:
    """A function and its claimed gradient.

    Attributes:
        value: Takes named float64 arrays and returns a single real number.
        gradient: Takes the same and returns an array of the same shape for each name.
        is_analytic: Whether the function may be tried at complex arguments.
        is_asked_nearby: Whether the gradient may be asked at other points too; each time may take long.
    """

    value: Value
    gradient: Gradient
    is_analytic: bool = True
    is_asked_nearby: bool = True


class Line:
    """The function along straight lines from a point, as a function of one number.

    Attributes:
        point: The flat parameters, shape (p,).
        center: The function's value there.
        largest: The largest value met around the point, in size; rounding is relative to it.
        evaluations: How often the function was called.
    """

    def __init__(self, value: Value, layout: Layout, point: np.ndarray) -> None:
        self._value, self._layout = value, layout
        self.point = point
        self.evaluations = 0
        self.largest = 0.0
        self.center = self.at(0.0, np.zeros(0, dtype=int), np.zeros(0))

    def at(self, step: float, positions: np.ndarray, direction: np.ndarray) -> float:
        """Return the function's value at ``point + step * direction``, nan where there is none.

        Args:
            step: How far to go.
            positions: Which parameters move, shape (k,).
            direction: How much each of them does, shape (k,).
        """
        try:
            value = self._evaluate(self._moved(step, positions, direction))
        except Unmeasurable:
            raise
        except Exception:  # noqa: BLE001 - beside the point, outside its domain, a function may raise anything.
            return np.nan
        if value.dtype.kind not in "fiub":
            raise Unmeasurable(f"the function gives numbers of the kind {value.dtype}, not real ones")
        number = float(value.reshape(()))
        if np.isfinite(number) and abs(step) <= 1:
            self.largest = max(self.largest, abs(number))
        return number

    def complex_at(self, step: float, positions: np.ndarray, direction: np.ndarray) -> complex:
        """Return the function's value at ``point + i * step * direction``."""
        return complex(self._evaluate(self._moved(1j * step, positions, direction)).reshape(()))

    def along(self, probe: Probe) -> Callable[[float], float]:
        """Return the function of one number that it is along a probe."""
        return lambda step: self.at(step, probe.positions, probe.direction)

    def complex_along(self, probe: Probe) -> Callable[[float], complex]:
        """Return the same at imaginary steps."""
        return lambda step: self.complex_at(step, probe.positions, probe.direction)

    def moved_to(self, step: float, positions: np.ndarray, direction: np.ndarray) -> "Line":
        """Return the lines from the point ``point + step * direction``."""
        return Line(self._value, self._layout, self._moved(step, positions, direction))

    def _moved(self, step: complex, positions: np.ndarray, direction: np.ndarray) -> np.ndarray:
        moved = self.point.astype(complex) if isinstance(step, complex) else self.point.copy()
        moved[positions] += step * direction
        return moved

    def _evaluate(self, vector: np.ndarray) -> np.ndarray:
        self.evaluations += 1
        value = np.asarray(self._value(self._layout.unflatten(vector)))
        if value.size != 1:
            raise Unmeasurable(f"the function gives an array of shape {value.shape}, not a single number")
        return value
