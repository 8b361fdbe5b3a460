"""The polynomial model: linear in the feature map 1, x, ..., x^M, cross terms included."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np

from regress_cli.errors import DataError
from regress_cli.models.base import Params
from regress_cli.primitives import matrix_vector
from regress_cli.scaling import Scaling

MOST_TERMS = 20_000

# The power of each feature in a term: x^2 z of the features (x, z) is (2, 1).
Exponents = tuple[int, ...]


@dataclass(frozen=True)
class Polynomial:
    """``y = w . phi(X)``, where phi holds every product of powers up to a total degree.

    The terms come by degree, and within a degree as in scikit-learn's ``PolynomialFeatures``:
    for x and z up to degree 2 they are 1, x, z, x^2, x z, z^2.

    >>> Polynomial(("x", "z"), degree=2, intercept=True, init_kind="zeros").term_names
    ('const', 'x', 'z', 'x^2', 'x z', 'z^2')
    """

    feature_names: tuple[str, ...]
    degree: int
    intercept: bool
    init_kind: str

    def __post_init__(self) -> None:
        d = len(self.feature_names)
        count = math.comb(d + self.degree, self.degree)
        if count > MOST_TERMS:
            raise DataError(
                f"model.degree: degree {self.degree} in {d} features has {count} terms, "
                f"more than {MOST_TERMS}; lower the degree or name fewer features"
            )

    @cached_property
    def exponents(self) -> tuple[Exponents, ...]:
        """The powers of each term, the intercept's first."""
        d = len(self.feature_names)
        lowest = 0 if self.intercept else 1
        return tuple(
            tuple(chosen.count(j) for j in range(d))
            for degree in range(lowest, self.degree + 1)
            for chosen in combinations_with_replacement(range(d), degree)
        )

    @property
    def term_names(self) -> tuple[str, ...]:
        """A name for each term, such as ``x^2 z``."""
        return tuple(_term_name(self.feature_names, powers) for powers in self.exponents)

    def init(self, rng: np.random.Generator) -> Params:
        """Return zeros, or standard normal numbers."""
        draw = rng.standard_normal if self.init_kind == "normal" else np.zeros
        return {"w": draw(len(self.exponents))}

    def features(self, X: np.ndarray) -> np.ndarray:
        """Return phi(X), of shape (n, terms), column-major."""
        column_of: dict[Exponents, int] = {}
        phi = np.empty((len(X), len(self.exponents)), order="F")
        for k, powers in enumerate(self.exponents):
            column_of[powers] = k
            j = next((j for j, power in enumerate(powers) if power), None)
            if j is None:
                phi[:, k] = 1.0
                continue
            # Each term is a term of one degree less, times a feature.
            lower = (*powers[:j], powers[j] - 1, *powers[j + 1 :])
            phi[:, k] = X[:, j]
            if lower in column_of:
                phi[:, k] *= phi[:, column_of[lower]]
        return phi

    def apply(self, params: Mapping[str, Any], features: Any) -> Any:
        """Return predictions of shape (n,), given phi(X)."""
        return matrix_vector(features, params["w"])

    def penalized(self, params: Mapping[str, Any]) -> list[Any]:
        """Return w without the intercept."""
        return [params["w"][1:] if self.intercept else params["w"]]

    def in_data_units(self, params: Params, scaling: Scaling) -> Params:
        """Return w for unscaled X and y, by expanding every ((x - mean) / scale)^k."""
        if scaling.is_identity:
            return params
        row_of = {powers: k for k, powers in enumerate(self.exponents)}
        w = np.zeros(len(self.exponents))
        for weight, powers in zip(params["w"], self.exponents, strict=True):
            for lower, factor in _expand(powers, scaling):
                w[row_of[lower]] += weight * factor
        w *= scaling.target.scale
        w[0] += scaling.target.mean
        return {"w": w}

    def parameter_names(self, params: Params) -> dict[str, list[str]]:
        """Return ``w[term]`` for every term."""
        return {"w": [f"w[{name}]" for name in self.term_names]}

    def design(self, features: np.ndarray) -> np.ndarray:
        """Return phi(X) without the column of ones."""
        return features[:, 1:] if self.intercept else features

    def units_map(self, scaling: Scaling) -> tuple[np.ndarray, np.ndarray]:
        """Return the matrix and the shift that take coefficients to those for unscaled X and y."""
        row_of = {powers: k for k, powers in enumerate(self.exponents)}
        matrix = np.zeros((len(row_of), len(row_of)))
        for k, powers in enumerate(self.exponents):
            for lower, factor in _expand(powers, scaling):
                matrix[row_of[lower], k] = factor
        shift = np.zeros(len(matrix))
        shift[0] = scaling.target.mean
        return matrix * scaling.target.scale, shift

    def from_coefficients(self, coefficients: np.ndarray) -> Params:
        """Return the parameters with this w."""
        return {"w": coefficients}


def _expand(powers: Exponents, scaling: Scaling) -> Iterator[tuple[Exponents, float]]:
    """Yield the terms of prod_j ((x_j - mean_j) factor_j)^power_j, by the binomial theorem."""
    mean, factor = scaling.features.mean, scaling.features.factor
    for lower in product(*(range(power + 1) for power in powers)):
        coefficient = 1.0
        for j, (k, power) in enumerate(zip(lower, powers, strict=True)):
            coefficient *= math.comb(power, k) * float(factor[j]) ** power * float(-mean[j]) ** (power - k)
        yield lower, coefficient


def _term_name(names: tuple[str, ...], powers: Exponents) -> str:
    factors = [
        name if power == 1 else f"{name}^{power}" for name, power in zip(names, powers, strict=True) if power
    ]
    return " ".join(factors) or "const"
