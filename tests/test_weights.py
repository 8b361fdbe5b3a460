"""Rows that count unlike, and targets on another scale: against statsmodels, closed forms and repetition."""

import numpy as np
import pytest
from formulas import config_of_table, fitted, problem_of, values_of, write_table
from problems import train
from scipy.optimize import curve_fit
from statsmodels.regression.linear_model import WLS
from statsmodels.tools import add_constant

from regress_cli.config import load_config
from regress_cli.errors import ConfigError, DataError
from regress_cli.experiment.runner import run
from regress_cli.training.solve import solve
from regress_cli.training.stability import stable_step_size

RNG = np.random.default_rng(11)
X = np.linspace(0.5, 4, 24)
SIGMA = RNG.uniform(0.05, 0.4, 24)
Y = 3 * np.exp(-0.6 * X) + 1 + SIGMA * RNG.standard_normal(24)
COUNTS = RNG.integers(0, 4, 24)


@pytest.fixture
def table(tmp_path):
    """Return the path of a table with weights and standard deviations."""
    columns = {"x": X, "y": Y, "w": COUNTS, "s": SIGMA, "v": 1 / SIGMA**2}
    return write_table(tmp_path / "t.csv", columns)


def line(path, **data):
    """Return the config of a straight line through the table."""
    section = {"kind": "table", "path": str(path), "target": "y", "features": ["x"], **data}
    return {"data": section, "model": {"kind": "linear"}, "optimizer": {"kind": "exact"}}


def decay(path, **data):
    """Return the config of an exponential through the table."""
    return config_of_table(path, "a*exp(-k*x) + c", {"a": 1, "k": 1, "c": 0}, data=data)


@pytest.mark.parametrize(("key", "weights"), [("weights: w", COUNTS), ("sigma: s", 1 / SIGMA**2)])
@pytest.mark.parametrize("kind", ["exact", "levenberg_marquardt", "lbfgs"])
def test_a_line_is_that_of_statsmodels(key, weights, kind, table):
    """Weighted least squares as statsmodels has it, by every solver."""
    name, column = key.split(": ")
    config = {**line(table, **{name: column}), "optimizer": {"kind": kind}}
    params = (solve(problem_of(config)) if kind == "exact" else fitted(config)).params
    intercept, slope = WLS(Y, add_constant(X), weights=weights).fit().params
    np.testing.assert_allclose(params["b"], intercept, rtol=1e-9)
    np.testing.assert_allclose(params["w"], [slope], rtol=1e-9)


def test_a_formula_with_sigma_is_that_of_scipy(table):
    """SciPy's curve_fit with the same standard deviations."""
    expected, _ = curve_fit(
        lambda x, a, k, c: a * np.exp(-k * x) + c, X, Y, [1, 1, 0], sigma=SIGMA, xtol=1e-14, ftol=1e-14
    )
    np.testing.assert_allclose(list(values_of(fitted(decay(table, sigma="s"))).values()), expected, rtol=1e-6)


def test_sigma_and_its_weights_are_one_fit(table):
    """Weights of 1/sigma^2 give the parameters that sigma gives."""
    by_sigma, by_weights = fitted(decay(table, sigma="s")), fitted(decay(table, weights="v"))
    assert values_of(by_sigma) == pytest.approx(values_of(by_weights), rel=1e-10)


def test_a_whole_weight_is_a_row_repeated(table, tmp_path):
    """Weights of 0, 1, 2, 3 are rows left out, kept, doubled and tripled."""
    repeated = write_table(tmp_path / "r.csv", {"x": np.repeat(X, COUNTS), "y": np.repeat(Y, COUNTS)})
    weighted, again = fitted(decay(table, weights="w")), fitted(decay(repeated))
    assert values_of(weighted) == pytest.approx(values_of(again), rel=1e-10)
    assert weighted.state.rows[-1].train_loss == pytest.approx(again.state.rows[-1].train_loss, rel=1e-10)


@pytest.mark.parametrize("engine", ["eager", "tape", "compiled"])
@pytest.mark.parametrize("batch_size", ["full", 7])
def test_gradient_steps_take_weights(engine, batch_size, table):
    """Every engine and kind of batch comes near the weighted line."""
    config = {
        **line(table, weights="w"),
        "optimizer": {"kind": "sgd", "step_size": 0.05},
        "training": {"engine": engine, "batch_size": batch_size, "steps": 4000},
    }
    params = train(problem_of(config)).result.params
    exact = solve(problem_of(line(table, weights="w"))).params
    np.testing.assert_allclose(params["w"], exact["w"], atol=1e-6 if batch_size == "full" else 0.05)


def test_a_penalty_beside_weights_is_one_objective(table):
    """Solver and gradient agree where the penalised minimum is."""
    config = {**line(table, weights="w"), "loss": {"kind": "half_mse", "l2": 0.1}}
    problem = problem_of(config)
    x = problem.layout.flatten(solve(problem).params)
    _, gradient = problem.value_and_gradient(x, *problem.objective_train)
    np.testing.assert_allclose(gradient, 0, atol=1e-12)


@pytest.mark.parametrize("weighting", [{"weights": "w"}, {"sigma": "s"}])
def test_a_fit_is_held_against_the_mean_by_what_was_fitted(weighting, tmp_path):
    """Rows that hardly count may lie further from the line than from their mean; nothing is said of that."""
    y = [1.0, 2.0, 3.0, 4.0, -20.0, 40.0, -60.0]
    small = [1.0] * 4 + [1e-6] * 3
    columns = {"x": range(7), "y": y, "w": small, "s": 1 / np.sqrt(small)}
    finished = run(load_config(line(write_table(tmp_path / "t.csv", columns), **weighting)), tmp_path)
    fit, mean = finished.record["metrics"]["train"], finished.record["baseline"]["train"]
    assert fit["rmse"] > mean["rmse"]
    assert fit["loss"] < mean["loss"]
    assert finished.record["notes"] == []


def test_a_weighted_fit_that_explains_nothing_is_told(tmp_path):
    """Where the weighted slope is zero the line is the weighted mean, whatever the unweighted errors are."""
    columns = {"x": [0, 1, 2, 1], "y": [1, 0, 1, 50], "w": [1, 1, 1, 1e-9]}
    finished = run(load_config(line(write_table(tmp_path / "t.csv", columns), weights="w")), tmp_path)
    assert any(
        note.startswith("the fit is no better than predicting the mean") for note in finished.record["notes"]
    )


def test_the_stable_step_is_that_of_the_weighted_curvature(table):
    """The largest curvature is that of the weighted design."""
    problem = problem_of({**line(table, sigma="s"), "optimizer": {"kind": "sgd", "mass": 0}})
    A = np.column_stack([np.ones(24), X]) / SIGMA[:, None]
    assert stable_step_size(problem) == pytest.approx(2 / np.linalg.eigvalsh(A.T @ A / 24)[-1], rel=1e-10)


def test_only_the_loss_is_weighted(table, tmp_path):
    """Loss by weights, the other metrics by rows; in every part."""
    finished = run(
        load_config({**line(table, weights="w"), "plots": {"pictures": ["loss"]}}), tmp_path / "out"
    )
    params = finished.params
    r = params["w"][0] * X + params["b"] - Y
    assert finished.metrics["train"]["loss"] == pytest.approx(np.average(r**2, weights=COUNTS) / 2)
    assert finished.metrics["train"]["rmse"] == pytest.approx(np.sqrt(np.mean(r**2)))


REFUSED = {
    "negative": ({"weights": "w"}, [1, -1, 1], "row 2 (line 3), column 'w': -1: a weight is 0 or more"),
    "zero sigma": ({"sigma": "w"}, [1, 1, 0], "row 3 (line 4), column 'w': 0: a standard deviation"),
    "all zero": ({"weights": "w"}, [0, 0, 0], "every weight of the training part is 0"),
    "words": ({"weights": "w"}, ["a", "b", "c"], "'a' stands where a number is wanted"),
    "missing": ({"weights": "w", "missing": "mean"}, [1, "", 1], "the cell is missing"),
    "tiny": ({"sigma": "w"}, [1, 1e-200, 1], "beyond the range of numbers"),
    "no column": ({"weights": "ww"}, [1, 1, 1], "there is no column 'ww' (data.weights)"),
}


@pytest.mark.parametrize(("keys", "column", "part"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_weights_are_refused_by_their_cell(keys, column, part, tmp_path):
    """The message names the file's row and line."""
    path = write_table(tmp_path / "t.csv", {"x": [1, 2, 3], "y": [2, 4, 5], "w": column})
    with pytest.raises(DataError) as caught:
        problem_of(line(path, **keys))
    assert part in str(caught.value)


WRONG = {
    "both": ({"data": {"weights": "w", "sigma": "s"}}, "give either weights or sigma"),
    "a feature": ({"data": {"weights": "x", "features": ["x"]}}, "'x' has another role already"),
    "the target": ({"data": {"sigma": "y"}}, "'y' has another role already"),
    "another loss": (
        {"data": {"weights": "w"}, "loss": {"kind": "huber"}},
        "weights belong to squared losses",
    ),
}


@pytest.mark.parametrize(("keys", "part"), WRONG.values(), ids=WRONG.keys())
def test_wrong_weights_are_refused_by_the_config(keys, part):
    """What the config alone can tell is told before the table is read."""
    config = {"model": {"kind": "linear"}, **keys}
    config["data"] = {"kind": "table", "path": "t.csv", "target": "y", **keys["data"]}
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    assert part in str(caught.value)


def test_a_column_of_weights_is_no_feature(table):
    """Features that are not named are all other columns, but for the weights."""
    config = line(table, weights="w")
    del config["data"]["features"]
    assert problem_of(config).model.feature_names == ("x", "s", "v")


# ------------------------------------------------------------------------------------- the target


def test_a_target_on_another_scale(table, tmp_path):
    """log(y) is what is fitted and predicted, and a note says so."""
    config = {**line(table), "plots": {"pictures": ["fit"]}}
    config["data"]["target"] = "log(y)"
    finished = run(load_config(config), tmp_path / "out")
    slope, intercept = np.polyfit(X, np.log(Y), 1)
    np.testing.assert_allclose(finished.params["w"], [slope], rtol=1e-9)
    np.testing.assert_allclose(finished.params["b"], intercept, rtol=1e-9)
    assert any("the target is log(y)" in note for note in finished.record["notes"])
    assert finished.record["data"]["target"] == "log(y)"
    header = (finished.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "part,x,log(y),prediction"


def test_a_column_of_that_name_comes_first(tmp_path):
    """A table that has a column called log(y) means that column."""
    path = write_table(tmp_path / "t.csv", {"x": [1, 2, 3], "log(y)": [5, 6, 7], "y": [-1, -2, -3]})
    problem = problem_of(line(path, target="log(y)"))
    np.testing.assert_array_equal(problem.train[1], [5, 6, 7])


TARGETS = {
    "negative": ("log(y)", "row 2 (line 3), column 'y': log(y) is nan at y = -2"),
    "unknown": ("log(yy)", "there is no column 'yy' (data.target: log(yy)); did you mean 'y'?"),
    "no arithmetic": ("lg(y)", "there is no column 'lg(y)' (data.target)"),
    "texts": ("log(t)", "can't be a target"),
    "a feature": ("log(x)", "'x' is part of the target"),
}


@pytest.mark.parametrize(("target", "part"), TARGETS.values(), ids=TARGETS.keys())
def test_a_wrong_target_is_refused(target, part, tmp_path):
    """The message names the cell, or the nearest column."""
    path = write_table(tmp_path / "t.csv", {"x": [1, 2, 3], "y": [2, -2, 5], "t": ["a", "b", "c"]})
    with pytest.raises(DataError) as caught:
        problem_of(line(path, target=target))
    assert part in str(caught.value)
