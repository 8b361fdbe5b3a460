"""The inference of a run: of which runs there is one, and that it is in the data's own units."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS, WLS
from statsmodels.tools import add_constant

from regress_cli.config import load_config
from regress_cli.experiment.inferred import infer, why_not
from regress_cli.experiment.plan import make_plan
from regress_cli.inference import Inference
from regress_cli.training import Fit, assess, solve


def table(folder: Path, n: int = 60) -> tuple[Path, dict[str, np.ndarray]]:
    """Write a table of two columns, a target, weights and standard deviations."""
    rng = np.random.default_rng(0)
    sigma = rng.uniform(0.5, 2, n)
    x, z = 20 + 3 * rng.standard_normal(n), 0.01 * rng.standard_normal(n)
    columns = {"x": x, "z": z, "y": 4 + 2 * x - 30 * z + sigma * rng.standard_normal(n)}
    columns |= {"weight": rng.uniform(0.2, 3, n), "sigma": sigma}
    path = folder / "table.csv"
    rows = np.column_stack(list(columns.values()))
    np.savetxt(path, rows, "%.17g", delimiter=",", header=",".join(columns), comments="")
    return path, columns


def inference_of(path: Path, *overrides: str, **sections: Any) -> tuple[Inference | None, str | None]:
    """Return the inference of a run over the table, and why there is none."""
    config = {
        "name": "inferred",
        "data": {"kind": "table", "path": str(path), "target": "y", "features": ["x", "z"]},
        "model": {"kind": "linear"},
        "loss": {"kind": "half_mse"},
        "optimizer": {"kind": "exact"},
    }
    plan = make_plan(load_config(config | sections, overrides))
    problem = plan.problem
    if plan.experiment.optimizer.kind == "exact":
        result = solve(problem)
    else:
        fit = Fit(problem, None)
        for _ in fit:
            pass
        result = fit.result
    assert result is not None
    assessment = assess(problem, plan.dataset, result)
    return infer(problem, plan.dataset, result, assessment), why_not(problem, result, assessment)


def assert_is(ours: Inference | None, theirs, order: list[int], rtol: float = 1e-8) -> None:
    """Compare estimates, errors and what is said of the whole fit."""
    assert ours is not None
    found = np.array([(e.estimate, e.standard_error, e.p) for e in ours.parameters], dtype=float)
    expected = np.column_stack([theirs.params, theirs.bse, theirs.pvalues])[order]
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-14)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params()[np.ix_(order, order)], rtol=rtol)
    assert (ours.r2, ours.f, ours.aic) == pytest.approx(
        (theirs.rsquared, theirs.fvalue, theirs.aic), rel=rtol
    )
    assert ours.residual_standard_deviation == pytest.approx(np.sqrt(theirs.scale), rel=rtol)


SCALED = {"both": ("data.standardize={features: true, target: true}",), "neither": ()}


@pytest.mark.parametrize("scaled", SCALED)
@pytest.mark.parametrize("errors", ["classical", "hc3"])
@pytest.mark.parametrize("weighted", [True, False])
def test_a_linear_run_is_inferred_in_the_datas_own_units(scaled, errors, weighted, tmp_path):
    """Standardized or not, weighted or not: w for each column, then b, as statsmodels has them."""
    path, columns = table(tmp_path)
    extra = ("data.weights=weight",) if weighted else ()
    ours, _ = inference_of(path, *SCALED[scaled], *extra, f"inference.errors={errors}")
    X = add_constant(np.column_stack([columns["x"], columns["z"]]))
    model = WLS(columns["y"], X, columns["weight"] if weighted else 1.0)
    theirs = model.fit() if errors == "classical" else model.fit(cov_type="HC3", use_t=True)
    assert_is(ours, theirs, [1, 2, 0])
    assert [e.name for e in ours.parameters] == ["w[x]", "w[z]", "b"]


@pytest.mark.parametrize("scaled", SCALED)
def test_a_polynomial_run_is_inferred_in_the_datas_own_units(scaled, tmp_path):
    """The terms of a polynomial in both columns, the constant first."""
    path, columns = table(tmp_path)
    ours, _ = inference_of(path, *SCALED[scaled], model={"kind": "polynomial", "degree": 2})
    x, z = columns["x"] - 20, columns["z"]
    # For statsmodels' pseudoinverse the columns are shifted, and the slopes shifted back.
    X = np.column_stack([np.ones_like(x), x, 100 * z, x**2, 100 * x * z, 1e4 * z**2])
    theirs = OLS(columns["y"], X).fit()
    back = np.diag([1.0, 1, 100, 1, 100, 1e4])
    back[0] = [1, -20, 0, 400, 0, 0]
    back[1] = [0, 1, 0, -40, 0, 0]
    back[2] = [0, 0, 100, 0, -2000, 0]
    expected = np.sqrt(np.diag(back @ theirs.cov_params() @ back.T))
    assert ours is not None
    np.testing.assert_allclose([e.estimate for e in ours.parameters], back @ theirs.params, rtol=1e-8)
    np.testing.assert_allclose([e.standard_error for e in ours.parameters], expected, rtol=1e-8)
    assert [e.name for e in ours.parameters][:3] == ["w[const]", "w[x]", "w[z]"]


@pytest.mark.parametrize("scaled", SCALED)
def test_known_standard_deviations_are_taken_as_they_are(scaled, tmp_path):
    """With data.sigma the errors are those of 1/sigma^2, not rescaled, whatever was standardized."""
    path, columns = table(tmp_path)
    ours, _ = inference_of(path, *SCALED[scaled], "data.sigma=sigma")
    X = add_constant(np.column_stack([columns["x"], columns["z"]]))
    theirs = WLS(columns["y"], X, columns["sigma"] ** -2.0).fit()
    assert ours is not None
    assert ours.is_sigma_known
    errors = np.array([e.standard_error for e in ours.parameters])
    np.testing.assert_allclose(errors, np.sqrt(np.diag(theirs.normalized_cov_params))[[1, 2, 0]], rtol=1e-8)


def test_steps_that_reach_the_minimum_are_inferred_and_others_are_not(tmp_path):
    """Of gradient descent that has come to the exact solution, the exact solution's errors are given."""
    path, _ = table(tmp_path)
    options = {"optimizer": {"kind": "sgd", "step_size": 0.5, "mass": 0.0}, "loss": {"kind": "half_mse"}}
    reached, reason = inference_of(path, *SCALED["both"], training={"steps": 500}, **options)
    exact, _ = inference_of(path, *SCALED["both"])
    assert reason is None
    assert reached is not None
    assert exact is not None
    assert reached.parameters == exact.parameters
    short, reason = inference_of(path, *SCALED["both"], training={"steps": 3}, **options)
    assert short is None
    assert "before the minimum" in str(reason)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["loss.l2=0.1"], "penalty"),
        (
            ["loss={kind: mae}", "optimizer={kind: sgd, step_size: 0.001}", "training.steps=5"],
            "least squares",
        ),
        (
            [
                "model={kind: mlp, hidden: [3]}",
                "optimizer={kind: sgd, step_size: 0.001}",
                "training.steps=5",
            ],
            "mlp",
        ),
    ],
)
def test_where_standard_errors_have_no_meaning_there_are_none(overrides, said, tmp_path):
    """A penalty, another loss and a network have no inference, and it is said why."""
    path, _ = table(tmp_path)
    ours, reason = inference_of(path, *overrides)
    assert ours is None
    assert said in str(reason)
    assert "use" in str(reason) or "set" in str(reason)


@pytest.mark.parametrize("scaled", SCALED)
def test_a_column_given_twice_leaves_its_parameters_open(scaled, tmp_path):
    """Nothing is said of both; the other parameters are inferred as without the second one."""
    path, _ = table(tmp_path)
    text = path.read_text().splitlines()
    doubled = [f"{text[0]},again", *(f"{row},{row.split(',')[0]}" for row in text[1:])]
    path.write_text("\n".join(doubled))
    twice, _ = inference_of(path, *SCALED[scaled], "data.features=[x, z, again]")
    once, _ = inference_of(path, *SCALED[scaled])
    assert twice is not None
    assert once is not None
    assert [e.estimate is None for e in twice.parameters] == [True, False, True, False]
    assert twice.parameters[1].standard_error == pytest.approx(once.parameters[1].standard_error, rel=1e-9)
    assert twice.degrees_of_freedom == once.degrees_of_freedom
    assert twice.r2 == pytest.approx(once.r2, rel=1e-12)
