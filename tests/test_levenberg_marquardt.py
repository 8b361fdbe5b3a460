"""Nonlinear least squares: certified values from both starts, SciPy's answers, and honest ends."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml
from formulas import DECAY, config_of_table, fitted, problem_of, values_of, write_table
from nist_problems import NONLINEAR, digits
from scipy.optimize import curve_fit
from shell import call

from regress_cli.config import load_config
from regress_cli.errors import Interrupted
from regress_cli.experiment.runner import run
from regress_cli.training import minimize
from regress_cli.training.residuals import Residuals
from regress_cli.training.solve import solve


def nist_config(problem, start, folder):
    """Return the config of a fit to one of NIST's problems from one of its starts."""
    path = write_table(folder / "nist.csv", problem.columns)
    response = problem.record["response"]
    config = config_of_table(path, problem.record["expression"], problem.record["starts"][start])
    config["data"]["target"] = response
    return config


@pytest.mark.parametrize("start", [0, 1], ids=["far", "near"])
@pytest.mark.parametrize("problem", NONLINEAR, ids=lambda problem: problem.name)
def test_the_certified_values_are_reached_from_both_starts(problem, start, tmp_path):
    """At least ten of the eleven certified digits of every parameter, without a hint."""
    result = fitted(nist_config(problem, start, tmp_path))
    assert result.status == "finished"
    reached = values_of(result)
    certified = problem.certified["parameters"]
    assert min(digits(reached[key], value) for key, value in certified.items()) > 10
    assert result.convergence is not None
    assert result.convergence.has_converged


def test_the_fit_is_that_of_scipy():
    """SciPy's curve_fit finds the same parameters."""
    problem = problem_of(DECAY)
    features, target = problem.train
    expected, _ = curve_fit(
        lambda x, a, k, c: a * np.exp(-k * x) + c,
        features[:, 0],
        target,
        p0=[1, 1, 0],
        xtol=1e-14,
        ftol=1e-14,
    )
    np.testing.assert_allclose(list(values_of(fitted(DECAY)).values()), expected, rtol=1e-7)


@pytest.mark.parametrize("l2", [0, 0.3])
@pytest.mark.parametrize("kind", ["linear", "polynomial"])
def test_a_linear_model_is_solved_exactly(kind, l2):
    """For models linear in their parameters it is the exact solution, with a penalty too."""
    model = {"kind": kind, "degree": 3} if kind == "polynomial" else {"kind": kind}
    config = {**DECAY, "model": model, "loss": {"kind": "mse", "l2": l2}}
    exact = solve(problem_of({**config, "optimizer": {"kind": "exact"}}))
    for name, value in fitted(config).params.items():
        np.testing.assert_allclose(value, exact.params[name], rtol=1e-9)


def test_an_mlp_is_fitted():
    """A network ends at a point where its loss no longer falls, far below where gradient steps get."""
    config = {**DECAY, "model": {"kind": "mlp", "hidden": [3], "activation": "tanh"}}
    result = fitted(config, "optimizer.max_evaluations=300")
    assert result.state.rows[-1].train_loss < 0.02 * result.state.rows[0].train_loss


def test_the_residuals_are_those_of_the_objective():
    """The sum of their squares is the objective, and their Jacobian its gradient."""
    problem = problem_of({**DECAY, "loss": {"kind": "half_mse", "l2": 0.2}})
    residuals, x = Residuals(problem), problem.start + 0.3
    value, gradient = problem.value_and_gradient(x, *problem.objective_train)
    r, J = residuals.at(x)
    assert residuals.unit * (r @ r) == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(2 * residuals.unit * J.T @ r, gradient, rtol=1e-12)


def test_bounds_hold_and_are_told():
    """A minimum outside of the bounds leaves the parameter on its bound, and the others at their best."""
    result = fitted({**DECAY, "model": {**DECAY["model"], "bounds": {"k": [0.9, 2]}}})
    assert values_of(result)["k"] == 0.9
    assert result.convergence.at_bounds == ("k",)
    problem = problem_of(DECAY)
    x, y = problem.train[0][:, 0], problem.train[1]
    design = np.column_stack([np.exp(-0.9 * x), np.ones(len(x))])
    (a, c), *_ = np.linalg.lstsq(design, y, rcond=None)
    assert values_of(result) == pytest.approx({"a": a, "k": 0.9, "c": c}, rel=1e-9)


def test_bounds_that_hold_nothing_change_nothing():
    """With the minimum inside, the fit is that without bounds."""
    bounded = fitted({**DECAY, "model": {**DECAY["model"], "bounds": {"k": [0, 2], "a": [None, 100]}}})
    assert values_of(bounded) == pytest.approx(values_of(fitted(DECAY)), rel=1e-10)
    assert bounded.convergence.at_bounds == ()


def test_the_best_of_several_starts_is_kept():
    """One start leads to a local minimum, another to the lowest; the report says how many led there."""
    config = {
        **DECAY,
        "data": {**DECAY["data"], "target": "sin(3*x)", "noise": 0.01},
        "model": {
            "kind": "formula",
            "expression": "sin(w*x)",
            "initial": {"w": 7},
            "starts": [{"w": 3.2}, {"w": 2.9}],
        },
    }
    result = fitted(config)
    assert values_of(result)["w"] == pytest.approx(3, abs=0.01)
    assert (result.convergence.starts, result.convergence.starts_that_led_here) == (3, 2)


def test_what_the_data_leave_open_is_no_result(tmp_path):
    """Of a product only one factor is determined: exit code 4, and the names of both."""
    config = {
        **DECAY,
        "model": {"kind": "formula", "expression": "a*b*exp(-k*x) + c", "initial": dict.fromkeys("abkc", 1)},
    }
    result = fitted(config)
    assert result.status == "not_converged"
    assert result.convergence.undetermined == ("a", "b")
    assert "do not determine a, b" in result.convergence.reason
    finished = run(load_config({**config, "plots": {"pictures": ["loss"]}}), tmp_path)
    assert (finished.status, finished.exit_code) == ("not_converged", 4)


def test_a_minimum_at_infinity_is_no_result(tmp_path):
    """Data that are level, and highest in the first row, leave the rate open: ever larger ones fit."""
    x = np.arange(1.0, 31.0)
    path = write_table(tmp_path / "t.csv", {"x": x, "y": 10 + 0.1 * np.cos(x)})
    result = fitted(config_of_table(path, "a*(1 - exp(-b*x))", {"a": 8, "b": 1}))
    assert result.status == "not_converged"
    assert result.convergence.undetermined == ("b",)
    assert "no longer depend on b, though they do at its start" in result.convergence.reason


def test_too_few_evaluations_are_no_result():
    """The limit ends it, and is told."""
    result = fitted(DECAY, "optimizer.max_evaluations=2")
    assert result.status == "not_converged"
    assert "2 evaluations were not enough" in result.convergence.reason


def test_an_exact_fit_converges(tmp_path):
    """Where no residual is left, rounding is the measure."""
    x = np.linspace(0, 4, 20)
    path = write_table(tmp_path / "t.csv", {"x": x, "y": 2.5 * np.exp(-0.3 * x)})
    result = fitted(config_of_table(path, "a*exp(-k*x)", {"a": 1, "k": 1}))
    assert values_of(result) == pytest.approx({"a": 2.5, "k": 0.3}, rel=1e-13)
    assert result.convergence.has_converged


def test_the_way_is_recorded():
    """metrics.csv has a row for each iteration, with a loss that falls to the reached one."""
    result = fitted({**DECAY, "data": {**DECAY["data"], "split": {"validation": 0.2}}})
    rows = result.state.rows
    assert [row.step for row in rows] == list(range(len(rows)))
    assert rows[-1].train_loss <= min(row.train_loss for row in rows) * (1 + 1e-9)
    assert all(row.validation_loss is not None for row in rows)
    assert rows[-1].gradient_norm < 1e-9 < rows[0].gradient_norm


SLOW = {
    "data": {
        "kind": "synthetic",
        "n": 1000,
        "inputs": {"x": {"low": -3, "high": 3}},
        "target": "sin(3*x)",
        "noise": 1,
    },
    "model": {"kind": "mlp", "hidden": [10, 10], "activation": "tanh"},
    "optimizer": {"kind": "levenberg_marquardt"},
}


def test_a_time_limit_ends_it(tmp_path):
    """The best so far is kept, with exit code 5."""
    finished = run(load_config({**SLOW, "training": {"time_limit": 0.2}}), tmp_path)
    assert (finished.status, finished.exit_code) == ("time_limit", 5)


def test_whoever_hears_the_progress_may_end_it():
    """What is raised there comes out as it is, through SciPy's own code."""

    def heed(progress):
        raise Interrupted(signal.SIGINT, "enough")

    with pytest.raises(Interrupted, match="enough"):
        minimize(problem_of(SLOW), heed)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_signal_ends_it_and_leaves_nothing(tmp_path):
    """Exit code 130, one line, and no half folder."""
    (tmp_path / "slow.yaml").write_text(yaml.safe_dump(SLOW), encoding="utf-8")
    command = [sys.executable, "-m", "regress_cli", "run", "slow.yaml", "-q"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("outputs/.working-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "nothing is kept" in errors
    assert not (tmp_path / "outputs").exists()


def test_the_command_says_that_it_is_no_result(tmp_path):
    """Neither the title nor the table can be taken for a fit, and the exit code is 4."""
    config = {
        **DECAY,
        "name": "open",
        "model": {"kind": "formula", "expression": "a*b*exp(-k*x)", "initial": dict.fromkeys("abk", 1)},
        "plots": {"pictures": []},
    }
    (tmp_path / "open.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = ("run", tmp_path / "open.yaml", "--out", tmp_path / "outputs")
    answer = call(*command)
    assert answer.exit_code == 4
    assert "did not converge" in answer.stdout.splitlines()[0]
    assert "learned" not in answer.stdout
    assert "do not determine a, b" in answer.stderr
    record = json.loads(call(*command, "--json").stdout)
    assert record["status"] == "not_converged"


def test_scipy_is_loaded_only_for_those_who_need_it(tmp_path):
    """A run by gradient steps imports no SciPy."""
    (tmp_path / "c.yaml").write_text(
        yaml.safe_dump({**DECAY, "optimizer": {"kind": "adam"}, "training": {"steps": 5}}), encoding="utf-8"
    )
    code = (
        "import sys; from regress_cli.config import load_config; "
        "from regress_cli.experiment.plan import make_plan; from regress_cli.training import Fit; "
        "f = Fit(make_plan(load_config('c.yaml')).problem); [None for _ in f]; "
        "print([m for m in sys.modules if m.startswith('scipy')])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_squares_beyond_the_floats_are_no_result(tmp_path):
    """A target whose squares overflow can't be judged, and the message says what to do."""
    x = np.linspace(1, 4, 20)
    path = write_table(tmp_path / "t.csv", {"x": x, "y": 1e160 * x})
    result = fitted(config_of_table(path, "a*x", {"a": 1}))
    assert result.status == "not_converged"
    assert "give the target in other units" in result.convergence.reason


SOLVERS = ["levenberg_marquardt", "lbfgs"]


@pytest.mark.parametrize("kind", SOLVERS)
def test_a_parameter_that_is_truly_zero_is_determined(kind, tmp_path):
    """A slope of zero has an estimate that is mere rounding, and is an estimate all the same."""
    path = write_table(tmp_path / "t.csv", {"x": np.arange(1.0, 6.0), "y": np.array([2.0, 3, 2, 3, 2])})
    result = fitted(config_of_table(path, "a + b*x", {"a": 1, "b": 1}), f"optimizer.kind={kind}")
    assert result.status == "finished"
    assert list(values_of(result).values()) == pytest.approx([2.4, 0], abs=1e-12)


@pytest.mark.parametrize("kind", SOLVERS)
def test_a_maximum_is_left(kind, tmp_path):
    """At a = 0 the slope of the loss is zero, and the loss greatest; a = pi is the minimum."""
    x = np.array([0.0, 1, 0, 1, 0])
    path = write_table(tmp_path / "t.csv", {"x": x, "y": -2 * x})
    config = config_of_table(path, "cos(a)*x + sin(a)*(1 - x)", {"a": 0})
    result = fitted(config, f"optimizer.kind={kind}")
    assert abs(values_of(result)["a"]) == pytest.approx(np.pi, rel=1e-9)
    assert result.convergence.has_converged


def test_residuals_of_a_few_roundings_have_errors(tmp_path):
    """An offset of a billion leaves few digits of the noise, which is no perfect fit for that."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 10, 100)
    y = 1.7e9 + 0.01 * x + 2e-5 * np.sin(3 * x) + rng.normal(0, 1e-6, 100)
    path = write_table(tmp_path / "t.csv", {"x": x, "y": y})
    start = {"t0": 1.7e9, "a": 0.01, "b": 1e-5, "w": 2.9}
    finished = run(load_config(config_of_table(path, "t0 + a*x + b*sin(w*x)", start)), tmp_path / "out")
    told = {one["name"]: one for one in finished.record["inference"]["parameters"]}
    _, covariance = curve_fit(
        lambda x, t0, a, b, w: t0 + a * x + b * np.sin(w * x), x, y - 1.7e9, p0=[0, 0.01, 2e-5, 3]
    )
    assert told["w"]["standard_error"] == pytest.approx(np.sqrt(covariance[3, 3]), rel=0.1)
    assert abs(told["w"]["estimate"] - 3) < 3 * told["w"]["standard_error"]
    assert "subtract an offset" in " ".join(finished.record["inference"]["notes"])
