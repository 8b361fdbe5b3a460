"""The exact solver: others' solutions, what the data leave open, and digits that can be trusted."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge

from regress_cli.training.exact import solve_least_squares


def random_table(seed: int, n: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    """Return columns of different sizes and means, and a noisy target."""
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((n, p)) * 10.0 ** rng.uniform(-1, 1, p) + rng.uniform(-5, 5, p)
    return design, design @ rng.standard_normal(p) + 3 + rng.standard_normal(n)


def predictions(design: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the fit, for coefficients with the intercept's first."""
    return coefficients[0] + design @ coefficients[1:]


def minimum_norm_fit(design: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return scipy's fit, which is the same for all solutions of a rank-deficient system."""
    columns = np.column_stack([np.ones(len(design)), design])
    return columns @ scipy.linalg.lstsq(columns, target)[0]


# ------------------------------------------------------------------------- full rank, and ridge


@pytest.mark.parametrize("intercept", [True, False])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 6), more=st.integers(3, 40))
def test_the_solution_is_that_of_scikit_learn_and_scipy(intercept, seed, p, more):
    """On random designs all coefficients agree with two other solvers to 1e-9."""
    design, target = random_table(seed, p + more, p)
    solution = solve_least_squares(design, target, intercept)
    sklearn_fit = LinearRegression(fit_intercept=intercept).fit(design, target)
    columns = np.column_stack([np.ones(len(design)), design]) if intercept else design
    # Scaled columns, so that scipy's own rounding does not drown the small ones.
    sizes = np.linalg.norm(columns, axis=0)
    scipy_fit = scipy.linalg.lstsq(columns / sizes, target)[0] / sizes
    slopes = solution.coefficients[1:] if intercept else solution.coefficients

    np.testing.assert_allclose(slopes, sklearn_fit.coef_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(solution.coefficients, scipy_fit, rtol=1e-9, atol=1e-9)
    assert solution.rank == len(solution.coefficients)
    assert solution.determined.all()


@pytest.mark.parametrize("intercept", [True, False])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), p=st.integers(1, 6), n=st.integers(2, 30), alpha=st.floats(0.01, 1e3))
def test_a_penalty_makes_it_ridge_regression(intercept, seed, p, n, alpha):
    """With a penalty the solution is scikit-learn's ``Ridge``, with fewer rows than columns too."""
    rng = np.random.default_rng(seed)
    design, target = rng.standard_normal((n, p)) + 2, rng.standard_normal(n)
    solution = solve_least_squares(design, target, intercept, ridge=alpha)
    expected = Ridge(alpha=alpha, fit_intercept=intercept, solver="svd").fit(design, target)
    slopes = solution.coefficients[1:] if intercept else solution.coefficients
    np.testing.assert_allclose(slopes, expected.coef_, rtol=1e-9, atol=1e-9)
    if intercept:
        assert solution.coefficients[0] == pytest.approx(expected.intercept_, rel=1e-9, abs=1e-9)
    assert solution.rank == len(solution.coefficients)
    assert solution.determined.all()


def test_rows_may_come_in_many_blocks(monkeypatch):
    """Reducing a block of rows at a time gives what one block gives."""
    design, target = random_table(0, 1000, 3)
    whole = solve_least_squares(design, target, intercept=True)
    monkeypatch.setattr("regress_cli.training.exact._BLOCK_ROWS", 16)
    blocks = solve_least_squares(design, target, intercept=True)
    np.testing.assert_allclose(blocks.coefficients, whole.coefficients, rtol=1e-11)
    assert blocks.condition_number == pytest.approx(whole.condition_number, rel=1e-9)
    assert (blocks.rank, blocks.digits) == (whole.rank, whole.digits)


def test_the_condition_number_is_of_the_scaled_columns():
    """It is numpy's, of the centred columns with length 1."""
    design, target = random_table(1, 30, 4)
    centred = design - design.mean(axis=0)
    expected = np.linalg.cond(centred / np.linalg.norm(centred, axis=0))
    solution = solve_least_squares(design, target, intercept=True)
    assert solution.condition_number == pytest.approx(expected, rel=1e-9)


def test_the_unit_of_a_column_does_not_matter():
    """Columns in units of 1e-200 and 1e200 are solved as well as others, and say so."""
    design, target = random_table(2, 30, 3)
    units = np.array([1e-200, 1.0, 1e200])
    plain = solve_least_squares(design, target, intercept=True)
    scaled = solve_least_squares(design * units, target, intercept=True)
    np.testing.assert_allclose(scaled.coefficients[1:] * units, plain.coefficients[1:], rtol=1e-12)
    assert scaled.determined.all()
    assert (scaled.rank, scaled.digits) == (plain.rank, plain.digits)


@pytest.mark.parametrize("unit", [1e-200, 1e200])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_unit_of_the_target_does_not_matter(unit, intercept):
    """A target in units of 1e-200 or 1e200 has coefficients in these units, and as many digits."""
    design, target = random_table(2, 30, 3)
    plain = solve_least_squares(design, target, intercept)
    scaled = solve_least_squares(design, target * unit, intercept)
    np.testing.assert_allclose(scaled.coefficients / unit, plain.coefficients, rtol=1e-12)
    assert scaled.digits == plain.digits


# ------------------------------------------------------------------- what the data leave open


def test_a_duplicate_column_is_left_open():
    """Of two equal columns neither is determined; the others are, and the fit is scipy's."""
    design, target = random_table(3, 20, 2)
    design = np.column_stack([design, design[:, 0]])
    solution = solve_least_squares(design, target, intercept=True)
    assert solution.rank == 3
    assert solution.determined.tolist() == [True, False, True, False]
    fit = minimum_norm_fit(design, target)
    np.testing.assert_allclose(predictions(design, solution.coefficients), fit, rtol=1e-9, atol=1e-9)
    # Of all solutions it is the shortest, so that equal columns share alike.
    assert solution.coefficients[1] == pytest.approx(solution.coefficients[3], rel=1e-9)


@pytest.mark.parametrize("value", [5.0, 0.1, -1e9, 1e-9])
def test_a_constant_column_beside_an_intercept_is_left_open(value):
    """The constant could be in either of the two; the other slopes are determined."""
    design, target = random_table(4, 49, 1)
    with_constant = np.column_stack([design, np.full(49, value)])
    solution = solve_least_squares(with_constant, target, intercept=True)
    alone = solve_least_squares(design, target, intercept=True)
    assert solution.rank == 2
    assert solution.determined.tolist() == [False, True, False]
    assert solution.coefficients[1] == pytest.approx(alone.coefficients[1], rel=1e-12)
    np.testing.assert_allclose(
        predictions(with_constant, solution.coefficients), minimum_norm_fit(design, target), rtol=1e-9
    )


def test_a_constant_column_without_intercept_is_the_intercept():
    """A column of ones in a model without intercept is an ordinary column."""
    design, target = random_table(5, 20, 1)
    ones = np.column_stack([np.ones(20), design])
    solution = solve_least_squares(ones, target, intercept=False)
    expected = solve_least_squares(design, target, intercept=True)
    assert solution.rank == 2
    assert solution.determined.all()
    np.testing.assert_allclose(solution.coefficients, expected.coefficients, rtol=1e-10)


@pytest.mark.parametrize("intercept", [True, False])
def test_a_column_of_zeros_is_left_open_and_no_more(intercept):
    """Nothing is known of its coefficient; all others, the intercept too, are determined."""
    design, target = random_table(6, 20, 2)
    solution = solve_least_squares(np.column_stack([design, np.zeros(20)]), target, intercept)
    assert solution.rank == 2 + intercept
    assert solution.determined.tolist() == [True] * (2 + intercept) + [False]
    assert solution.coefficients[-1] == 0.0


def test_nothing_but_constant_columns_leaves_the_mean():
    """Where no column varies the fit is the mean of the target."""
    solution = solve_least_squares(np.full((9, 2), 0.1), np.arange(9.0), intercept=True)
    assert solution.rank == 1
    assert not solution.determined.any()
    np.testing.assert_allclose(predictions(np.full((9, 2), 0.1), solution.coefficients), np.full(9, 4.0))


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_more_columns_than_rows_are_fitted_but_left_open(rows):
    """The fit goes through every point; no coefficient is determined."""
    rng = np.random.default_rng(7)
    design, target = rng.standard_normal((rows, 6)), rng.standard_normal(rows)
    solution = solve_least_squares(design, target, intercept=True)
    assert solution.rank == rows
    assert not solution.determined.any()
    np.testing.assert_allclose(predictions(design, solution.coefficients), target, atol=1e-12)


def test_all_categories_beside_an_intercept_are_left_open():
    """A column for every category sums to the ones: intercept and categories are open, the rest is not."""
    rng = np.random.default_rng(8)
    category = np.arange(30) % 3
    design = np.column_stack([category[:, None] == np.arange(3), rng.standard_normal(30)]).astype(float)
    target = design @ [1.0, 2.0, 3.0, 4.0] + rng.standard_normal(30)
    solution = solve_least_squares(design, target, intercept=True)
    assert solution.rank == 4
    assert solution.determined.tolist() == [False, False, False, False, True]
    np.testing.assert_allclose(
        predictions(design, solution.coefficients), minimum_norm_fit(design, target), rtol=1e-10
    )


# --------------------------------------------------------------------- digits that are trusted


def test_a_hopeless_system_promises_no_digit():
    """Powers up to 20 on [1000, 1001] are dependent to rounding: no digit, and a huge condition number."""
    x = np.linspace(1000, 1001, 200)
    design = np.column_stack([x**k for k in range(1, 21)])
    solution = solve_least_squares(design, np.sin(x) + 0.1 * np.cos(37 * x), intercept=True)
    assert solution.digits == 0 or not solution.determined.any()
    assert solution.rank < 21 or solution.condition_number > 1e12


def test_a_good_system_promises_many_digits():
    """Independent columns with little noise leave nearly all digits."""
    rng = np.random.default_rng(9)
    design = rng.standard_normal((100, 3))
    target = design @ [1.0, 2.0, 3.0] + 4 + 0.01 * rng.standard_normal(100)
    assert solve_least_squares(design, target, intercept=True).digits >= 14


def exact_coefficients(design: np.ndarray, target: np.ndarray) -> list[Fraction]:
    """Return the coefficients in fractions, without any rounding: the normal equations, eliminated."""
    rows = [[Fraction(1), *map(Fraction, row), Fraction(y)] for row, y in zip(design, target, strict=True)]
    size = design.shape[1] + 1
    system = [[sum(row[i] * row[j] for row in rows) for j in range(size + 1)] for i in range(size)]
    for i in range(size):
        pivot = system[i][i]
        system[i] = [value / pivot for value in system[i]]
        for k in range(size):
            if k != i:
                factor = system[k][i]
                system[k] = [a - factor * b for a, b in zip(system[k], system[i], strict=True)]
    return [row[size] for row in system]


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("seed", range(300))
def test_the_promised_digits_are_there(seed, alike):
    """The true error, against exact fractions, is never 10 times larger than the digits promise.

    The columns are more or less dependent, far from zero (all alike or each its own way) and noisy.
    An error is measured on the scale of the fit: a slope's by its column's spread against all of
    them, the intercept's against the intercept or the target's spread.
    """
    rng = np.random.default_rng(seed)
    p, closeness, offset, noise = rng.integers(2, 4), *rng.uniform([0, 0, -12], [9, 9, 1])
    design = rng.standard_normal((8, p))
    design[:, -1] = design[:, 0] + 10.0**-closeness * design[:, -1]
    design += 10.0**offset * (1.0 if alike else rng.uniform(-1, 1, p))
    noise_values = 10.0**noise * rng.standard_normal(8)
    if seed % 2:
        # Noise that no coefficient can follow: then their rounding grows with the condition's square.
        columns = np.linalg.qr(np.column_stack([np.ones(8), design - design.mean(axis=0)]))[0]
        noise_values -= columns @ (columns.T @ noise_values)
    target = design @ rng.standard_normal(p) + noise_values
    solution = solve_least_squares(design, target, intercept=True)
    if solution.rank <= p:
        assert not solution.determined.all()  # Then nothing is promised.
        return
    if solution.digits == 0:
        return  # No digit is promised either: the error may be as large as it likes.
    exact = exact_coefficients(design, target)
    errors = np.array([float(Fraction(c) - e) for c, e in zip(solution.coefficients, exact, strict=True)])
    truth, spread = np.array([float(e) for e in exact]), design.std(axis=0)
    slope_error = np.linalg.norm(errors[1:] * spread) / np.linalg.norm(truth[1:] * spread)
    intercept_error = abs(errors[0]) / max(abs(truth[0]), target.std())
    assert slope_error <= 10 * 10.0**-solution.digits
    assert intercept_error <= 10 * 10.0**-solution.digits


# ------------------------------------------------------------------ the error of each coefficient


def exact_solution(columns: np.ndarray, target: np.ndarray) -> list[Fraction]:
    """Return the least-squares coefficients of the columns, by elimination in fractions."""
    rows = [[Fraction(float(value)) for value in row] for row in np.column_stack([columns, target])]
    p = columns.shape[1]
    normal = [[sum(row[i] * row[j] for row in rows) for j in range(p + 1)] for i in range(p)]
    for i in range(p):
        pivot = next(k for k in range(i, p) if normal[k][i])
        normal[i], normal[pivot] = normal[pivot], normal[i]
        for k in range(p):
            if k != i:
                factor = normal[k][i] / normal[i][i]
                normal[k] = [a - factor * b for a, b in zip(normal[k], normal[i], strict=True)]
    return [normal[i][p] / normal[i][i] for i in range(p)]


@pytest.mark.parametrize("seed", range(60))
def test_each_coefficient_is_as_near_as_its_error_says(seed):
    """Against exact fractions, no coefficient is off by more than 10 times its own estimated error."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(12, 3)) * 10.0 ** rng.integers(-6, 7, size=3)
    design[:, 2] = design[:, 0] * 3 + rng.normal(size=12) * 10.0 ** -rng.integers(0, 9)
    design += rng.choice([0.0, 100.0, 1e4]) * np.abs(design).max(axis=0)
    target = design @ rng.normal(size=3) + rng.normal(size=12) * 10.0 ** rng.integers(-6, 3)
    solution = solve_least_squares(np.asfortranarray(design), target, intercept=True)
    if not solution.determined.all():
        return
    truth = exact_solution(np.column_stack([np.ones(12), design]), target)
    off = [abs(float(Fraction(float(c)) - t)) for c, t in zip(solution.coefficients, truth, strict=True)]
    assert (np.array(off) <= 10 * solution.errors).all()


def test_a_small_coefficient_beside_a_large_one_has_its_own_error():
    """Y = 1e12 a + b: the digits of b that the large term leaves are said, not those of a."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=30), rng.normal(size=30)
    solution = solve_least_squares(np.asfortranarray(np.column_stack([a, b])), 1e12 * a + b, intercept=True)
    _, of_a, of_b = solution.errors / np.abs(solution.coefficients)
    assert of_a < 1e-12
    assert of_b > 1e-7
    assert abs(solution.coefficients[2] - 1) <= 10 * solution.errors[2]
