"""Divergence: found at its step, named, and followed by advice that works."""

from dataclasses import replace

import autograd.numpy as anp
import numpy as np
import pytest
from problems import make_problem, train

from regress_cli.training.divergence import find_divergence, loss_limit
from regress_cli.training.losses import Loss
from regress_cli.training.objective import Objective

RUNAWAYS = {
    "line": ("optimizer={kind: sgd, step_size: 3, mass: 0}", "training.steps=1000"),
    "line with momentum": ("optimizer={kind: sgd, step_size: 30, mass: 0.9}", "training.steps=1000"),
    "line with nesterov": (
        "optimizer={kind: sgd, step_size: 10, mass: 0.9, nesterov: true}",
        "training.steps=1000",
    ),
    "mini-batches": ("optimizer={kind: sgd, step_size: 3, mass: 0}", "training={steps: 1000, batch_size: 4}"),
    "rare rows": ("optimizer={kind: sgd, step_size: 3, mass: 0}", "training={steps: 1000, record_every: 7}"),
    "polynomial": ("model={kind: polynomial, degree: 4}", "optimizer={kind: sgd, step_size: 0.1, mass: 0}"),
    "scaled": (
        "data.standardize={features: true, target: true}",
        "optimizer={kind: sgd, step_size: 9, mass: 0.3}",
    ),
}


@pytest.mark.parametrize("case", RUNAWAYS)
def test_a_runaway_is_stopped_and_the_good_parameters_kept(case):
    """It ends as diverged, with finite parameters whose loss is no larger than at the start."""
    problem = make_problem(*RUNAWAYS[case])
    fit = train(problem)
    assert fit.stop_reason == "diverged"
    assert fit.divergence.parameter in problem.initial
    assert fit.state.step < fit.divergence.step < problem.steps
    start = problem.data_loss(problem.layout.flatten(problem.initial), problem.train)
    assert problem.data_loss(fit.state.params, problem.train) <= start


@pytest.mark.parametrize("case", RUNAWAYS)
def test_the_suggested_step_size_is_stable(case):
    """Training again with the suggestion reaches its end, far below where it began."""
    suggested = train(make_problem(*RUNAWAYS[case])).divergence.suggested_step_size
    again = train(make_problem(*RUNAWAYS[case], f"optimizer.step_size={suggested}", "training.steps=3000"))
    assert again.stop_reason == "steps"
    rows = again.state.rows
    assert rows[-1].train_loss < 0.2 * rows[0].train_loss
    assert max(row.train_loss for row in rows[len(rows) // 2 :]) < 0.2 * rows[0].train_loss


def test_the_suggestion_is_not_needlessly_small():
    """It is a half of the largest stable step size, to the two digits that are shown."""
    problem = make_problem(*RUNAWAYS["line"])
    X = np.column_stack([problem.train[0], np.ones(20)])
    stable = 2 / np.linalg.eigvalsh(X.T @ X / 20)[-1]
    suggested = train(problem).divergence.suggested_step_size
    assert suggested == pytest.approx(stable / 2, rel=0.06)


def test_the_last_good_parameters_are_kept_not_the_first():
    """Where the loss falls before it runs away, what is kept is the last row's that was no worse."""
    X = np.column_stack([make_problem().train[0], np.ones(20)])
    curvatures, directions = np.linalg.eigh(X.T @ X / 20)
    # Far off where the loss is flat, a little off where it is steep and the step too large.
    w, b = [4.0, 10.0] + 20 * directions[:, 0] + 0.01 * directions[:, 1]

    def train_from_there(steps: int):
        problem = make_problem(
            "data.noise=0",
            f"optimizer={{kind: sgd, step_size: {2.2 / curvatures[1]}, mass: 0}}",
            f"training={{steps: {steps}, record_every: 1}}",
        )
        return train(replace(problem, initial={"w": np.array([w]), "b": np.array(b)}))

    fit = train_from_there(steps=1000)
    losses = [row.train_loss for row in fit.state.rows]
    assert fit.stop_reason == "diverged"
    assert fit.state.step == max(step for step, loss in enumerate(losses) if loss <= losses[0])
    assert fit.state.step > 5
    assert losses[fit.state.step] < losses[0]
    np.testing.assert_array_equal(fit.state.params, train_from_there(fit.state.step).state.params)


def test_divergence_is_found_at_its_step():
    """Up to the step before, the same training goes on without complaint."""
    step = train(make_problem(*RUNAWAYS["line"])).divergence.step
    before = train(make_problem(*RUNAWAYS["line"], f"training.steps={step - 1}"))
    assert before.stop_reason == "steps"
    assert before.state.rows[-1].train_loss <= 1e8 * before.state.rows[0].train_loss
    assert train(make_problem(*RUNAWAYS["line"], f"training.steps={step}")).stop_reason == "diverged"


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_other_optimizers_are_told_a_tenth(optimizer):
    """Where no curvature tells a limit, a tenth of the step size is suggested."""
    fit = train(make_problem(f"optimizer={{kind: {optimizer}, step_size: 1e9}}"))
    assert fit.stop_reason == "diverged"
    assert fit.divergence.suggested_step_size == 1e8


def test_an_mlp_that_runs_away_is_told_a_better_step():
    """For a network too, the suggestion leads to the end of training."""
    network = ("model={kind: mlp, hidden: [4], activation: tanh}", "training.steps=200")
    fit = train(make_problem(*network, "optimizer={kind: sgd, step_size: 1000000, mass: 0}"))
    assert fit.stop_reason == "diverged"
    size = fit.divergence.suggested_step_size
    again = train(make_problem(*network, f"optimizer={{kind: sgd, step_size: {size}, mass: 0}}"))
    assert again.stop_reason == "steps"
    assert again.state.rows[-1].train_loss < again.state.rows[0].train_loss


def test_a_start_that_overflows_diverges_at_step_zero():
    """A loss that is not finite at once ends training at step 0, with the parameters it began with."""
    problem = make_problem("data.target=4e200*x")
    fit = train(problem)
    assert fit.stop_reason == "diverged"
    assert (fit.divergence.step, fit.divergence.quantity) == (0, "the loss is inf")
    np.testing.assert_array_equal(fit.state.params, problem.layout.flatten(problem.initial))


def test_a_gradient_that_is_not_a_number_is_found():
    """A finite loss with a nan gradient stops training at that step, and the parameter is named."""

    def broken(prediction, target):
        return 1.0 + anp.sum(anp.sqrt(prediction - prediction))

    problem = make_problem()
    problem = replace(problem, objective=Objective(problem.model, Loss(broken, unit_power=2)))
    fit = train(problem)
    assert fit.stop_reason == "diverged"
    assert (fit.divergence.step, fit.divergence.parameter) == (0, "w")
    assert fit.divergence.quantity == "the gradient of w is nan"


@pytest.mark.parametrize(
    ("value", "gradient", "quantity", "parameter"),
    [
        (np.nan, [0.0, 0.0], "the loss is nan", "w"),
        (np.inf, [1.0, np.inf], "the loss is inf", "b"),
        (1.0, [3.0, np.nan], "the gradient of b is nan", "b"),
        (1.0, [-np.inf, 0.0], "the gradient of w is -inf", "w"),
        (2e8, [3.0, -4.0], "the loss is 2e+08, beyond any sense", "b"),
    ],
)
def test_what_is_wrong_is_named(value, gradient, quantity, parameter):
    """The quantity is said in words; the parameter is the first broken one, or that of the largest slope."""
    found = find_divergence(make_problem(), 7, value, np.array(gradient), 1e8, np.zeros(2))
    assert found.step == 7
    assert found.quantity.startswith(quantity)
    assert found.parameter == parameter


def test_nothing_is_wrong_with_ordinary_numbers():
    """A loss below the limit with a finite gradient is no divergence."""
    assert find_divergence(make_problem(), 7, 1.0, np.array([1e300, -1.0]), 1e8, np.zeros(2)) is None


def test_a_start_at_the_optimum_leaves_room():
    """A loss of 0 at the start does not make every later loss a divergence."""
    problem = make_problem("data.noise=0")
    start = replace(problem, initial={"w": np.array([4.0]), "b": np.array(10.0)})
    target = problem.train[1]
    assert problem.objective(start.initial, *problem.train) == pytest.approx(0, abs=1e-20)
    assert loss_limit(start) == pytest.approx(1e8 * target.var() / 2)
    assert train(start).stop_reason == "steps"
