"""Optimizers: the same parameters as autograd's own, to the last bit."""

import autograd
import autograd.misc.optimizers as reference
import numpy as np
import pytest
from autograd.misc import flatten
from conftest import CONFIGS as SHIPPED
from problems import train
from pydantic import TypeAdapter

from regress_cli.config import load_config, schema
from regress_cli.experiment.plan import make_plan
from regress_cli.training.optimizers import OPTIMIZERS, build_optimizer

CONFIGS = {
    "sgd": [
        schema.SGD(step_size=0.03, mass=0.9),
        schema.SGD(step_size=0.03, mass=0.0),
        schema.SGD(step_size=0.03, mass=0.7, nesterov=True),
    ],
    "adam": [schema.Adam(kind="adam"), schema.Adam(kind="adam", step_size=0.05, b1=0.8, b2=0.95, eps=1e-6)],
    "rmsprop": [
        schema.RMSProp(kind="rmsprop"),
        schema.RMSProp(kind="rmsprop", step_size=0.02, gamma=0.7, eps=1e-5),
    ],
}
EVERY_CONFIG = [config for configs in CONFIGS.values() for config in configs]
NUMBERS = {
    "sgd": ("step_size", "mass"),
    "adam": ("step_size", "b1", "b2", "eps"),
    "rmsprop": ("step_size", "gamma", "eps"),
}
START = np.array([1.5, -0.5, 0.3, 2.0])


def gradient(params: np.ndarray, step: int) -> np.ndarray:
    """Return the gradient of no simple function, different at each step."""
    return np.sin(3 * params) + params**3 / 5 + np.cos(step + params[::-1])


def minimize(config, steps: int) -> np.ndarray:
    """Return the parameters after so many steps from `START`."""
    return walk(config, START, gradient, steps, config.step_size)


def walk(config, start: np.ndarray, gradient, steps: int, step_size: float) -> np.ndarray:
    """Return the parameters after so many steps."""
    rule, params, slope = build_optimizer(config), start.copy(), np.empty_like(start)
    update = rule.bind(params, slope, rule.init(params))
    for step in range(steps):
        slope[:] = gradient(params, step)
        update.take(step, step_size)
    return params


def test_every_optimizer_is_in_the_schema_and_tested():
    """The registry, the schema (with the solvers beside it) and this file's table name the same kinds."""
    choices = TypeAdapter(schema.Optimizer).json_schema()["discriminator"]["mapping"]
    assert {*OPTIMIZERS, *schema.NAMES_OF_SOLVERS} == set(choices)
    assert set(OPTIMIZERS) == set(CONFIGS)


@pytest.mark.parametrize("config", EVERY_CONFIG, ids=repr)
def test_an_update_happens_in_place(config):
    """Parameters and state change where they are; the gradient stays."""
    rule = build_optimizer(config)
    params, slope = START.copy(), gradient(START, 0)
    state = rule.init(params)
    vectors = dict(state)
    rule.bind(params, slope, state).take(0, 0.1)
    np.testing.assert_array_equal(slope, gradient(START, 0))
    assert not np.array_equal(params, START)
    for name, vector in vectors.items():
        assert state[name] is vector
        assert not np.array_equal(vector, rule.init(START)[name])


@pytest.mark.parametrize("config", EVERY_CONFIG, ids=repr)
def test_every_optimizer_finds_the_minimum_of_a_bowl(config):
    """From anywhere the parameters reach the lowest point of a quadratic."""
    lowest = np.array([1.0, 2.0, 3.0, 4.0])
    params = walk(config, START, lambda params, step: params - lowest, 5000, 0.01)
    np.testing.assert_allclose(params, lowest, atol=0.02)


@pytest.mark.parametrize("steps", [1, 2, 7, 100, 1000])
@pytest.mark.parametrize(
    "config", [config for config in EVERY_CONFIG if not getattr(config, "nesterov", False)], ids=repr
)
def test_parameters_are_autograds_to_the_last_bit(config, steps):
    """Given the same gradients, ours and ``autograd.misc.optimizers`` reach the same numbers."""
    numbers = {name: getattr(config, name) for name in NUMBERS[config.kind]}
    expected = getattr(reference, config.kind)(gradient, START, num_iters=steps, **numbers)
    np.testing.assert_array_equal(minimize(config, steps), expected)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_defaults_are_autograds(kind):
    """Constants that a config leaves out are those of autograd; the step size of sgd alone is ours."""
    config = TypeAdapter(schema.Optimizer).validate_python({"kind": kind})
    numbers = {"step_size": config.step_size} if kind == "sgd" else {}
    expected = getattr(reference, kind)(gradient, START, num_iters=20, **numbers)
    np.testing.assert_array_equal(minimize(config, 20), expected)


@pytest.mark.parametrize("mass", [0.0, 0.5, 0.9])
def test_nesterov_is_the_gradient_taken_ahead(mass):
    """The rule is Sutskever's look-ahead form, of which it tracks the point that looks ahead.

    There x + mass step v is where the gradient is taken: v <- mass v - (1 - mass) g(x + mass step v),
    x <- x + step v. The parameters here are those points.
    """
    step_size = 0.05
    x, v = START.copy(), np.zeros_like(START)
    for step in range(30):
        v = mass * v - (1 - mass) * gradient(x + mass * step_size * v, step)
        x = x + step_size * v
    config = schema.SGD(step_size=step_size, mass=mass, nesterov=True)
    np.testing.assert_allclose(minimize(config, 30), x + mass * step_size * v, rtol=1e-12)


@pytest.mark.parametrize("steps", [1, 10, 200])
@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("config", ["mlp.yaml", "mlp-tanh.yaml"])
def test_a_whole_fit_is_autograds_to_the_last_bit(config, kind, steps):
    """Training the shipped network gives the parameters that autograd's optimizer gives on its own."""
    choices = [f"training.steps={steps}", f"optimizer={{kind: {kind}, step_size: 0.01}}"]
    problem = make_plan(load_config(SHIPPED / config, choices)).problem
    features, target = problem.train

    slope = autograd.grad(lambda params, step: problem.objective(params, features, target))
    expected = getattr(reference, kind)(slope, dict(problem.initial), num_iters=steps, step_size=0.01)

    fit = train(problem)
    assert fit.stop_reason == "steps"
    learned = problem.layout.unflatten(fit.state.params)
    for name, value in learned.items():
        np.testing.assert_array_equal(value, expected[name])
    assert not np.array_equal(flatten(learned)[0], flatten(dict(problem.initial))[0])
