"""Polynomials that are orthogonal over the rows at hand."""

from collections.abc import Sequence

import numpy as np

Exponents = tuple[int, ...]

# A term whose part beside the others is smaller than this share of it adds nothing to them but rounding.
_DEPENDENT = 1e-13


def orthogonal_factor(
    X: np.ndarray, exponents: Sequence[Exponents], root_weights: np.ndarray
) -> np.ndarray | None:
    """Return how polynomials that are orthonormal over the rows are made of products of powers.

    Each is the one before it in degree times a feature, less its parts along those that there are: the
    Arnoldi process, which never forms high powers and so keeps the digits that these have lost (Brubeck,
    Nakatsukasa and Trefethen 2021, "Vandermonde with Arnoldi", doi:10.1137/19M130100X).

    Args:
        X: Features, shape (n, d), of sizes about 1.
        exponents: The powers of each term by degree; with a term, all that divide it but for the constant.
        root_weights: The roots of the rows' weights, shape (n,).

    Returns:
        T of shape (p, p), such that the columns of ``W^(1/2) Phi T`` are orthonormal for the terms Phi;
        None where a term depends on those before it.
    """
    p = len(exponents)
    place = {powers: k for k, powers in enumerate(exponents)}
    centres = X.mean(axis=0)
    T, Q = np.zeros((p, p)), np.empty((len(X), p), order="F")
    for k, powers in enumerate(exponents):
        j = next((j for j, power in enumerate(powers) if power), None)
        if j is None:
            column, made_of = root_weights.copy(), _unit(p, k)
        else:
            lower = place.get(_shifted(powers, j, -1))
            if lower is None:
                column, made_of = root_weights * X[:, j], _unit(p, k)
            else:
                # Taken from the centre, little of the new one lies along the old ones.
                column = (X[:, j] - centres[j]) * Q[:, lower]
                made_of = _times_feature(T[:, lower], exponents, place, j) - centres[j] * T[:, lower]
        before = np.linalg.norm(column)
        for _ in range(2):  # Once leaves rounding along the old ones; twice is enough (Kahan, Parlett).
            along = Q[:, :k].T @ column
            column -= Q[:, :k] @ along
            made_of -= T[:, :k] @ along
        length = np.linalg.norm(column)
        if not length > _DEPENDENT * before:
            return None
        Q[:, k], T[:, k] = column / length, made_of / length
    return T


def _unit(p: int, k: int) -> np.ndarray:
    unit = np.zeros(p)
    unit[k] = 1.0
    return unit


def _shifted(powers: Exponents, j: int, by: int) -> Exponents:
    return (*powers[:j], powers[j] + by, *powers[j + 1 :])


def _times_feature(
    made_of: np.ndarray, exponents: Sequence[Exponents], place: dict[Exponents, int], j: int
) -> np.ndarray:
    """Return the coefficients of a polynomial times feature j; its degree is below the highest."""
    moved = np.zeros_like(made_of)
    for k in np.flatnonzero(made_of).tolist():
        moved[place[_shifted(exponents[k], j, 1)]] = made_of[k]
    return moved
