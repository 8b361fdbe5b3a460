"""The gradient engine: what it returns is what autograd returns."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.tracer import trace_stack

from regress_cli.config.schema import HalfMSE, Huber
from regress_cli.models import MLP, Linear, Polynomial
from regress_cli.tape import value_and_grad
from regress_cli.training.losses import LOSSES, build_loss
from regress_cli.training.objective import Objective

MODELS = [
    Linear(("x", "z"), intercept=True, init_kind="normal"),
    Linear(("x", "z"), intercept=False, init_kind="normal"),
    Polynomial(("x", "z"), degree=3, intercept=True, init_kind="normal"),
    MLP((2, 5, 3, 1), "relu", "normal"),
    MLP((2, 4, 1), "tanh", "glorot"),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_gradient_is_autograds_to_the_last_bit(model, loss, l2, seed):
    """Value and gradient equal those of ``autograd.value_and_grad`` on the dict of parameters."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((17, 2)), rng.standard_normal(17)
    params = model.init(rng)
    objective = Objective(model, LOSSES[loss](Huber(kind="huber", delta=0.7), 1.0), l2)
    features = model.features(X)

    value, grads = value_and_grad(objective)(params, features, y)
    expected_value, expected = autograd.value_and_grad(objective)(params, features, y)

    assert value == expected_value
    assert list(grads) == list(params)
    for name, param in params.items():
        assert np.shape(grads[name]) == np.shape(param)
        np.testing.assert_array_equal(grads[name], expected[name])


def test_any_function_of_autograd_can_be_differentiated():
    """A loss of autograd's own functions, with a parameter used more than once, has autograd's gradient."""

    def loss(params, x):
        hidden = anp.sin(params["a"] * x) + params["a"] ** 2
        return anp.sum(hidden * anp.exp(-params["b"] * x)) + params["b"]

    params, x = {"a": np.array(0.3), "b": np.array(1.2)}, np.linspace(0, 1, 9)
    value, grads = value_and_grad(loss)(params, x)
    expected_value, expected = autograd.value_and_grad(loss)(params, x)
    assert value == expected_value
    assert grads["a"] == pytest.approx(expected["a"], rel=1e-14)
    assert grads["b"] == pytest.approx(expected["b"], rel=1e-14)


def test_a_parameter_that_the_loss_ignores_has_gradient_zero():
    """The gradient by a parameter that the loss never reads is zero, in the parameter's shape."""
    params = {"used": np.ones(2), "unused": np.ones((3, 2))}
    _, grads = value_and_grad(lambda p: anp.sum(p["used"] ** 2))(params)
    np.testing.assert_array_equal(grads["used"], [2.0, 2.0])
    np.testing.assert_array_equal(grads["unused"], np.zeros((3, 2)))


def test_a_constant_loss_has_gradient_zero():
    """A loss that depends on no parameter has its value and a gradient of zero."""
    value, grads = value_and_grad(lambda p: 7.0)({"w": np.ones(3), "b": np.array(1.0)})
    assert value == 7.0
    np.testing.assert_array_equal(grads["w"], np.zeros(3))
    assert grads["b"].shape == ()
    assert grads["b"] == 0.0


def test_a_loss_that_raises_leaves_autograd_as_it_was():
    """After an error in the loss autograd's count of traces is what it was before."""
    model = Linear(("x",), intercept=True, init_kind="zeros")
    objective = Objective(model, build_loss(HalfMSE()))
    before = trace_stack.top
    with pytest.raises(ValueError, match="differ in shape"):
        value_and_grad(objective)(model.init(np.random.default_rng(0)), np.ones((4, 1)), np.ones((4, 1)))
    assert trace_stack.top == before


def test_parameters_are_left_alone():
    """Neither the parameters nor the data change while the gradient is computed."""
    model, rng = MLP((2, 4, 1), "relu", "normal"), np.random.default_rng(0)
    params, X, y = model.init(rng), rng.standard_normal((6, 2)), rng.standard_normal(6)
    copies = {name: value.copy() for name, value in params.items()}, X.copy(), y.copy()
    value_and_grad(Objective(model, build_loss(HalfMSE()), l2=0.1))(params, X, y)
    for name, value in params.items():
        np.testing.assert_array_equal(value, copies[0][name])
    np.testing.assert_array_equal(X, copies[1])
    np.testing.assert_array_equal(y, copies[2])
