"""The bands around a fitted curve are those of statsmodels and of the delta method."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from regress_cli import load_config
from regress_cli.experiment.bands import bands
from regress_cli.experiment.inferred import infer
from regress_cli.experiment.pictures import plan_pictures
from regress_cli.experiment.plan import make_plan
from regress_cli.training import assess, minimize, solve

X = np.linspace(1.0, 4.0, 40)
Y = 3 * np.exp(-0.5 * X) + 0.05 * np.random.default_rng(8).normal(size=40)
GRID = np.linspace(0.0, 5.0, 11)


def fitted(folder: Path, **sections: object):
    """Return problem, dataset, result, assessment and inference of a fit to the table."""
    path = folder / "t.csv"
    path.write_text(
        "x,s,y\n" + "".join(f"{x!r},0.05,{y!r}\n" for x, y in zip(X.tolist(), Y.tolist(), strict=True))
    )
    data = {"kind": "table", "path": str(path), "target": "y", "features": ["x"], **sections.pop("data", {})}
    plan = make_plan(load_config({"data": data, **sections}))
    is_exact = plan.experiment.optimizer.kind == "exact"
    result = solve(plan.problem) if is_exact else minimize(plan.problem, lambda progress: None)
    assessment = assess(plan.problem, plan.dataset, result)
    inference = infer(plan.problem, plan.dataset, result, assessment)
    assert inference is not None
    return plan.problem, plan.dataset, result, assessment, inference


@pytest.mark.parametrize("is_scaled", [False, True])
@pytest.mark.parametrize("degree", [1, 3])
def test_the_bands_of_a_linear_model_are_those_of_statsmodels(tmp_path: Path, degree: int, is_scaled: bool):
    """Confidence and prediction band agree with OLS, whatever order and scale the parameters have."""
    model = {"kind": "linear"} if degree == 1 else {"kind": "polynomial", "degree": degree}
    problem, _, _, assessment, inference = fitted(
        tmp_path,
        model=model,
        optimizer={"kind": "exact"},
        data={"standardize": {"features": is_scaled, "target": is_scaled}},
        inference={"confidence": 0.9},
    )
    oracle = OLS(Y, np.vander(X, degree + 1)).fit().get_prediction(np.vander(GRID, degree + 1))
    expected = oracle.summary_frame(alpha=0.1)
    found = bands(problem, assessment, inference, GRID, expected["mean"].to_numpy())
    assert found is not None
    mean, new = found["90 % confidence of the curve"], found["90 % prediction"]
    assert mean[1] == pytest.approx(expected["mean_ci_lower"].to_numpy(), rel=1e-6)
    assert mean[2] == pytest.approx(expected["mean_ci_upper"].to_numpy(), rel=1e-6)
    assert new[1] == pytest.approx(expected["obs_ci_lower"].to_numpy(), rel=1e-6)


def test_the_bands_of_a_formula_are_those_of_the_delta_method(tmp_path: Path):
    """The confidence band is the linearised one, and the prediction band adds the residuals' variance."""
    formula = {"kind": "formula", "expression": "a*exp(-k*x)", "initial": {"a": 1.0, "k": 1.0}}
    problem, _, _, assessment, inference = fitted(
        tmp_path, model=formula, optimizer={"kind": "levenberg_marquardt"}
    )
    a, k = (float(assessment.params[name]) for name in "ak")
    curve = a * np.exp(-k * GRID)
    J = np.column_stack([np.exp(-k * GRID), -GRID * curve])
    variance = np.einsum("ij,jk,ik->i", J, inference.covariance, J)
    t = stats.t(38).ppf(0.975)
    found = bands(problem, assessment, inference, GRID, curve)
    assert found is not None
    assert found["95 % confidence of the curve"][2] == pytest.approx(curve + t * np.sqrt(variance))
    s2 = inference.residual_standard_deviation**2
    assert found["95 % prediction"][2] == pytest.approx(curve + t * np.sqrt(variance + s2))


def test_with_known_deviations_there_is_no_prediction_band(tmp_path: Path):
    """Between the points nobody knows how far a new one would stray; the points have their bars."""
    problem, dataset, result, assessment, inference = fitted(
        tmp_path, model={"kind": "linear"}, optimizer={"kind": "exact"}, data={"sigma": "s"}
    )
    found = bands(problem, assessment, inference, GRID, GRID)
    assert list(found or {}) == ["95 % confidence of the curve"]
    pictures = plan_pictures(problem, dataset, result, assessment, inference)
    assert sorted(pictures) == ["fit.png", "quantiles.png", "residuals.png"]
    assert not any(isinstance(picture, str) for picture in pictures.values()), pictures
    assert pictures["fit.png"].arguments["errors"]["train"] == pytest.approx(np.full(40, 0.05))
    assert pictures["quantiles.png"].arguments["y_label"] == "residual of y / sigma"
