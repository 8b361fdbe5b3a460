"""Training step by step: how long, what is recorded, when it stops, and what is kept."""

from types import SimpleNamespace

import numpy as np
import pytest
from problems import make_problem, train

from regress_cli.errors import ConfigError
from regress_cli.training import fit as fit_module
from regress_cli.training.fit import Fit

VALIDATED = ("data.n=40", "data.split.validation=0.25")


def steps_of(fit: Fit) -> list[int]:
    """Return the steps that have a row of metrics."""
    return [row.step for row in fit.state.rows]


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at the clock take 10 ms, so that a slice of time is a few steps on any machine."""
    ticks = iter(range(10**9))
    monkeypatch.setattr(fit_module, "time", SimpleNamespace(perf_counter=lambda: next(ticks) / 100))


# ---------------------------------------------------------------------------- how many steps


@pytest.mark.parametrize(
    ("training", "steps"),
    [
        ("{steps: 7}", 7),
        ("{epochs: 3}", 3),
        ("{epochs: 3, batch_size: 5}", 12),
        ("{epochs: 2, batch_size: 8}", 6),
        ("{epochs: 1, batch_size: 1}", 20),
        ("{epochs: 4, batch_size: 20}", 4),
        ("{steps: 9, batch_size: 8}", 9),
    ],
)
def test_the_number_of_steps(training, steps):
    """Steps are taken as told; an epoch takes as many as its batches, the last smaller one included."""
    problem = make_problem(f"training={training}")
    fit = train(problem)
    assert problem.steps == steps
    assert fit.stop_reason == "steps"
    assert fit.state.step == steps
    assert steps_of(fit)[0] == 0
    assert steps_of(fit)[-1] == steps


def test_a_batch_that_is_larger_than_the_data_is_refused():
    """The message names the key, both numbers and the way out."""
    with pytest.raises(ConfigError, match=r"training.batch_size: 21 is more than the 20 rows .* or full"):
        make_problem("training.batch_size=21")


def test_a_batch_of_all_rows_is_the_full_batch():
    """``batch_size`` equal to the rows gives the same parameters as ``full``, to the last bit."""
    full, all_rows = train(make_problem()), train(make_problem("training.batch_size=20"))
    np.testing.assert_array_equal(all_rows.state.params, full.state.params)
    assert all_rows.state.rows == full.state.rows


def test_mini_batches_are_plain_stochastic_descent():
    """The parameters are those of a loop written out in numpy over the same rows."""
    problem = make_problem(
        "training={epochs: 3, batch_size: 6}", "optimizer={kind: sgd, mass: 0, step_size: 0.05}"
    )
    X, y = problem.train
    rng = make_problem().batch_rng  # A twin of the problem's own.
    w, b = 0.0, 0.0
    for _ in range(3):
        order = rng.permutation(20)
        for start in range(0, 20, 6):
            rows = order[start : start + 6]
            residual = w * X[rows, 0] + b - y[rows]
            w, b = w - 0.05 * (residual * X[rows, 0]).mean(), b - 0.05 * residual.mean()
    np.testing.assert_allclose(train(problem).state.params, [w, b], rtol=1e-12)


def test_a_schedule_sets_the_step_sizes():
    """Descent with a schedule moves as a loop with these step sizes does, and records them."""
    fit = train(
        make_problem(
            "optimizer={kind: sgd, mass: 0, step_size: 0.1, schedule: {kind: step, every: 2, factor: 0.5}}",
            "training={steps: 5, record_every: 1}",
        )
    )
    problem = make_problem()
    params = problem.layout.flatten(problem.initial)
    sizes = [0.1, 0.1, 0.05, 0.05, 0.025]
    for size in sizes:
        params = params - size * problem.value_and_gradient(params, *problem.train)[1]
    np.testing.assert_array_equal(fit.state.params, params)
    assert [row.step_size for row in fit.state.rows] == [*sizes, 0.025]


# ---------------------------------------------------------------------------- what is recorded


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ("{steps: 4}", [0, 1, 2, 3, 4]),
        ("{steps: 10, record_every: 4}", [0, 4, 8, 10]),
        ("{steps: 10, record_every: 5}", [0, 5, 10]),
        ("{steps: 3, record_every: 100}", [0, 3]),
        ("{steps: 2500}", [*range(0, 2500, 3), 2500]),
        ("{epochs: 3, batch_size: 5}", [0, 4, 8, 12]),
        ("{steps: 10, batch_size: 5}", [0, 4, 8, 10]),
    ],
)
def test_rows_are_recorded_at_the_right_steps(training, expected):
    """There is a row for the start, for the end, and for every so many steps or epochs between."""
    assert steps_of(train(make_problem(f"training={training}"))) == expected


@pytest.mark.parametrize("batch_size", ["full", 6])
@pytest.mark.parametrize("scaling", ["{}", "{features: true, target: true}"])
def test_a_row_is_of_whole_parts_in_the_targets_unit(batch_size, scaling):
    """The last row's losses are those of the final parameters over all rows, without the penalty."""
    problem = make_problem(
        *VALIDATED, f"data.standardize={scaling}", "loss.l2=0.3", f"training.batch_size={batch_size}"
    )
    fit = train(problem)
    row = fit.state.rows[-1]
    params = problem.layout.unflatten(fit.state.params)
    for part, loss in (("train", row.train_loss), ("validation", row.validation_loss)):
        X, y = problem.parts[part]
        residual = problem.target_scale * (X @ params["w"] + params["b"] - y)
        assert loss == pytest.approx((residual**2).mean() / 2, rel=1e-9)
    X, y = problem.train
    residual = X @ params["w"] + params["b"] - y
    gradient = [(X[:, 0] * residual).mean() + 0.3 * params["w"][0], residual.mean()]
    assert row.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-9)


def test_without_a_validation_part_its_loss_is_left_out():
    """The column is None in every row."""
    assert {row.validation_loss for row in train(make_problem()).state.rows} == {None}


@pytest.mark.usefixtures("slow_clock")
def test_progress_counts_up_to_the_end():
    """Progress comes in slices, goes forward in steps and time, and ends at the last step."""
    found = list(Fit(make_problem()))
    assert len(found) > 3
    assert [progress.step for progress in found] == sorted(progress.step for progress in found)
    assert [progress.seconds for progress in found] == sorted({progress.seconds for progress in found})
    assert (found[-1].step, found[-1].steps) == (40, 40)
    assert found[-1].loss < found[0].loss


@pytest.mark.usefixtures("slow_clock")
@pytest.mark.parametrize("steps", range(1, 12))
def test_the_last_step_is_told_with_the_result(steps: int):
    """However slices and steps fall together, whoever hears of the last step can take the result."""
    fit = Fit(make_problem(f"training={{steps: {steps}, record_every: 1}}"))
    told = [(progress.step, fit.result is not None) for progress in fit]
    assert [is_there for step, is_there in told if step == steps] == [True]


# ------------------------------------------------------------------- early stopping, time limit

# Descent on few noisy rows with a high degree fits the noise: the validation loss falls, then rises.
OVERFITTING = (
    "seed=2",
    "data.n=24",
    "data.noise=8",
    "data.standardize={features: true, target: true}",
    "data.split.validation=0.4",
    "model={kind: polynomial, degree: 9}",
    "optimizer={kind: adam, step_size: 0.05}",
    "training={steps: 3000, record_every: 1, early_stopping: {patience: 60}}",
)


def test_early_stopping_keeps_the_best_parameters():
    """It ends ``patience`` steps after the lowest validation loss, with the parameters of that step."""
    problem = make_problem(*OVERFITTING)
    fit = train(problem)
    losses = [row.validation_loss for row in fit.state.rows]
    best = int(np.argmin(losses))
    assert fit.stop_reason == "early_stopping"
    assert 0 < best < 2000
    assert steps_of(fit)[-1] == best + 60
    assert fit.state.step == best
    assert problem.data_loss(fit.state.params, problem.validation) == losses[best]

    stopped_there = train(
        make_problem(*OVERFITTING, "training.early_stopping=null", f"training.steps={best}")
    )
    np.testing.assert_array_equal(fit.state.params, stopped_there.state.params)


def test_the_best_parameters_are_kept_where_patience_lasts():
    """If the steps are used up first, the best parameters are kept all the same."""
    fit = train(make_problem(*OVERFITTING, "training.early_stopping.patience=3000", "training.steps=1500"))
    losses = [row.validation_loss for row in fit.state.rows]
    assert fit.stop_reason == "steps"
    assert len(losses) == 1501
    assert fit.state.step == int(np.argmin(losses)) < 1500


def test_a_gain_below_min_delta_does_not_count():
    """Where no step gains enough, training ends after ``patience`` steps, with the best it has seen."""
    problem = make_problem(*VALIDATED, "training.early_stopping={patience: 5, min_delta: 1000000}")
    fit = train(problem)
    assert fit.stop_reason == "early_stopping"
    assert steps_of(fit)[-1] == 5
    assert fit.state.step == min(fit.state.rows, key=lambda row: row.validation_loss).step


@pytest.mark.usefixtures("slow_clock")
def test_the_time_limit_ends_training_cleanly():
    """After so many seconds training ends between two steps, on the same way as without the limit."""
    fit = train(make_problem("training={steps: 100000, time_limit: 2, record_every: 1}"))
    assert fit.stop_reason == "time_limit"
    assert 2 < fit.state.seconds < 2.2
    taken = fit.state.step
    assert 10 < taken < 200
    without = train(make_problem(f"training={{steps: {taken}, record_every: 1}}"))
    np.testing.assert_array_equal(fit.state.params, without.state.params)


@pytest.mark.usefixtures("slow_clock")
def test_a_time_limit_that_is_not_reached_changes_nothing():
    """Training ends at its last step, with the same parameters."""
    fit = train(make_problem("training.time_limit=1000"))
    assert fit.stop_reason == "steps"
    np.testing.assert_array_equal(fit.state.params, train(make_problem()).state.params)
