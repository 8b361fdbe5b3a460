"""A real table: the exact solver gives scikit-learn's solution of the diabetes data."""

from pathlib import Path

import numpy as np
import pytest
from problems import result_of, train
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge

from regress_cli.config import load_config
from regress_cli.experiment.plan import Plan, make_plan
from regress_cli.training import assess

DATA = load_diabetes()


def make_diabetes_plan(folder: Path, *overrides: str) -> Plan:
    """Write the table as csv, every digit of it, and return a plan that fits it exactly."""
    header = ",".join([*DATA.feature_names, "progression"])
    rows = np.column_stack([DATA.data, DATA.target]).tolist()
    lines = [header, *(",".join(map(repr, row)) for row in rows)]
    (folder / "diabetes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = {
        "name": "diabetes",
        "data": {"kind": "table", "path": str(folder / "diabetes.csv"), "target": "progression"},
        "model": {"kind": "linear"},
        "optimizer": {"kind": "exact"},
    }
    return make_plan(load_config(config, overrides))


def solve(plan: Plan):
    """Return the assessment of the exact solution."""
    return assess(plan.problem, plan.dataset, result_of(plan.problem))


SCALINGS = [
    "data.standardize={}",
    "data.standardize={features: true}",
    "data.standardize={features: true, target: true}",
]


@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_exact_solution_is_linear_regressions(tmp_path, scaling):
    """With and without scaling, parameters and predictions in the data's units agree to 1e-9."""
    found = solve(make_diabetes_plan(tmp_path, scaling))
    expected = LinearRegression().fit(DATA.data, DATA.target)
    np.testing.assert_allclose(found.params["w"], expected.coef_, rtol=1e-9)
    assert float(found.params["b"]) == pytest.approx(expected.intercept_, rel=1e-9)
    np.testing.assert_allclose(found.predictions["train"], expected.predict(DATA.data), rtol=1e-9)
    assert found.metrics["train"].r2 == pytest.approx(expected.score(DATA.data, DATA.target), rel=1e-9)
    assert found.gap == 0.0
    assert found.optimum.solution.rank == 11
    assert found.optimum.solution.digits >= 9


@pytest.mark.parametrize("scaling", SCALINGS)
def test_only_the_training_part_is_learned_from(tmp_path, scaling):
    """With a test part, the solution is that of the other rows, and the test part is scored by it."""
    plan = make_diabetes_plan(tmp_path, scaling, "data.split.test=0.25")
    found, parts = solve(plan), plan.dataset.parts
    train_rows, test_rows = parts["train"], parts["test"]
    assert sorted([*train_rows, *test_rows]) == list(range(442))
    expected = LinearRegression().fit(DATA.data[train_rows], DATA.target[train_rows])
    np.testing.assert_allclose(found.params["w"], expected.coef_, rtol=1e-9)
    score = expected.score(DATA.data[test_rows], DATA.target[test_rows])
    assert found.metrics["test"].r2 == pytest.approx(score, rel=1e-9)


@pytest.mark.parametrize(("loss", "alpha"), [("half_mse", 442 * 0.03), ("mse", 442 * 0.03 / 2)])
def test_l2_is_ridge_regression(tmp_path, loss, alpha):
    """``l2`` is scikit-learn's alpha over n for half_mse, and twice that for mse."""
    found = solve(make_diabetes_plan(tmp_path, f"loss={{kind: {loss}, l2: 0.03}}"))
    expected = Ridge(alpha=alpha, solver="svd").fit(DATA.data, DATA.target)
    np.testing.assert_allclose(found.params["w"], expected.coef_, rtol=1e-9)
    assert float(found.params["b"]) == pytest.approx(expected.intercept_, rel=1e-9)


def test_gradient_descent_comes_close_to_it(tmp_path):
    """Momentum descent on scaled columns ends near the same optimum, by its own account."""
    plan = make_diabetes_plan(
        tmp_path, SCALINGS[2], "optimizer={kind: sgd, step_size: 0.5}", "training.steps=3000"
    )
    fit = train(plan.problem)
    learned = plan.problem.model.in_data_units(
        plan.problem.layout.unflatten(fit.state.params), plan.dataset.scaling
    )
    expected = LinearRegression().fit(DATA.data, DATA.target)
    predicted = DATA.data @ learned["w"] + learned["b"]
    np.testing.assert_allclose(predicted, expected.predict(DATA.data), rtol=1e-3)
