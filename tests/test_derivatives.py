"""Predictions and their derivatives by rows: those of autograd, whatever the number of rows."""

import autograd
import numpy as np
import pytest
from formulas import DECAY, fitted, problem_of, values_of, write_table
from scipy.optimize import curve_fit

from regress_cli.expression import Expression
from regress_cli.flat import Layout
from regress_cli.models import Formula, jacobian
from regress_cli.training import derivatives
from regress_cli.training.derivatives import BLOCK_ROWS, derivatives_of

FORMULAS = [
    "a*exp(-b*x) + c",
    "a*(1 - exp(-b*x))**c",
    "a/(1 + exp(b - c*x))",
    "a*sin(b*x + c)*x**2",
    "(a + b*x)/(1 + c*x)",
    "a**2 + log(b)*sqrt(c)",
    "a*x + abs(b - x)*tanh(c*x) + arctan(x)/cosh(a)",
    "where(x < b, a*x, a*b + c*(x - b))",
    "a + b*0*c",
]


def formula_of(text):
    """Return a formula in a, b and c over a column x, and its flat parameters."""
    model = Formula(Expression.parse(text), {"a": 1.3, "b": 0.7, "c": 0.4}, ("x",))
    return model, Layout.of(model.init(np.random.default_rng(0)))


def everywhere(of_rows, point):
    """Return the predictions of all rows, and their derivatives."""
    predictions, jacobians = [], []
    for _, prediction, jacobian_ in of_rows.blocks(point):
        predictions.append(prediction.copy())
        jacobians.append(jacobian_.copy())
    return np.concatenate(predictions), np.concatenate(jacobians)


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("n", [1, 7, BLOCK_ROWS, 2 * BLOCK_ROWS + 5])
def test_they_are_those_of_autograd_at_any_point(text, n):
    """Both are autograd's to rounding, in one block and in several, at points that no tape was made at."""
    model, layout = formula_of(text)
    x = np.random.default_rng(1).uniform(0.1, 3, (n, 1))
    of_rows = derivatives_of(model, layout, x)
    for point in ([1.3, 0.7, 0.4], [0.2, 1.9, 1.1], [-0.5, 0.3, 2.0]):
        params = layout.unflatten(np.array(point))
        predictions, J = everywhere(of_rows, np.array(point))
        np.testing.assert_allclose(predictions, model.apply(params, x), rtol=1e-14)
        np.testing.assert_allclose(J, jacobian(model, params, x), rtol=1e-13)


def test_each_column_is_the_derivative_by_a_parameter_of_every_row():
    """The Jacobian of autograd says the same, for a formula that it differentiates number by number."""
    model, layout = formula_of("a*exp(-b*x) + c*x**a")
    x, point = np.linspace(0.5, 2, 9)[:, None], np.array([1.3, 0.7, 0.4])
    expected = autograd.jacobian(lambda p: model.apply(dict(zip("abc", p, strict=True)), x))(point)
    np.testing.assert_allclose(everywhere(derivatives_of(model, layout, x), point)[1], expected, rtol=1e-13)


def test_other_rows_are_answered_by_the_same_tape():
    """What was recorded for some rows holds for others."""
    model, layout = formula_of("a*exp(-b*x) + c")
    x = np.linspace(0, 3, 2 * BLOCK_ROWS)[:, None]
    of_rows, point = derivatives_of(model, layout, x), np.array([2.0, 1.0, 3.0])
    _, J = everywhere(of_rows.over(x[::2].copy()), point)
    np.testing.assert_array_equal(J, everywhere(of_rows, point)[1][::2])


def test_a_replay_that_differs_is_not_used(monkeypatch):
    """Where the first replay is not what autograd says, autograd answers."""
    model, layout = formula_of("a*exp(-b*x) + c")
    x, point = np.linspace(0, 3, 50)[:, None], np.array([2.0, 1.0, 3.0])
    expected = everywhere(derivatives_of(model, layout, x), point)[1]
    monkeypatch.setattr(derivatives, "_agree", lambda one, other: False)
    np.testing.assert_allclose(everywhere(derivatives_of(model, layout, x), point)[1], expected, rtol=1e-14)


MANY = 100_000


def large(target, **model):
    """Return the config of a fit to many synthetic rows."""
    data = {**DECAY["data"], "n": MANY, "inputs": {"x": {"low": 0, "high": 10, "spacing": "linspace"}}}
    return {**DECAY, "data": {**data, "target": target, "noise": 0.1}, "model": {**DECAY["model"], **model}}


def test_many_rows_are_fitted_from_a_sample_and_polished_with_all():
    """It is the fit of all rows, as curve_fit finds it, and the rows of metrics are of all rows too."""
    config = large("3*exp(-0.4*x) + 1")
    problem, result = problem_of(config), fitted(config)
    features, target = problem.train
    expected, _ = curve_fit(lambda x, a, k, c: a * np.exp(-k * x) + c, features[:, 0], target, p0=[1, 1, 0])
    np.testing.assert_allclose(list(values_of(result).values()), expected, rtol=1e-7)
    assert result.convergence.method == "lm on 16,384 rows, then Gauss-Newton"
    start = problem.data_loss(problem.start, problem.train)
    assert result.state.rows[0].train_loss == pytest.approx(start, rel=1e-12)
    reached = problem.data_loss(result.state.params, problem.train)
    assert result.state.rows[-1].train_loss == pytest.approx(reached, rel=1e-12)


def test_weights_bounds_and_a_penalty_hold_for_many_rows(tmp_path):
    """A sample takes its share of each: the end is that of fitting all rows from the start."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 10, 70_000)
    weights = rng.integers(0, 4, len(x)).astype(float)
    y = 3 * np.exp(-0.4 * x) + 1 + rng.normal(0, 0.1, len(x))
    path = write_table(tmp_path / "t.csv", {"x": x, "y": y, "w": weights})
    config = {
        **large(""),
        "data": {"kind": "table", "path": str(path), "target": "y", "features": ["x"], "weights": "w"},
        "loss": {"kind": "half_mse", "l2": 0.01},
    }
    config["model"] = {**config["model"], "bounds": {"k": [0.5, 2]}}
    values = values_of(fitted(config))
    assert values["k"] == 0.5
    # With k held at its bound, the rest is ridge regression.
    design = np.column_stack([np.exp(-0.5 * x), np.ones(len(x))])
    share = (weights / weights.mean())[:, None]
    gram = design.T @ (design * share) / len(x) + 0.01 * np.eye(2)
    a, c = np.linalg.solve(gram, design.T @ (y * share[:, 0]) / len(x))
    assert (values["a"], values["c"]) == pytest.approx((a, c), rel=1e-8)


def test_a_sample_that_misses_what_all_rows_show_is_left():
    """A peak in 20 of 100,000 rows is in no sample to speak of; all rows lead to it."""
    config = large(
        "where(abs(x - 5) < 0.001, 1000, 0)",
        expression="h*where(abs(x - 5) < 0.001, 1, 0) + c",
        initial={"h": 1, "c": 0.5},
    )
    result = fitted(config)
    assert values_of(result)["h"] == pytest.approx(1000, abs=0.2)
    assert result.status == "finished"
