"""Assessment: what a result is held against."""

import numpy as np
import pytest
from problems import LINE, result_of
from scipy.optimize import minimize

from regress_cli import run
from regress_cli.config import load_config
from regress_cli.errors import DataError
from regress_cli.experiment.plan import Plan, make_plan
from regress_cli.training import Assessment, assess

SCALED = "data.standardize={features: true, target: true}"
SPLIT = "data.split={validation: 0.2, test: 0.3}"


def assessed(*overrides: str) -> tuple[Plan, Assessment]:
    """Return a plan and the assessment of its result."""
    plan = make_plan(load_config(LINE, overrides))
    return plan, assess(plan.problem, plan.dataset, result_of(plan.problem))


@pytest.mark.parametrize("scaling", ["data.standardize={}", SCALED])
def test_the_baseline_predicts_the_training_parts_mean(scaling):
    """In every part the baseline is the error of the training part's mean, in the target's unit."""
    plan, found = assessed(SPLIT, scaling)
    mean = plan.dataset.part("train")[1].mean()
    assert set(found.baseline) == {"train", "validation", "test"}
    for part, metrics in found.baseline.items():
        y = plan.dataset.part(part)[1]
        assert metrics.rmse == pytest.approx(np.sqrt(((y - mean) ** 2).mean()), rel=1e-12)
        assert metrics.loss == pytest.approx(((y - mean) ** 2).mean() / 2, rel=1e-12)
        assert metrics.n == len(y)
    assert found.baseline["train"].r2 == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("scaling", ["data.standardize={}", SCALED])
def test_the_noise_floor_is_the_error_of_the_true_function(scaling):
    """It is the loss that the true function itself leaves, near half the noise's variance."""
    plan, found = assessed("data.n=2000", SPLIT, scaling)
    for part, metrics in found.noise_floor.items():
        X, y = plan.dataset.part(part)
        assert metrics.loss == pytest.approx(((4 * X[:, 0] + 10 - y) ** 2).mean() / 2, rel=1e-12)
    assert found.noise_floor["train"].loss == pytest.approx(2**2 / 2, rel=0.1)


@pytest.mark.parametrize("scaling", ["data.standardize={}", SCALED])
@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_metrics_and_predictions_are_in_the_targets_unit(scaling, l2):
    """Predictions are those of the reported parameters on unscaled data, and metrics those of them."""
    plan, found = assessed(SPLIT, scaling, f"loss.l2={l2}")
    for part, metrics in found.metrics.items():
        X, y = plan.dataset.part(part)
        prediction = X @ found.params["w"] + found.params["b"]
        np.testing.assert_allclose(found.predictions[part], prediction, rtol=1e-12)
        assert metrics.loss == pytest.approx(((prediction - y) ** 2).mean() / 2, rel=1e-9)
        assert metrics.mae == pytest.approx(np.abs(prediction - y).mean(), rel=1e-9)


@pytest.mark.parametrize(
    "loss", ["{kind: half_mse, l2: 0}", "{kind: half_mse, l2: 0.2}", "{kind: mse, l2: 0.2}"]
)
@pytest.mark.parametrize("scaling", ["data.standardize={}", SCALED])
def test_the_optimum_is_the_lowest_objective(loss, scaling):
    """No minimizer of scipy's finds a lower one; the gap is what training left above it."""
    plan, found = assessed(f"loss={loss}", scaling, "training.steps=5")
    problem = plan.problem

    def objective(vector):
        return float(problem.objective(problem.layout.unflatten(vector), *problem.train))

    unit = plan.dataset.scaling.target.scale**2
    lowest = minimize(objective, np.zeros(2), tol=1e-14).fun * unit
    assert found.optimum.objective == pytest.approx(lowest, rel=1e-8)
    penalty = problem.objective.l2 / 2 * _trained_slope(plan) ** 2
    assert found.gap == pytest.approx(found.metrics["train"].loss + penalty * unit - lowest, rel=1e-6)
    assert found.gap > 0.01


def _trained_slope(plan: Plan) -> float:
    """Return the slope that the same training learns, as training sees it."""
    return float(result_of(make_plan(plan.experiment).problem).params["w"][0])


def test_training_that_arrives_has_no_gap():
    """Long descent reaches the optimum; the exact solver is there at once; no gap is negative."""
    _, long = assessed("training.steps=20000")
    assert 0.0 <= long.gap < 1e-9
    _, exact = assessed("optimizer={kind: exact}")
    assert exact.gap == 0.0
    np.testing.assert_allclose(long.params["w"], exact.params["w"], rtol=1e-6)


@pytest.mark.parametrize(
    "override", ["loss={kind: mae}", "loss={kind: huber}", "model={kind: mlp, hidden: [3]}"]
)
def test_without_a_closed_form_there_is_no_optimum(override):
    """Other losses and networks have neither optimum nor gap; baseline and noise floor stay."""
    _, found = assessed(override)
    assert (found.optimum, found.gap) == (None, None)
    assert found.baseline["train"].n == 20
    assert found.noise_floor is not None


def test_an_optimum_beyond_floating_point_is_not_told():
    """A slope of 1e400 makes the exact solver refuse, and leaves gradient descent without an optimum."""
    huge = ("data.inputs.x={low: 0, high: 1e-200}", "data.target=1e200*(1e200*x)")
    with pytest.raises(DataError, match="beyond the range of floating-point numbers; give the columns in"):
        assessed(*huge, "optimizer={kind: exact}")
    _, found = assessed(*huge)
    assert (found.optimum, found.gap) == (None, None)


def test_the_optimum_of_mse_is_twice_that_of_half_mse():
    """Both losses have the same exact parameters; the objective is twice as large."""
    _, half = assessed("optimizer={kind: exact}")
    _, whole = assessed("optimizer={kind: exact}", "loss={kind: mse}")
    assert whole.optimum.objective == pytest.approx(2 * half.optimum.objective, rel=1e-12)
    np.testing.assert_array_equal(whole.params["w"], half.params["w"])


@pytest.mark.parametrize(
    ("model", "target", "expected"),
    [
        ("{kind: linear}", "4*x + 10", {"w": [4.0], "b": 10.0}),
        ("{kind: linear}", "3*x", {"w": [3.0], "b": 0.0}),
        ("{kind: linear, intercept: false}", "3*x", {"w": [3.0]}),
        ("{kind: polynomial, degree: 4}", "x**4 - 10*x**2 + 10*x", {"w": [0.0, 10.0, -10.0, 0.0, 1.0]}),
        ("{kind: polynomial, degree: 3}", "(x - 1)*(x + 2)/2", {"w": [-1.0, 0.5, 0.5, 0.0]}),
    ],
)
def test_the_true_parameters_are_the_targets_coefficients(model, target, expected):
    """Where the model can be the true function, its coefficients are told, whatever was scaled."""
    for scaling in ("data.standardize={}", SCALED):
        if "intercept" in model and scaling == SCALED:
            continue
        _, found = assessed(f"model={model}", f"data.target={target}", scaling, "optimizer.step_size=0.0001")
        assert set(found.true_params) == set(expected)
        for name, value in expected.items():
            np.testing.assert_allclose(found.true_params[name], value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "target"),
    [
        ("{kind: linear}", "x**2"),
        ("{kind: linear, intercept: false}", "x + 1"),
        ("{kind: polynomial, degree: 3}", "x**4"),
        ("{kind: polynomial, degree: 3}", "sin(x)"),
        ("{kind: mlp, hidden: [2]}", "4*x + 10"),
    ],
)
def test_a_model_that_cannot_be_the_truth_has_no_true_parameters(model, target):
    """Nothing is told where the true function lies outside the model."""
    _, found = assessed(f"model={model}", f"data.target={target}", "optimizer.step_size=0.0001")
    assert found.true_params is None


def test_the_truth_is_recovered_without_noise():
    """Without noise the exact solution is the true function, and the noise floor is zero."""
    _, found = assessed(
        "data.noise=0",
        "data.target=x**3 - 2*x + 5",
        "model={kind: polynomial, degree: 3}",
        "optimizer={kind: exact}",
    )
    np.testing.assert_allclose(found.params["w"], found.true_params["w"], atol=1e-9)
    assert found.noise_floor["train"].loss == 0.0
    assert found.metrics["train"].loss < 1e-20


def dependent(features: dict[str, list[float]], target: list[float], model: dict, tmp_path) -> list[str]:
    """Return the parameters that a standardized exact fit of a table leaves open."""
    rows = zip(*features.values(), target, strict=True)
    text = ",".join([*features, "y"]) + "\n" + "\n".join(",".join(map(repr, row)) for row in rows) + "\n"
    (tmp_path / "t.csv").write_text(text)
    data = {
        "kind": "table",
        "path": str(tmp_path / "t.csv"),
        "target": "y",
        "standardize": {"features": True},
    }
    config = {"name": "t", "data": data, "model": model, "optimizer": {"kind": "exact"}}
    return run(load_config(config), tmp_path / "out").record["optimum"]["undetermined"]


def test_what_is_open_is_told_in_the_datas_own_units(tmp_path):
    """x2 = 2 x1 + 3 leaves both slopes open and, once the scaling is undone, the intercept too."""
    x = [1.0, 2.0, 4.0, 7.0, 8.0]
    found = dependent(
        {"x1": x, "x2": [2 * value + 3 for value in x]},
        [1.0, 3.0, 2.0, 5.0, 4.0],
        {"kind": "linear"},
        tmp_path,
    )
    assert sorted(found) == ["b", "w[x1]", "w[x2]"]


def test_a_cubic_through_three_places_leaves_all_its_coefficients_open(tmp_path):
    """(x - 1)(x - 2)(x - 3) may be added to any cubic fitted to x = 1, 2, 3."""
    found = dependent(
        {"x": [1.0, 2.0, 3.0, 1.0, 2.0]},
        [1.0, 3.0, 2.0, 5.0, 4.0],
        {"kind": "polynomial", "degree": 3},
        tmp_path,
    )
    assert sorted(found) == ["w[const]", "w[x]", "w[x^2]", "w[x^3]"]


def test_far_from_zero_the_errors_are_those_of_the_unscaled_coefficients(tmp_path):
    """Y = 5 + x on [1000, 1001], degree 4, standardized: no coefficient is further off than its error."""
    far = [
        "data.inputs.x={low: 1000, high: 1001}",
        "data.n=50",
        "data.target=5 + x",
        "data.noise=0",
        SCALED,
        "model={kind: polynomial, degree: 4}",
        "optimizer.kind=exact",
    ]
    optimum = run(load_config(LINE, far), tmp_path).record["optimum"]
    truth = {"w[const]": 5.0, "w[x]": 1.0, "w[x^2]": 0.0, "w[x^3]": 0.0, "w[x^4]": 0.0}
    for name, value in optimum["parameters"].items():
        assert abs(value - truth[name]) <= 10 * optimum["errors"][name]


@pytest.mark.parametrize("model", [{"kind": "linear"}, {"kind": "polynomial", "degree": 2}])
def test_a_constant_column_stays_open_when_it_is_scaled(tmp_path, model):
    """Standardized or not, what a constant column leaves open is the same."""
    features = {"a": [0.3, 1.7, 2.2, 4.1, 5.9, 7.7], "k": [0.1] * 6}
    target = [1.0, 2.5, 2.0, 4.5, 6.0, 8.5]
    scaled = dependent(features, target, model, tmp_path)
    rows = (tmp_path / "t.csv").read_text()
    data = {"kind": "table", "path": str(tmp_path / "t.csv"), "target": "y"}
    config = {"name": "plain", "data": data, "model": model, "optimizer": {"kind": "exact"}}
    plain = run(load_config(config), tmp_path / "out").record["optimum"]["undetermined"]
    assert rows.startswith("a,k,y")
    assert sorted(scaled) == sorted(plain)
    assert "w[k]" in scaled
