"""L-BFGS: the same minimum as least squares where that is defined, and the minimum of other smooth losses."""

import numpy as np
import pytest
from conftest import selected
from formulas import DECAY, config_of_table, fitted, problem_of, values_of, write_table
from nist_problems import NONLINEAR, PROBLEMS, digits
from scipy.optimize import least_squares
from test_levenberg_marquardt import nist_config

from regress_cli.cli.words.stop import why_stopped
from regress_cli.config import load_config
from regress_cli.experiment.runner import run
from regress_cli.training.solve import solve

LBFGS = {"kind": "lbfgs"}


@pytest.mark.parametrize("problem", selected(NONLINEAR, 2), ids=lambda problem: problem.name)
def test_the_certified_values_are_reached_from_the_near_start(problem, tmp_path):
    """At least eight of the eleven certified digits."""
    result = fitted({**nist_config(problem, 1, tmp_path), "optimizer": LBFGS})
    assert result.status == "finished"
    reached, certified = values_of(result), problem.certified["parameters"]
    assert min(digits(reached[key], value) for key, value in certified.items()) > 8


@pytest.mark.parametrize("name", ["BoxBOD", "Eckerle4", "MGH09", "MGH17", "Rat43", "Thurber"])
def test_from_the_far_start_it_arrives_or_says_so(name, tmp_path):
    """What is told as a fit is one: certified, or not converged."""
    problem = PROBLEMS[name]
    result = fitted({**nist_config(problem, 0, tmp_path), "optimizer": LBFGS})
    reached, certified = values_of(result), problem.certified["parameters"]
    is_certified = min(digits(reached[key], value) for key, value in certified.items()) > 8
    assert is_certified == (result.status == "finished")


@pytest.mark.parametrize("engine", ["eager", "tape", "auto"])
def test_every_engine_gives_the_fit_of_least_squares(engine):
    """The gradients of the tape are autograd's, and the minimum is the same."""
    result = fitted({**DECAY, "optimizer": LBFGS}, f"training.engine={engine}")
    assert values_of(result) == pytest.approx(values_of(fitted(DECAY)), rel=1e-10)
    assert result.state.engine == ("eager" if engine == "eager" else "tape")


def test_huber_is_that_of_scipy():
    """SciPy's own Huber loss, scaled by delta, has its minimum there too."""
    config = {**DECAY, "loss": {"kind": "huber", "delta": 0.05}, "optimizer": LBFGS}
    problem = problem_of(config)
    x, y = problem.train[0][:, 0], problem.train[1]
    expected = least_squares(
        lambda p: p[0] * np.exp(-p[1] * x) + p[2] - y,
        [1, 1, 0],
        loss="huber",
        f_scale=0.05,
        xtol=1e-14,
        ftol=1e-14,
    ).x
    result = fitted(config)
    assert result.status == "finished"
    assert "relative gradient" in result.convergence.reason
    np.testing.assert_allclose(list(values_of(result).values()), expected, rtol=1e-5)


@pytest.mark.parametrize("l2", [0, 0.3])
def test_a_linear_model_is_solved_exactly(l2):
    """With a penalty and without it is the exact solution."""
    config = {**DECAY, "model": {"kind": "polynomial", "degree": 2}, "loss": {"kind": "half_mse", "l2": l2}}
    exact = solve(problem_of({**config, "optimizer": {"kind": "exact"}}))
    for name, value in fitted({**config, "optimizer": LBFGS}).params.items():
        np.testing.assert_allclose(value, exact.params[name], rtol=1e-8)


def test_an_mlp_is_fitted():
    """A network ends where its loss no longer falls."""
    config = {**DECAY, "model": {"kind": "mlp", "hidden": [4], "activation": "tanh"}}
    result = fitted({**config, "optimizer": {**LBFGS, "tolerance": 1e-4}})
    assert result.status == "finished"
    assert result.state.rows[-1].train_loss < 0.02 * result.state.rows[0].train_loss


def test_bounds_hold():
    """A parameter ends at its bound, the others at their best."""
    config = {**DECAY, "model": {**DECAY["model"], "bounds": {"k": [0.9, 2]}}}
    result = fitted({**config, "optimizer": LBFGS})
    assert values_of(result) == pytest.approx(values_of(fitted(config)), rel=1e-8)
    assert result.convergence.at_bounds == ("k",)


def test_too_few_iterations_are_no_result():
    """The limit ends it, and is told."""
    result = fitted({**DECAY, "optimizer": {**LBFGS, "max_iterations": 2}})
    assert result.status == "not_converged"
    assert "2 iterations were not enough" in result.convergence.reason


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_the_unit_of_the_target_does_not_matter(unit, tmp_path):
    """The same data in another unit lead to the same fit in that unit."""
    x = np.linspace(0, 4, 40)
    y = unit * (2.5 * np.exp(-1.3 * x) + 1 + 0.05 * np.sin(40 * x))
    path = write_table(tmp_path / "t.csv", {"x": x, "y": y})
    start = {"a": 2 * unit, "k": 3, "c": 2 * unit}
    result = fitted(config_of_table(path, "a*exp(-k*x) + c", start), "optimizer.kind=lbfgs")
    assert result.status == "finished"
    assert values_of(result)["a"] / unit == pytest.approx(2.5, abs=0.1)


def test_a_time_limit_before_the_first_evaluation_is_kept(tmp_path):
    """The run ends with its start, and exit code 5."""
    finished = run(
        load_config({**DECAY, "optimizer": {"kind": "lbfgs"}}, ["training.time_limit=1e-9"]), tmp_path
    )
    assert (finished.status, finished.exit_code) == ("time_limit", 5)


def test_a_network_is_said_to_have_converged_only_at_rest():
    """The criterion that is told can hold for floats, and a tighter one leads further down."""
    config = {**DECAY, "model": {"kind": "mlp", "hidden": [3], "activation": "tanh"}}
    losses = {}
    for tolerance in ("1e-3", "1e-9"):
        result = fitted(config, "optimizer.kind=lbfgs", f"optimizer.tolerance={tolerance}")
        assert result.convergence.has_converged
        losses[tolerance] = result.state.rows[-1].train_loss
    assert "part in 5e+15" in result.convergence.reason
    assert losses["1e-9"] <= losses["1e-3"]


def test_the_advice_for_an_mlp_is_one_that_it_can_follow():
    """Nobody gives an mlp a start or bounds; a formula has both."""
    mlp, formula, linear = (
        why_stopped(
            {
                "status": "not_converged",
                "convergence": {"undetermined": [], "evaluations": 9, "starts": 1, "reason": "it is flat"},
                "config": {"model": {"kind": kind}},
                "baseline": {"train": {"loss": 1.0}},
            }
        )
        for kind in ("mlp", "formula", "linear")
    )
    assert "another seed" in mlp
    assert "nearer" in formula
    assert "nearer" not in linear
