"""The primitives against formulas written out here, and against derivatives by a complex step.

A complex step, Im f(x + ih)/h, has no cancellation, so it is right to the last digits: Squire and Trapp
(1998), https://doi.org/10.1137/S003614459631241X. It needs f itself only, not its derivative.
"""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian, jacobian, make_jvp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regress_cli import primitives

RNG = np.random.default_rng(5)
X, W, B = RNG.standard_normal((7, 3)), RNG.standard_normal((3, 2)), RNG.standard_normal(2)
P, T = RNG.standard_normal(9) * 2, RNG.standard_normal(9)

# Each primitive with the same function in plain NumPy, which takes complex numbers, and its arguments.
FORMS = {
    "affine": (primitives.affine, lambda X, W, b: np.einsum("nd,dm->nm", X, W) + b, (X, W, B)),
    "affine, one output": (
        primitives.affine,
        lambda X, w, b: np.einsum("nd,d->n", X, w) + b,
        (X, W[:, 0], np.array(0.3)),
    ),
    "matrix_vector": (primitives.matrix_vector, lambda X, w: np.einsum("nd,d->n", X, w), (X, W[:, 1])),
    "affine_output": (
        primitives.affine_output,
        lambda X, W, b: (X @ W + b)[:, 0],
        (X, W[:, :1], B[:1]),
    ),
    "relu": (primitives.relu, lambda x: np.where(x.real > 0, x, 0), (X,)),
    "tanh": (primitives.tanh, np.tanh, (X,)),
    "half_mse": (primitives.half_mse, lambda p, t: np.sum((p - t) ** 2) / 18, (P, T)),
    "sum_of_squares": (primitives.sum_of_squares, lambda x: np.sum(x**2), (W,)),
    "absolute_error": (
        primitives.absolute_error,
        lambda p, t: np.mean(np.where((p - t).real > 0, p - t, t - p)),
        (P, T),
    ),
    "huber": (
        lambda p, t: primitives.huber(p, t, 0.8),
        lambda p, t: np.mean([_huber(r, 0.8) for r in p - t]),
        (P, T),
    ),
    "logsumexp": (primitives.logsumexp, lambda x: np.log(np.sum(np.exp(x))), (P,)),
}


def _huber(residual, delta):
    if abs(residual.real) <= delta:
        return residual**2 / 2
    return delta * (residual * np.sign(residual.real) - delta / 2)


def complex_step(function, arguments, position, direction):
    """Return the derivative of ``function`` along ``direction`` in one of its arguments."""
    step = 1e-30
    moved = list(arguments)
    moved[position] = arguments[position] + 1j * step * direction
    return np.imag(function(*moved)) / step


CASES = [(name, position) for name, (_, _, arguments) in FORMS.items() for position in range(len(arguments))]


@pytest.mark.parametrize("name", FORMS)
def test_the_value_is_the_formula_s(name):
    """A primitive has the value of its formula."""
    function, formula, arguments = FORMS[name]
    np.testing.assert_allclose(function(*arguments), formula(*arguments), rtol=1e-13)


@pytest.mark.parametrize(("name", "position"), CASES)
def test_the_forward_rule_is_the_complex_step_s(name, position):
    """Forward mode gives the derivative along any direction, to the last digits."""
    function, formula, arguments = FORMS[name]
    direction = RNG.standard_normal(arguments[position].shape)
    _, slope = make_jvp(function, position)(*arguments)(direction)
    np.testing.assert_allclose(
        slope, complex_step(formula, arguments, position, direction), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize(("name", "position"), CASES)
def test_the_reverse_rule_is_the_complex_step_s(name, position):
    """Reverse mode gives the same derivative, entry by entry, to the last digits."""
    function, formula, arguments = FORMS[name]
    rows = jacobian(function, position)(*arguments)
    for index in np.ndindex(arguments[position].shape):
        direction = np.zeros(arguments[position].shape)
        direction[index] = 1.0
        expected = complex_step(formula, arguments, position, direction)
        np.testing.assert_allclose(rows[(..., *index)], expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "position"), CASES)
def test_the_rules_keep_the_shapes(name, position):
    """A gradient has the shape of the argument that it belongs to."""
    function, _, arguments = FORMS[name]
    gradient = grad(lambda *given: anp.sum(function(*given)), position)(*arguments)
    assert gradient.shape == arguments[position].shape


def test_the_curvature_of_half_mse_is_one_over_n():
    """The second derivative of 1/(2n) sum r^2 is the identity over n."""
    np.testing.assert_allclose(hessian(primitives.half_mse)(P, T), np.eye(9) / 9, rtol=1e-14, atol=1e-16)


def test_the_curvature_of_the_sum_of_squares_is_two():
    """The second derivative of sum x^2 is twice the identity."""
    np.testing.assert_allclose(hessian(primitives.sum_of_squares)(P), 2 * np.eye(9), rtol=1e-14)


def test_the_curvature_of_tanh_is_the_textbook_s():
    """The second derivative of tanh is -2 tanh (1 - tanh^2)."""
    second = grad(grad(primitives.tanh))
    for x in (-2.0, -0.1, 0.0, 0.5, 3.0):
        expected = -2 * np.tanh(x) / np.cosh(x) ** 2
        assert second(x) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_is_flat_at_zero(zero):
    """At 0, from either sign of it, relu and both of its derivative rules give 0."""
    x = np.array([zero, 1.0, -1.0])
    np.testing.assert_array_equal(primitives.relu(x), [0, 1, 0])
    np.testing.assert_array_equal(grad(lambda x: primitives.relu(x).sum())(x), [0, 1, 0])
    np.testing.assert_array_equal(make_jvp(primitives.relu)(x)(np.ones(3))[1], [0, 1, 0])


def test_huber_is_smooth_where_its_halves_meet():
    """At a residual of delta the quadratic and the linear half have one value and one slope."""
    delta = 1.5
    value, slope = [], []
    for residual in (delta * (1 - 1e-12), delta, delta * (1 + 1e-12)):
        at = np.array([residual])
        value.append(primitives.huber(at, np.zeros(1), delta))
        slope.append(grad(primitives.huber)(at, np.zeros(1), delta)[0])
    np.testing.assert_allclose(value, delta**2 / 2, rtol=1e-11)
    np.testing.assert_allclose(slope, delta, rtol=1e-11)


FLOATS = arrays(np.float64, 6, elements=st.floats(-1e6, 1e6))


@given(FLOATS, FLOATS, st.floats(1e-3, 1e3))
def test_huber_lies_below_both_of_its_bounds(p, t, delta):
    """Huber's loss is at most half the mean square and at most delta times the mean absolute error."""
    value = primitives.huber(p, t, delta)
    assert 0 <= value <= primitives.half_mse(p, t) * (1 + 1e-12)
    assert value <= delta * primitives.absolute_error(p, t) * (1 + 1e-12)


@given(FLOATS, FLOATS)
def test_the_losses_do_not_care_which_side_is_the_target(p, t):
    """Prediction and target may change places, and the gradients change sign."""
    for loss in (primitives.half_mse, primitives.absolute_error):
        assert loss(p, t) == loss(t, p)
        np.testing.assert_array_equal(grad(loss, 0)(p, t), -grad(loss, 1)(p, t))


def test_the_arguments_are_left_alone():
    """No primitive writes to the arrays that it is given."""
    for function, _, arguments in FORMS.values():
        copies = [np.array(argument) for argument in arguments]
        function(*arguments)
        for argument, copy in zip(arguments, copies, strict=True):
            np.testing.assert_array_equal(argument, copy)


def test_affine_keeps_the_order_of_memory():
    """A column-major product comes of column-major rows, so that each column stays contiguous."""
    out = primitives.affine(np.asfortranarray(X), W, B)
    assert out.flags.f_contiguous
