"""The functions with derivative rules of their own: the rules are right, in both directions and twice."""

import numpy as np
import pytest
from autograd import grad
from autograd.test_util import check_grads

from regress_cli import primitives

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((5, 3)), RNG.standard_normal((3, 2)), RNG.standard_normal(2)
Y, T = RNG.standard_normal(6), RNG.standard_normal(6)

CALLS = {
    "affine": (primitives.affine, (X, W, B)),
    "affine, one output": (primitives.affine, (X, W[:, 0], np.array(0.4))),
    "matrix_vector": (primitives.matrix_vector, (X, W[:, 0])),
    "affine_output": (primitives.affine_output, (X, W[:, :1], B[:1])),
    "relu": (primitives.relu, (X,)),
    "gate": (lambda g: primitives.gate(g, X), (RNG.standard_normal((5, 3)),)),
    "tanh": (primitives.tanh, (X,)),
    "half_mse": (primitives.half_mse, (Y, T)),
    "sum_of_squares": (primitives.sum_of_squares, (W,)),
    "absolute_error": (primitives.absolute_error, (Y, T)),
    "huber": (lambda y, t: primitives.huber(y, t, 0.8), (Y, T)),
    "logsumexp": (primitives.logsumexp, (Y,)),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_rule_agrees_with_finite_differences(name):
    """First and second derivatives, forward and reverse, agree with finite differences."""
    function, arguments = CALLS[name]
    positions = tuple(range(len(arguments)))
    check_grads(function, argnum=positions, modes=["fwd", "rev"], order=2)(*arguments)


def test_every_primitive_is_checked():
    """A primitive that is added to the module must be added to this file's table."""
    defined = {name for name, value in vars(primitives).items() if getattr(value, "fun", None)}
    assert defined == {name.split(",")[0] for name in CALLS}


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (lambda x: primitives.relu(x), 0.0),
        (lambda x: primitives.absolute_error(x * np.ones(1), np.ones(1)), 1.0),
    ],
    ids=["relu", "absolute_error"],
)
def test_the_derivative_at_a_kink_is_zero(function, at):
    """At the point where two slopes meet the derivative is 0."""
    assert grad(function)(at) == 0.0


def test_relu_keeps_what_is_not_a_number():
    """A nan is passed on, so that it is noticed."""
    assert np.isnan(primitives.relu(np.array([np.nan])))[0]
