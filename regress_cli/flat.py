"""Named arrays as one flat vector, and back, in the order of the names."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

# Arrays by name; the order of the names is the order of the vector.
Params = dict[str, np.ndarray]


@dataclass(frozen=True)
class Layout:
    """Where each named array lies in the vector.

    >>> layout = Layout.of({"w": np.zeros((2, 1)), "b": np.zeros(())})
    >>> layout.unflatten(np.array([1.0, 2.0, 3.0]))["b"]
    array(3.)
    """

    shapes: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, params: Params) -> "Layout":
        """Return the layout of ``params``."""
        return cls({name: np.shape(value) for name, value in params.items()})

    @cached_property
    def _stretches(self) -> dict[str, tuple[slice, tuple[int, ...]]]:
        """Where each array begins and ends; worked out once, for every step needs it."""
        ends = list(accumulate(math.prod(shape) for shape in self.shapes.values()))
        starts = [0, *ends]
        return {
            name: (slice(start, end), shape)
            for (name, shape), start, end in zip(self.shapes.items(), starts, ends, strict=False)
        }

    @cached_property
    def positions(self) -> dict[str, np.ndarray]:
        """The places of each array's numbers in the vector."""
        return {
            name: np.arange(stretch.start, stretch.stop) for name, (stretch, _) in self._stretches.items()
        }

    def flatten(self, params: Params) -> np.ndarray:
        """Return all numbers as a new vector of shape (p,)."""
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def unflatten(self, vector: np.ndarray) -> Params:
        """Return the named arrays as views of ``vector``."""
        return {name: vector[stretch].reshape(shape) for name, (stretch, shape) in self._stretches.items()}

    def owner(self, position: int) -> str:
        """Return the name of the array that holds a position of the vector."""
        for name, (stretch, _) in self._stretches.items():
            if stretch.start <= position < stretch.stop:
                return name
        raise IndexError("the position lies beyond the vector")
