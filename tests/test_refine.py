"""All digits of the exact solution: against NIST, fractions, and weights as repeated rows."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nist_problems import LINEAR, PROBLEMS, NistProblem, digits
from test_exact import exact_solution

from regress_cli.models import Linear, Polynomial
from regress_cli.scaling import fit_scaling
from regress_cli.training.exact import ExactSolution, solve_least_squares
from regress_cli.training.orthogonal import orthogonal_factor
from regress_cli.training.refine import refine
from regress_cli.training.twofold import Twofold


def model_of(problem: NistProblem) -> Linear | Polynomial:
    """Return the model that NIST fits."""
    record = problem.record
    names = tuple(name for name in problem.columns if name != "y")
    if record["model"] == "linear":
        return Linear(names, record["intercept"], "zeros")
    return Polynomial(names, record["degree"], record["intercept"], "zeros")


def solve(
    model: Linear | Polynomial, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
) -> tuple[ExactSolution, ExactSolution]:
    """Return the solution before and after it is refined."""
    design = model.design(model.features(X))
    plain = solve_least_squares(design, y, model.intercept, weights=weights)
    return plain, refine(plain, model, X, y, weights)


# ------------------------------------------------------------------------------- certified values


@pytest.mark.parametrize("problem", LINEAR, ids=lambda problem: problem.name)
def test_the_certified_digits_are_there(problem):
    """Coefficients, their standard deviations and that of the residuals are NIST's to 12 digits at least."""
    model = model_of(problem)
    _, solution = solve(model, problem.X, problem.y)
    deviation = solution.residual_length / np.sqrt(len(problem.y) - len(solution.coefficients))
    # Of Wampler2 the decimals are no floats, and leave that much of it.
    zero = 1e-12 * np.abs(problem.y).max()
    assert deviation == pytest.approx(
        problem.certified["residual_standard_deviation"], rel=1e-12, abs=zero * 1e-2
    )
    deviations = np.linalg.norm(solution.factor, axis=1) * deviation
    for found, certified in zip(solution.coefficients, problem.parameters, strict=True):
        assert digits(found, certified) >= 12
    for found, certified in zip(deviations, problem.standard_deviations, strict=True):
        assert digits(found, certified) >= 12
    assert solution.digits >= 12


def test_filip_loses_its_digits_without():
    """Of the powers as floats only some digits are left, and no more are promised than there are."""
    problem = PROBLEMS["Filip"]
    plain, refined = solve(model_of(problem), problem.X, problem.y)
    found = min(map(digits, plain.coefficients, problem.parameters))
    assert plain.digits <= found < 10 < refined.digits


def test_standardized_columns_are_refined_in_the_datas_own_units():
    """Solved for scaled columns and taken back, Longley's coefficients reach all digits too."""
    problem = PROBLEMS["Longley"]
    model = model_of(problem)
    scaling = fit_scaling(problem.X, problem.y, features=True, target=True)
    X, y = scaling.features.transform(problem.X), scaling.target.transform(problem.y)
    scaled = solve_least_squares(model.design(X), y, intercept=True)
    matrix, shift = model.units_map(scaling)
    moved = scaled.transformed(matrix, shift, float(scaling.target.scale))
    plain, expected = solve(model, problem.X, problem.y)
    # The factor and the residuals are in the data's units once more.
    np.testing.assert_allclose(moved.factor @ moved.factor.T, plain.factor @ plain.factor.T, rtol=1e-9)
    assert moved.residual_length == pytest.approx(plain.residual_length, rel=1e-10)
    refined = refine(moved, model, problem.X, problem.y)
    np.testing.assert_allclose(refined.coefficients, expected.coefficients, rtol=1e-15)


# ----------------------------------------------------------------------------- against fractions


def exact_terms(model: Linear | Polynomial, X: np.ndarray) -> np.ndarray:
    """Return the terms as fractions, without any rounding."""
    rows = [[Fraction(value) for value in row] for row in X.tolist()]
    return np.array(
        [
            [np.prod([x**k for x, k in zip(row, powers, strict=True)]) for powers in model.exponents]
            for row in rows
        ],
        dtype=object,
    )


@pytest.mark.parametrize("intercept", [True, False])
# Here corrections of single coefficients are by chance a small part of the error.
@example(seed=89158, shape=(1, 6), offset=40.0, noise=1e6, weighted=True)
@example(seed=35, shape=(1, 6), offset=40.0, noise=1e6, weighted=True)
@example(seed=100000, shape=(1, 6), offset=40.0, noise=1.0, weighted=False)
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.sampled_from([(1, 2), (1, 4), (1, 6), (2, 2), (2, 3)]),
    offset=st.sampled_from([0.0, 3.0, 40.0]),
    noise=st.sampled_from([0.0, 1e-6, 1.0, 1e6]),
    weighted=st.booleans(),
)
def test_no_coefficient_of_a_polynomial_is_further_off_than_it_says(
    intercept, seed, shape, offset, noise, weighted
):
    """Against fractions, no coefficient is further off than its estimate says."""
    d, degree = shape
    rng = np.random.default_rng(seed)
    model = Polynomial(tuple("xz"[:d]), degree, intercept, "zeros")
    n = len(model.exponents) + 8
    X = offset + rng.standard_normal((n, d))
    weights = rng.integers(1, 9, n).astype(float) if weighted else None
    y = model.features(X) @ rng.standard_normal(len(model.exponents)) + noise * rng.standard_normal(n)
    _, solution = solve(model, X, y, weights)
    if solution.rank < len(model.exponents):
        return
    terms = exact_terms(model, X)
    target = np.array([Fraction(value) for value in y.tolist()], dtype=object)
    left = terms if weights is None else terms * np.array([Fraction(w) for w in weights.tolist()])[:, None]
    exact = eliminated(left.T @ terms, left.T @ target)
    for found, estimate, true in zip(solution.coefficients, solution.errors, exact, strict=True):
        assert abs(float(Fraction(float(found)) - true)) <= estimate


def eliminated(matrix: np.ndarray, right: np.ndarray) -> list[Fraction]:
    """Return the solution of a regular system of fractions."""
    system = np.column_stack([matrix, right])
    for i in range(len(system)):
        pivot = next(k for k in range(i, len(system)) if system[k, i])
        system[[i, pivot]] = system[[pivot, i]]
        for k in range(len(system)):
            if k != i:
                system[k] = system[k] - system[i] * (system[k, i] / system[i, i])
    return [row[-1] / row[i] for i, row in enumerate(system)]


@pytest.mark.parametrize("seed", range(40))
def test_columns_that_are_nearly_dependent_get_all_digits(seed):
    """With condition numbers of up to a million, each coefficient is the fraction, rounded, or next to it."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((12, 3)) * 10.0 ** rng.integers(-100, 100, size=3)
    X[:, 2] = X[:, 0] * 3 * (1 + rng.standard_normal(12) * 10.0 ** -rng.integers(0, 6))
    y = X @ (rng.standard_normal(3) / np.abs(X).max(axis=0)) + rng.standard_normal(12)
    _, solution = solve(Linear(("a", "b", "c"), True, "zeros"), X, y)
    exact = exact_solution(np.column_stack([np.ones(12), X]), y)
    np.testing.assert_allclose(solution.coefficients, [float(value) for value in exact], rtol=4e-16)
    assert solution.digits == 14


# ------------------------------------------------------------------------------------- weights


@pytest.mark.parametrize("intercept", [True, False])
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 4))
def test_a_weight_is_as_many_rows(intercept, seed, p):
    """Whole weights, zero among them, give what rows repeated so often give; so does the factor."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((14, p)) + 3, rng.standard_normal(14)
    weights = rng.integers(0, 4, 14)
    weights[: p + 2] = 1
    model = Linear(tuple("abcd"[:p]), intercept, "zeros")
    weighted = solve(model, X, y, weights.astype(float))
    repeated = solve(model, np.repeat(X, weights, axis=0), np.repeat(y, weights))
    for found, expected in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(found.coefficients, expected.coefficients, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            found.factor @ found.factor.T, expected.factor @ expected.factor.T, rtol=1e-9, atol=1e-12
        )
        assert found.residual_length == pytest.approx(expected.residual_length, rel=1e-10)
        assert found.rank == expected.rank
        assert found.condition_number == pytest.approx(expected.condition_number, rel=1e-9)


@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_the_size_of_the_weights_does_not_matter(size):
    """Weights a thousand times as large leave the coefficients; a ridge is held against them."""
    rng = np.random.default_rng(0)
    X, y, weights = rng.standard_normal((20, 2)), rng.standard_normal(20), rng.uniform(0.5, 2, 20)
    plain = solve_least_squares(X, y, True, ridge=0.3, weights=weights)
    scaled = solve_least_squares(X, y, True, ridge=0.3 * size, weights=weights * size)
    np.testing.assert_allclose(scaled.coefficients, plain.coefficients, rtol=1e-12)
    np.testing.assert_allclose(scaled.factor * np.sqrt(size), plain.factor, rtol=1e-12)


# ---------------------------------------------------------------------------- what it stands on


def test_what_cannot_be_refined_is_left_alone():
    """Dependent columns and very large tables are as they were."""
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((30, 2)), rng.standard_normal(30)
    plain, refined = solve(Linear(("a", "b", "c"), True, "zeros"), np.column_stack([X, X[:, 0]]), y)
    assert refined is plain
    # What is left of the target is whole all the same.
    assert plain.residual_length == pytest.approx(
        solve(Linear(("a", "b"), True, "zeros"), X, y)[0].residual_length, rel=1e-12
    )
    many = rng.standard_normal((130_000, 1))
    plain, refined = solve(Linear(("a",), True, "zeros"), many, many[:, 0])
    assert refined is plain


@settings(max_examples=200, deadline=None)
@given(
    a=st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=20),
    seed=st.integers(0, 2**32 - 1),
)
def test_twofold_sums_and_products_are_those_of_fractions(a, seed):
    """They agree with fractions to 30 digits of the sizes that go in."""
    values = np.array(a)
    other = np.random.default_rng(seed).standard_normal(len(a))
    product = Twofold.of(values) * Twofold.of(other)
    total = (product + Twofold.of(values)).total()
    exact = [Fraction(x) * Fraction(y) + Fraction(x) for x, y in zip(a, other.tolist(), strict=True)]
    error = Fraction(float(total.high)) + Fraction(float(total.low)) - sum(exact)
    # A product below the smallest float is lost.
    size = sum(abs(Fraction(x)) * (1 + abs(Fraction(y))) for x, y in zip(a, other.tolist(), strict=True))
    assert abs(error) <= Fraction(1, 10**30) * size + Fraction(1, 10**300)


@pytest.mark.parametrize("intercept", [True, False])
def test_orthogonal_polynomials_are_orthonormal_and_made_of_the_terms(intercept):
    """In two features with weights: the terms times the factor are orthonormal columns."""
    rng = np.random.default_rng(2)
    X, weights = rng.uniform(-1, 1, (60, 2)), rng.uniform(0.5, 2, 60)
    model = Polynomial(("x", "z"), 4, intercept, "zeros")
    T = orthogonal_factor(X, model.exponents, np.sqrt(weights))
    assert T is not None
    basis = np.sqrt(weights)[:, None] * (model.features(X) @ T)
    np.testing.assert_allclose(basis.T @ basis, np.eye(T.shape[0]), atol=1e-12)


def test_terms_that_depend_on_others_have_no_orthogonal_polynomials():
    """On three different points there is no cubic."""
    X = np.array([[0.0], [0.5], [1.0]] * 5)
    assert orthogonal_factor(X, Polynomial(("x",), 3, True, "zeros").exponents, np.ones(15)) is None
