"""What counts as rounding between two computations of a gradient, and what does not."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regress_cli.tape.agreement import same_within_rounding

DTYPES = [np.float64, np.float32]


class Squares:
    """Half the mean of squared residuals of a line, with its gradient, with sums in one order or another."""

    def __init__(self, X, y, w, *, dtype=np.float64) -> None:
        self.X, self.y, self.w = (np.asarray(array, dtype) for array in (X, y, w))

    def __call__(self, factor=1.0, order=None):
        """Return value and gradients at parameters times a factor, adding the rows up in an order."""
        rows = np.arange(len(self.y)) if order is None else order
        X, y = self.X[rows], self.y[rows]
        w = self.w * self.w.dtype.type(factor)
        residual = X @ w - y
        n = len(y)
        return residual @ residual / (2 * n), {"w": X.T @ residual / n, "b": np.asarray(residual.sum() / n)}

    def otherwise(self):
        """Return the same with the rows in another order."""
        return self(order=np.random.default_rng(1).permutation(len(self.y)))


def problem(dtype=np.float64, scale=1.0, n=1000):
    """Return a problem with noise, away from its optimum."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    return Squares(X * scale, rng.normal(size=n) * scale, rng.normal(size=4), dtype=dtype)


def changed(result, name, position, factor):
    """Return a result with one entry multiplied."""
    value, gradients = result
    gradients = {key: np.array(gradient) for key, gradient in gradients.items()}
    gradients[name].flat[position] *= factor
    return value, gradients


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_another_order_of_addition_is_rounding(dtype, scale):
    """The same sums in another order agree, at any scale and in either precision."""
    squares = problem(dtype, scale)
    assert same_within_rounding(squares.otherwise(), squares(), squares)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_at_an_optimum_rounding_is_all_there_is(dtype, scale):
    """At the exact optimum the gradient is rounding noise, which in another order is other noise."""
    squares = problem(dtype, scale)
    squares.w = np.linalg.lstsq(squares.X.astype(float), squares.y.astype(float), rcond=None)[0].astype(dtype)
    assert same_within_rounding(squares.otherwise(), squares(), squares)


@pytest.mark.parametrize("dtype", DTYPES)
def test_at_a_perfect_fit_rounding_is_all_there_is(dtype):
    """Where every residual is rounding noise, so are value and gradient."""
    squares = problem(dtype)
    squares.y = (squares.X.astype(float) @ squares.w.astype(float)).astype(dtype)
    one = squares.otherwise()
    other = squares()
    assert same_within_rounding(one, other, squares)
    noise = np.random.default_rng(0).uniform(-1, 1, 4).astype(dtype) * np.finfo(dtype).eps
    assert same_within_rounding((other[0], other[1] | {"w": other[1]["w"] + noise}), other, squares)


def test_a_relative_change_of_a_millionth_is_none():
    """One entry of a block of many that is off by a millionth is refused."""
    squares = problem()
    other = squares()
    for position in range(4):
        assert not same_within_rounding(changed(other, "w", position, 1 + 1e-6), other, squares)
    assert not same_within_rounding((other[0] * (1 + 1e-6), other[1]), other, squares)


@given(st.integers(0, 999), st.sampled_from([1e-6, -1e-6, 1e-3, 1.0, -2.0, np.inf, np.nan]))
def test_a_change_of_one_entry_of_a_thousand_is_none(position, change):
    """Among a thousand entries of one size, one that is off is found wherever it is."""
    gradient = np.random.default_rng(0).uniform(1, 2, 1000) * np.random.default_rng(1).choice([-1, 1], 1000)

    def near(factor):
        return factor, {"w": gradient * factor}

    other = near(1.0)
    assert same_within_rounding(other, other, near)
    assert not same_within_rounding(changed(other, "w", position, 1 + change), other, near)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_wrong_sign_in_a_small_block_is_none(dtype):
    """A block is held against its own size, however small that is beside the others'."""
    large, small = np.full(1000, 1e6, dtype), np.array([1e-9], dtype)

    def near(factor):
        factor = dtype(factor)
        return large[0] * factor, {"W": large * factor, "b": small * factor}

    value, gradients = near(1.0)
    assert not same_within_rounding((value, gradients | {"b": -small}), near(1.0), near)
    assert not same_within_rounding((value, gradients | {"b": 0 * small}), near(1.0), near)


@pytest.mark.parametrize("dtype", DTYPES)
def test_zeros_agree_with_zeros_and_with_nothing_else(dtype):
    """A gradient of zero that stays zero nearby agrees with zero only."""

    def near(factor):
        return dtype(1.0), {"W": np.zeros(3, dtype)}

    assert same_within_rounding(near(1.0), near(1.0), near)
    assert not same_within_rounding((dtype(1.0), {"W": np.array([0, 1e-3, 0], dtype)}), near(1.0), near)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_agrees_with_its_like_in_the_same_place(number):
    """NaN is like NaN and infinity like infinity; neither is like a number, or like the other."""

    def result(*entries):
        return number, {"W": np.array(entries)}

    same = result(number, 1.0, 2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same_within_rounding(same, result(number, 1.0, 2.0), lambda factor: same)
        assert same_within_rounding(result(number, 1.0 + 1e-15, 2.0), same, lambda factor: same)
        for other in (
            result(1.0, 1.0, 2.0),
            result(1.0, number, 2.0),
            result(number, 1.1, 2.0),
            result(-number if number == number else 0.0, 1.0, 2.0),
        ):
            assert not same_within_rounding(other, same, lambda factor: same)
            assert not same_within_rounding(same, other, lambda factor, other=other: other)


def test_numbers_that_overflow_nearby_excuse_nothing():
    """Where the function is infinite a little further on, a wrong gradient is still wrong."""

    def near(factor):
        value = 1.0 if factor <= 1 else np.inf
        return value, {"W": np.full(3, value)}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not same_within_rounding((1.0, {"W": np.array([1.0, 2.0, 1.0])}), near(1.0), near)


def test_a_constant_integer_is_compared_exactly():
    """An integer has no rounding."""

    def near(factor):
        return 7, {"W": np.zeros(2)}

    assert same_within_rounding(near(1), near(1), near)
    assert not same_within_rounding((8, near(1)[1]), near(1), near)


@given(st.integers(0, 10_000), st.sampled_from(DTYPES), st.floats(-20, 20))
def test_any_problem_agrees_with_itself_in_another_order(seed, dtype, power):
    """Drawn problems, conditioned well or badly, agree with themselves whatever the order of addition is."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 200))
    X = rng.normal(size=(n, 3)) * 10.0 ** (power * rng.uniform(-0.1, 0.5, 3))
    squares = Squares(X, X @ rng.normal(size=3) + rng.normal(size=n), rng.normal(size=3), dtype=dtype)
    assert same_within_rounding(squares.otherwise(), squares(), squares)
