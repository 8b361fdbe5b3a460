"""The exact solution, made more exact: residuals with twice the digits, solved for once more.

The terms of a model are products of powers of the data, and can be had with as many digits as one likes;
so can what the coefficients leave of the target, and its products with the terms. These say how the
coefficients must change, and a factor of few digits is enough to solve for a small change. Repeated, this
gives the coefficients all digits of a float (Björck 1996, Numerical Methods for Least Squares Problems,
section 6.6.5: iterative refinement of the corrected seminormal equations).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regress_cli.models import LinearInParameters
from regress_cli.training.exact import ExactSolution, digits_left
from regress_cli.training.orthogonal import Exponents, orthogonal_factor
from regress_cli.training.twofold import Twofold

_EPS = float(np.finfo(np.float64).eps)
# Tables of more numbers than these are left as they are: it would take more time than the solution did.
_MOST_NUMBERS = 250_000
# A correction solved for by the factor may be off by this share of itself, and still makes the error less.
_MOST_ERROR = 0.1
_MOST_ROUNDS = 30
# Coefficients are settled once what is left is this share of the rounding that they end with.
_FAR_BELOW_ROUNDING = _EPS / 8
# What is left is known by its size alone; a sum of roundings may by chance be a few times smaller than usual.
_SAFETY = 2


@dataclass(frozen=True)
class _System:
    """Terms, target and weights, in units that make them of sizes about 1 without rounding.

    Attributes:
        X: The features, shape (n, d).
        exponents: Of each term.
        terms: Shape (n, p).
        target: Shape (n,).
        weights: Shape (n,).
        term_units: What each term was divided by, shape (p,); powers of two.
        target_unit: What the target was divided by.
    """

    X: np.ndarray
    exponents: Sequence[Exponents]
    terms: Twofold
    target: np.ndarray
    weights: np.ndarray
    term_units: np.ndarray
    target_unit: float


def refine(
    solution: ExactSolution,
    model: LinearInParameters,
    X: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray | None = None,
) -> ExactSolution:
    """Return the solution with all its digits; the same solution where that can't be had.

    Args:
        solution: Without a penalty, in the units of ``X`` and ``target``, its factor too.
        model: What was fitted.
        X: Features, shape (n, d), taken to be exact.
        target: Shape (n,).
        weights: Shape (n,), none negative; None where all rows count alike.
    """
    p = len(solution.coefficients)
    if solution.rank < p or len(X) * p > _MOST_NUMBERS:
        return solution
    with np.errstate(all="ignore"):
        system = _system_of(X, model.exponents, target, weights)
        factor = _best_factor(solution.factor * system.term_units[:, None], system)
        if factor is None:
            return solution
        return _refined(solution, system, factor)


def _system_of(
    X: np.ndarray, exponents: Sequence[Exponents], target: np.ndarray, weights: np.ndarray | None
) -> _System:
    feature_units = np.array([_unit_of(column) for column in X.T])
    target_unit = _unit_of(target)
    scaled = X / feature_units
    return _System(
        X=scaled,
        exponents=exponents,
        terms=_terms(scaled, exponents),
        target=target / target_unit,
        weights=np.ones(len(target)) if weights is None else weights,
        term_units=np.array([math.prod(feature_units ** np.array(powers)) for powers in exponents]),
        target_unit=target_unit,
    )


def _unit_of(values: np.ndarray) -> float:
    """Return the power of two below the largest size; dividing by it changes no digit."""
    return math.ldexp(1.0, math.frexp(float(np.abs(values).max(initial=0.0)))[1] - 1)


def _terms(X: np.ndarray, exponents: Sequence[Exponents]) -> Twofold:
    """Return the products of powers, with twice the digits."""
    place = {powers: k for k, powers in enumerate(exponents)}
    shape = (len(X), len(exponents))
    terms = Twofold(np.empty(shape, order="F"), np.zeros(shape, order="F"))
    for k, powers in enumerate(exponents):
        j = next((j for j, power in enumerate(powers) if power), None)
        if j is None:
            terms.high[:, k] = 1.0
            continue
        lower = place.get((*powers[:j], powers[j] - 1, *powers[j + 1 :]))
        product = Twofold.of(X[:, j])
        if lower is not None:
            product = product * terms[:, lower]
        terms.high[:, k], terms.low[:, k] = product.high, product.low
    return terms


def _best_factor(factor: np.ndarray, system: _System) -> np.ndarray | None:
    """Return the better of two factors of the inverse: of the solution, and from orthogonal polynomials."""
    candidates = [factor]
    if any(sum(powers) > 1 for powers in system.exponents):
        orthogonal = orthogonal_factor(system.X, system.exponents, np.sqrt(system.weights))
        if orthogonal is not None:
            candidates.append(orthogonal)
    errors = [_error_of(candidate, system) for candidate in candidates]
    best = int(np.argmin(errors))
    return candidates[best] if errors[best] <= _MOST_ERROR else None


def _error_of(factor: np.ndarray, system: _System) -> float:
    """Return how far ``factor @ factor.T`` is from the inverse: what a correction may be off by."""
    basis = np.sqrt(system.weights)[:, None] * (system.terms.high @ factor)
    error = float(np.linalg.norm(basis.T @ basis - np.eye(len(factor)), 2)) if np.isfinite(basis).all() else 1
    return error if math.isfinite(error) else math.inf


def _refined(solution: ExactSolution, system: _System, factor: np.ndarray) -> ExactSolution:
    settled = _settled(solution.coefficients * system.term_units / system.target_unit, system, factor)
    if settled is None:
        return solution
    coefficients, residuals, left = settled
    errors = _SAFETY * left + _EPS * np.abs(coefficients)
    units = system.target_unit / system.term_units
    return replace(
        solution,
        coefficients=coefficients * units,
        error_directions=np.zeros_like(solution.error_directions),
        rounding=errors * units,
        factor=factor / system.term_units[:, None],
        residual_length=float(np.linalg.norm(np.sqrt(system.weights) * residuals.high)) * system.target_unit,
        digits=_digits(system, coefficients, errors),
    )


def _settled(
    start: np.ndarray, system: _System, factor: np.ndarray
) -> tuple[np.ndarray, Twofold, np.ndarray] | None:
    """Return coefficients that no longer get better, their residuals, and how far off each may be.

    None where they do not settle. The coefficients are kept with twice the digits on the way: a rounding
    of one of them would be solved for as an error of all, enlarged by the condition of the terms. What a
    correction changes is bounded by its size in the coordinates of the factor, in which it is known; each
    coefficient by itself may by chance be changed by far less than its error.
    """
    coefficients, last = Twofold.of(start), math.inf
    lengths = np.linalg.norm(factor, axis=1) / (1 - _MOST_ERROR)
    for _ in range(_MOST_ROUNDS):
        residuals = _residuals(system, coefficients)
        change = factor.T @ _gradient(system, residuals)
        size = float(np.linalg.norm(change))
        if not math.isfinite(size):
            return None
        left = lengths * size
        if size >= last / 2 or (left <= _FAR_BELOW_ROUNDING * np.abs(coefficients.high)).all():
            return coefficients.high, residuals, left
        coefficients, last = coefficients + Twofold.of(factor @ change), size
    return None


def _residuals(system: _System, coefficients: Twofold) -> Twofold:
    residuals = Twofold.of(system.target)
    for k in range(len(coefficients.high)):
        residuals = residuals + system.terms[:, k] * -coefficients[k]
    return residuals


def _gradient(system: _System, residuals: Twofold) -> np.ndarray:
    """Return the terms' products with the weighted residuals."""
    weighted = residuals * Twofold.of(system.weights)
    return (system.terms * weighted[:, None]).total().high


def _digits(system: _System, coefficients: np.ndarray, errors: np.ndarray) -> int:
    """Return the digits as `ExactSolution` counts them: of the slopes together, and of a constant."""
    first = int(not any(system.exponents[0]))
    weights = system.weights / system.weights.mean()
    columns = system.terms.high[:, first:]
    centres = np.mean(columns * weights[:, None], axis=0) * first
    spreads = np.sqrt(np.mean((columns - centres) ** 2 * weights[:, None], axis=0))
    slopes, slope_errors = coefficients[first:] * spreads, errors[first:] * spreads
    digits = digits_left(float(np.linalg.norm(slope_errors)), float(np.linalg.norm(slopes)))
    if not first:
        return digits
    spread = math.sqrt(np.mean((system.target - np.mean(system.target * weights)) ** 2 * weights))
    return min(digits, digits_left(float(errors[0]), max(abs(float(coefficients[0])), spread)))
