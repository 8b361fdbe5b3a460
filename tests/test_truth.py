"""The true function as a polynomial: its coefficients, or None where it is no polynomial."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regress_cli.data.truth import polynomial_terms
from regress_cli.expression import Expression


def terms(text, *names):
    """Return the terms of ``text`` in ``names``, or in x alone."""
    return polynomial_terms(Expression.parse(text), names or ("x",))


POLYNOMIALS = {
    "4*x + 10": {(1,): 4, (0,): 10},
    "x**4 - 10*x**2 + 10*x": {(4,): 1, (2,): -10, (1,): 10},
    "x**3 - 20*x + 10": {(3,): 1, (1,): -20, (0,): 10},
    "(x + 1)**3": {(3,): 1, (2,): 3, (1,): 3, (0,): 1},
    "-(x - 1)*(x + 1)": {(2,): -1, (0,): 1},
    "x/4": {(1,): 0.25},
    "x*(x + 2) - x": {(2,): 1, (1,): 1},
    "3": {(0,): 3},
    "2**3*x": {(1,): 8},
    "x**(1 + 1)": {(2,): 1},
    "x**0": {(0,): 1},
    "x - x": {},
    "0*x": {},
    "2*pi*x": {(1,): 2 * math.pi},
}


@pytest.mark.parametrize("text", POLYNOMIALS)
def test_a_polynomial_is_expanded(text):
    """Products, powers, quotients by numbers and parentheses are multiplied out."""
    assert terms(text) == POLYNOMIALS[text]


@pytest.mark.parametrize(
    "text",
    [
        "exp(x)",
        "abs(x)",
        "where(x < 0, 0, x)",
        "1/x",
        "x/x",
        "x/(1 - 1)",
        "2**x",
        "x**x",
        "x**-1",
        "x**0.5",
        "x**51",
        "x**(1e308*10)",
        "x**(1e308*10 - 1e308*10)",
        "x + sin(1)",
        "(1e200*x)**2/1e300",
    ],
)
def test_what_is_no_polynomial_is_none(text):
    """Other functions, quotients and powers have no coefficients, nor have numbers out of range."""
    assert terms(text) is None


def test_several_inputs_have_their_powers_in_order():
    """The powers stand in the order of the names that are asked for."""
    assert terms("x*y**2 - 3*y", "x", "y") == {(1, 2): 1, (0, 1): -3}
    assert terms("x*y**2 - 3*y", "y", "x") == {(2, 1): 1, (1, 0): -3}


def test_division_gives_the_nearest_number():
    """A coefficient is what Python makes of the same quotient, not of a product with a reciprocal."""
    assert terms("3*x/10") == {(1,): 0.3}


def test_a_binomial_power_has_pascal_s_numbers():
    """The powers of x + y have the binomial coefficients."""
    assert terms("(x + y)**20", "x", "y") == {(20 - k, k): math.comb(20, k) for k in range(21)}


@pytest.mark.parametrize(
    "text", ["+".join(["((x+1)**50)**50"] * 60), "(a+b+c+d+e)**40*(a+b+c+d+e)**40", "((a+b+c)**50)**50"]
)
def test_a_hostile_power_is_given_up_at_once(text):
    """An expansion that would take for ever ends in seconds, as no polynomial."""
    expression = Expression.parse(text)
    start = time.process_time()
    assert polynomial_terms(expression, expression.names) is None
    assert time.process_time() - start < 5


COEFFICIENTS = st.lists(st.integers(-9, 9), min_size=1, max_size=6)


@given(COEFFICIENTS, COEFFICIENTS)
def test_products_agree_with_numpy(left, right):
    """The product of two polynomials has the coefficients of numpy's convolution."""
    text = "({}) * ({})".format(
        *(" + ".join(f"{value}*x**{power}" for power, value in enumerate(values)) for values in (left, right))
    )
    expected = {(power,): float(value) for power, value in enumerate(np.convolve(left, right)) if value}
    assert terms(text) == expected


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=5), st.floats(-3, 3))
def test_the_terms_have_the_function_s_value(values, x):
    """Summed up again, the terms give what the expression gives."""
    expression = Expression.parse(" + ".join(f"({value!r})*(x - 1)**{k}" for k, value in enumerate(values)))
    total = sum(value * x**power for (power,), value in polynomial_terms(expression, ("x",)).items())
    np.testing.assert_allclose(total, expression.evaluate({"x": x}), rtol=1e-9, atol=1e-9)
