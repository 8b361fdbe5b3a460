"""The largest stable step size: just below it descent converges, just above it diverges."""

import numpy as np
import pytest
from conftest import CONFIGS
from problems import make_problem

from regress_cli.config import load_config
from regress_cli.config.schema import SGD
from regress_cli.experiment.plan import make_plan
from regress_cli.models import is_linear_in_parameters
from regress_cli.training.optimizers import build_optimizer
from regress_cli.training.stability import (
    curvature_by_power_iteration,
    largest_curvature,
    largest_stable_step,
    stable_step_size,
)


def distance_after(optimizer: SGD, curvatures: np.ndarray, step_size: float, steps: int) -> float:
    """Return how far descent on a quadratic is from its minimum, of 1 at first; it ends beyond 1000."""
    rule = build_optimizer(optimizer)
    params = np.ones_like(curvatures) / np.sqrt(len(curvatures))
    slope = np.empty_like(params)
    update = rule.bind(params, slope, rule.init(params))
    for step in range(steps):
        slope[:] = curvatures * params
        update.take(step, step_size)
        if np.abs(params).max() > 1000:
            break
    return float(np.linalg.norm(params))


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("mass", [0.0, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("curvatures", [[1.0], [4.0, 0.1], [250.0, 30.0, 2.0]], ids=str)
def test_descent_converges_just_below_the_limit_and_diverges_just_above(curvatures, mass, nesterov):
    """At 0.99 of the limit descent on a quadratic comes close, at 1.01 it runs away."""
    optimizer = SGD(mass=mass, nesterov=nesterov)
    limit = largest_stable_step(optimizer, max(curvatures))
    assert distance_after(optimizer, np.array(curvatures), 0.99 * limit, 10_000) < 0.1
    assert distance_after(optimizer, np.array(curvatures), 1.01 * limit, 10_000) > 1000


@pytest.mark.parametrize("l2", [0.0, 0.5])
@pytest.mark.parametrize("loss", ["half_mse", "mse"])
@pytest.mark.parametrize("intercept", ["true", "false"])
@pytest.mark.parametrize("model", ["kind: linear", "kind: polynomial, degree: 3"])
def test_the_curvature_is_the_hessians_largest_eigenvalue(model, intercept, loss, l2):
    """It equals that of the Hessian, differences of gradients at unit vectors."""
    problem = make_problem(f"model={{{model}, intercept: {intercept}}}", f"loss={{kind: {loss}, l2: {l2}}}")
    assert is_linear_in_parameters(problem.model)
    found = largest_curvature(problem.model, problem.objective, problem.train[0])
    origin = problem.layout.flatten(problem.initial)
    # A quadratic's gradient is affine, so that whole steps give its Hessian exactly.
    start = problem.value_and_gradient(origin, *problem.train)[1]
    hessian = [
        problem.value_and_gradient(origin + unit, *problem.train)[1] - start for unit in np.eye(len(origin))
    ]
    assert found == pytest.approx(np.linalg.eigvals(np.array(hessian)).real.max(), rel=1e-10)


@pytest.mark.parametrize("loss", ["mae", "huber"])
def test_a_loss_without_constant_curvature_has_no_limit_beforehand(loss):
    """For losses that are no squares the curvature is not told."""
    problem = make_problem(f"loss.kind={loss}")
    assert largest_curvature(problem.model, problem.objective, problem.train[0]) is None
    assert stable_step_size(problem) is None


@pytest.mark.parametrize(
    "override",
    [
        "optimizer={kind: adam}",
        "optimizer={kind: exact}",
        "model={kind: mlp, hidden: [3]}",
        "training.batch_size=5",
    ],
)
def test_the_limit_is_told_only_where_it_is_known(override):
    """It needs gradient descent, the full batch and a model linear in its parameters."""
    assert stable_step_size(make_problem(override)) is None
    assert stable_step_size(make_problem()) is not None


def test_numbers_that_overflow_have_no_limit():
    """Inputs whose squares are beyond floats give no limit, rather than a wrong one."""
    assert stable_step_size(make_problem("data.inputs.x.high=1e200")) is None


@pytest.mark.parametrize("config", ["linear.yaml", "polynomial.yaml"])
def test_the_shipped_configs_are_stable(config):
    """Their step size is below the limit."""
    experiment = load_config(CONFIGS / config)
    limit = make_plan(experiment).stable_step_size
    assert limit is not None
    assert 0 < experiment.optimizer.step_size < limit


def test_power_iteration_finds_the_largest_eigenvalue():
    """On a quadratic it finds the largest curvature, in the direction that has it."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((30, 6))
    hessian = A.T @ A
    found = curvature_by_power_iteration(lambda p: hessian @ p - 1.0, np.ones(6), iterations=200)
    assert found == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-6)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_power_iteration_gives_up_where_there_is_no_curvature(value):
    """A flat or broken gradient has no curvature to tell."""
    with np.errstate(invalid="ignore"):
        assert curvature_by_power_iteration(lambda p: np.full(3, value), np.ones(3)) is None
