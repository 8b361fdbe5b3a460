"""A branch of ``where`` that a row does not take has no say in a formula's value, nor in its gradient."""

import os
import shutil

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from formulas import config_of_table, fitted, problem_of, values_of, write_table
from problems import train

from regress_cli.expression import Expression
from regress_cli.models import Formula

# What follows is not finite, or has no finite derivative, at some of these rows.
X = np.asfortranarray(np.array([[0.0, 1.0], [1.0, -1.0], [2.0, 0.0], [-3.0, 2.0], [900.0, -900.0]]))
HAS_COMPILER = any(map(shutil.which, [os.environ.get("CC") or "cc", "gcc", "clang"]))
PARAMS = {"b": np.array(1.2), "c": np.array(0.7)}


def exponential(x, z, b, c):
    """Return where(x < 10, exp(b*x), c), and its derivatives."""
    return (np.exp(b * x), x * np.exp(b * x), 0.0) if x < 10 else (c, 0.0, 1.0)


def logarithm(x, z, b, c):
    """Return where(x > 0, b*log(x), 0) + c, and its derivatives."""
    return (b * np.log(x) + c, np.log(x), 1.0) if x > 0 else (c, 0.0, 1.0)


def nested(x, z, b, c):
    """Return where(x > 0, where(z < 0, b*log(-z/x), c), -sqrt(-b*x)), and its derivatives."""
    if x > 0:
        return (b * np.log(-z / x), np.log(-z / x), 0.0) if z < 0 else (c, 0.0, 1.0)
    return (-np.sqrt(-b * x), 0.0 if x == 0 else 0.5 * x / np.sqrt(-b * x), 0.0)


def power(x, z, b, c):
    """Return where(x > b, (x - b)**c, 0), and its derivatives."""
    if x <= b:
        return (0.0, 0.0, 0.0)
    return ((x - b) ** c, -c * (x - b) ** (c - 1), (x - b) ** c * np.log(x - b))


def quotient(x, z, b, c):
    """Return where(z >= 1, b, where(z <= -1, c, b/(z + b - 1.2))), and its derivatives, at z = 0 as at 1."""
    return (b, 1.0, 0.0) if z >= 0 else (c, 0.0, 1.0)


def hyperbolic(x, z, b, c):
    """Return where(x < 10, sinh(b*x) + cosh(x*c), 0), and its derivatives."""
    if x >= 10:
        return (0.0, 0.0, 0.0)
    return (np.sinh(b * x) + np.cosh(c * x), x * np.cosh(b * x), x * np.sinh(c * x))


BY_HAND = {
    "where(x < 10, exp(b*x), c)": exponential,
    "where(x > 0, b*log(x), 0) + c": logarithm,
    "where(x >= 0, where(x > 0, where(z < 0, b*log(-z/x), c), 0), -sqrt(-b*x))": nested,
    "where(x > b, (x - b)**c, 0)": power,
    "where(z < 0, c, where(z > 0, b*z/z, b))": quotient,
    "where(x < 10, sinh(b*x) + cosh(x*c), 0)": hyperbolic,
}


def formula(text):
    """Return a formula in x and z."""
    return Formula(Expression.parse(text), {"b": 1.2, "c": 0.7}, ("x", "z"))


@pytest.mark.parametrize(("text", "by_hand"), BY_HAND.items())
def test_the_gradient_is_that_of_the_branches_that_are_taken(text, by_hand):
    """Forwards and backwards, each row counts as it does in what was worked out by hand, row by row."""
    model = formula(text)
    value, by_b, by_c = np.transpose([by_hand(x, z, 1.2, 0.7) for x, z in X])
    np.testing.assert_allclose(model.apply(PARAMS, X), value, rtol=1e-14)
    gradient = autograd.grad(lambda params: anp.sum(model.apply(params, X)))(PARAMS)
    np.testing.assert_allclose(gradient["b"], by_b.sum(), rtol=1e-13)
    np.testing.assert_allclose(gradient["c"], by_c.sum(), rtol=1e-13)
    for name, expected in (("b", by_b), ("c", by_c)):
        along = autograd.make_jvp(lambda value, name=name: model.apply({**PARAMS, name: value}, X))
        tangent = along(PARAMS[name])(np.ones(()))[1]
        np.testing.assert_allclose(tangent, expected, rtol=1e-13)


@pytest.mark.parametrize("text", [*BY_HAND, "where(b < c, x, z*c)", "where(b > c, b, x)"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_value_has_the_bits_of_the_formula_as_it_stands(text, dtype):
    """What stands in rows that do not take a branch is never seen, in either precision."""
    params = {name: value.astype(dtype) for name, value in PARAMS.items()}
    features = X.astype(dtype)
    values = {"x": features[:, 0], "z": features[:, 1], **params}
    with np.errstate(all="ignore"):
        expected = Expression.parse(text).evaluate(values)
    found = formula(text).apply(params, features)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, np.broadcast_to(expected, found.shape))


def test_numbers_in_branches_get_gradients_of_their_own_shape():
    """A parameter that stands alone in a branch is a number, and so is its derivative."""
    for text, expected in (("where(x > 1, b, c)", (2.0, 3.0)), ("where(b > c, b, x)", (5.0, 0.0))):
        model = formula(text)
        gradient = autograd.grad(lambda params, model=model: anp.sum(model.apply(params, X)))(PARAMS)
        assert (gradient["b"].shape, gradient["c"].shape) == ((), ())
        assert (float(gradient["b"]), float(gradient["c"])) == expected


@pytest.fixture
def config(tmp_path):
    """Return the config of a fit in which log(x) stands at x = 0."""
    x = np.arange(6.0)
    path = write_table(tmp_path / "t.csv", {"x": x, "y": [0.1, 0.05, 1.4, 2.2, 2.7, 3.3]})
    return config_of_table(path, "where(x > 0, b*log(x), 0) + c", {"b": 1, "c": 0})


@pytest.mark.parametrize("optimizer", ["levenberg_marquardt", "lbfgs"])
def test_the_minimum_is_that_of_least_squares(optimizer, config):
    """The formula is linear in its parameters, so that NumPy's least squares say what the fit must find."""
    result = fitted({**config, "optimizer": {"kind": optimizer}})
    design = np.column_stack([np.log(np.maximum(np.arange(6.0), 1)), np.ones(6)])
    expected, *_ = np.linalg.lstsq(design, [0.1, 0.05, 1.4, 2.2, 2.7, 3.3], rcond=None)
    np.testing.assert_allclose(list(values_of(result).values()), expected, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_engines_take_the_same_steps(optimizer, config):
    """The tape has autograd's bits; in C, where there is a compiler, only rounding may differ."""
    ends = {}
    for engine in ("eager", "tape", "compiled"):
        keys = {"optimizer": {"kind": optimizer, "step_size": 0.1}}
        problem = problem_of({**config, **keys}, f"training.engine={engine}", "training.steps=100")
        fit = train(problem)
        if engine != "compiled" or HAS_COMPILER:
            assert fit.notes == []
            assert fit.state.engine == engine
        ends[engine] = fit.state.params
    np.testing.assert_array_equal(ends["tape"], ends["eager"])
    np.testing.assert_allclose(ends["compiled"], ends["eager"], rtol=1e-12)
    assert np.isfinite(ends["eager"]).all()
