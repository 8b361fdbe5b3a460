"""Named arrays as one flat vector, and back, in the order of the names."""

from dataclasses import dataclass

import numpy as np

from regress_cli.models import Params


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

    def flatten(self, params: Params) -> np.ndarray:
        """Return all numbers as a new vector of shape (p,)."""
        return np.concatenate([np.ravel(params[name]) for name in self.shapes])

    def unflatten(self, vector: np.ndarray) -> Params:
        """Return the named arrays as views of ``vector``."""
        params, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + int(np.prod(shape))
            params[name] = vector[start:stop].reshape(shape)
            start = stop
        return params

    def owner(self, position: int) -> str:
        """Return the name of the array that holds a position of the vector."""
        for name, shape in self.shapes.items():
            position -= int(np.prod(shape))
            if position < 0:
                return name
        raise IndexError("the position lies beyond the vector")
