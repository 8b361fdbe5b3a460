"""What a model is, and what those that are linear in their parameters have in common."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from regress_cli.flat import Params
from regress_cli.scaling import Scaling


class Model(Protocol):
    """A function ``y = predict(params, X)`` with parameters to learn."""

    def init(self, rng: np.random.Generator) -> Params:
        """Return the parameters before training."""
        ...

    def features(self, X: np.ndarray) -> np.ndarray:
        """Return what `apply` takes for ``X`` of shape (n, d); computed once, outside training."""
        ...

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return predictions of shape (n,), in functions that autograd can differentiate."""
        ...

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return the arrays that an l2 penalty covers: weights, not intercepts and biases."""
        ...

    def in_data_units(self, params: Params, scaling: Scaling) -> Params:
        """Return the parameters that give the same predictions for unscaled X and y."""
        ...

    def parameter_names(self, params: Params) -> dict[str, list[str]]:
        """Return a readable name for every number of each parameter."""
        ...


class LinearInParameters(Model, Protocol):
    """A model whose prediction is linear in its coefficients, so that it has an exact optimum."""

    @property
    def intercept(self) -> bool:
        """Whether the first coefficient belongs to a column of ones."""
        ...

    def design(self, features: np.ndarray) -> np.ndarray:
        """Return the columns without the intercept's ones, shape (n, p)."""
        ...

    def units_map(self, scaling: Scaling) -> tuple[np.ndarray, np.ndarray]:
        """Return the matrix (p, p) and shift (p,) that take coefficients to those for unscaled X and y.

        For a model with an intercept only: without one, nothing is scaled.
        """
        ...

    def from_coefficients(self, coefficients: np.ndarray) -> Params:
        """Return the parameters that have these coefficients."""
        ...

    @property
    def exponents(self) -> tuple[tuple[int, ...], ...]:
        """Return the power of each feature in each coefficient's column, the intercept's first."""
        ...


def predict(model: Model, params: Params, X: np.ndarray) -> np.ndarray:
    """Return the model's predictions, of shape (n,), for ``X`` of shape (n, d)."""
    return model.apply(params, model.features(X))


def indexed_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """Return a name for every entry of an array, in C order.

    >>> indexed_names("W1", (1, 2))
    ['W1[0, 0]', 'W1[0, 1]']
    """
    return [f"{name}[{', '.join(map(str, index))}]" if index else name for index in np.ndindex(*shape)]
