"""The linear model ``y = X w + b``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.models.base import Params
from regress_cli.primitives import affine, matrix_vector
from regress_cli.scaling import Scaling


@dataclass(frozen=True)
class Linear:
    """``y = X w + b`` with w of shape (d,) and b of shape (), or without b.

    >>> model = Linear(("x",), intercept=True, init_kind="zeros")
    >>> model.apply({"w": np.array([4.0]), "b": np.array(10.0)}, np.array([[0.0], [1.0]]))
    array([10., 14.])
    """

    feature_names: tuple[str, ...]
    intercept: bool
    init_kind: str

    def init(self, rng: np.random.Generator) -> Params:
        """Return zeros, or standard normal numbers."""
        draw = rng.standard_normal if self.init_kind == "normal" else np.zeros
        params: Params = {"w": draw(len(self.feature_names))}
        if self.intercept:
            params["b"] = np.asarray(draw(()))
        return params

    def features(self, X: np.ndarray) -> np.ndarray:
        """Return ``X``: a line needs no other features."""
        return X

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return predictions of shape (n,)."""
        if self.intercept:
            return affine(features, params["w"], params["b"])
        return matrix_vector(features, params["w"])

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return w."""
        return [params["w"]]

    def in_data_units(self, params: Params, scaling: Scaling) -> Params:
        """Return w and b for unscaled X and y."""
        if scaling.is_identity:
            return params
        w = params["w"] * scaling.features.factor * scaling.target.scale
        b = params["b"] * scaling.target.scale + scaling.target.mean - scaling.features.mean @ w
        return {"w": w, "b": np.asarray(b)}

    def parameter_names(self, params: Params) -> dict[str, list[str]]:
        """Return ``w[feature]`` for every feature, and ``b``."""
        names = ["w"] if len(self.feature_names) == 1 else [f"w[{name}]" for name in self.feature_names]
        return {"w": names, "b": ["b"]} if self.intercept else {"w": names}

    def design(self, features: np.ndarray) -> np.ndarray:
        """Return the features themselves."""
        return features

    def units_map(self, scaling: Scaling) -> tuple[np.ndarray, np.ndarray]:
        """Return the matrix and the shift that take coefficients to those for unscaled X and y."""
        slopes = scaling.features.factor * scaling.target.scale
        matrix = np.diag(np.concatenate([[scaling.target.scale], slopes]))
        matrix[0, 1:] = -scaling.features.mean * slopes
        shift = np.zeros(len(matrix))
        shift[0] = scaling.target.mean
        return matrix, shift

    def from_coefficients(self, coefficients: np.ndarray) -> Params:
        """Return w and b from (b, w)."""
        if not self.intercept:
            return {"w": coefficients}
        return {"w": coefficients[1:].copy(), "b": np.array(coefficients[0])}

    @property
    def exponents(self) -> tuple[tuple[int, ...], ...]:
        """The power of each feature in each coefficient's column."""
        d = len(self.feature_names)
        ones = [tuple(int(i == j) for i in range(d)) for j in range(d)]
        return ((0,) * d, *ones) if self.intercept else tuple(ones)
