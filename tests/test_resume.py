"""Resuming: from any checkpoint training goes on to the same end, to the last bit."""

import io
from itertools import product

import numpy as np
import pytest
from conftest import selected
from problems import make_problem
from test_fit import OVERFITTING, VALIDATED, slow_clock

from regress_cli.training.fit import Fit
from regress_cli.training.state import TrainingState

__all__ = ["slow_clock"]

CASES = {
    "sgd": (),
    "nesterov": ("optimizer={kind: sgd, mass: 0.9, nesterov: true}",),
    "adam": ("optimizer={kind: adam, step_size: 0.1}",),
    "rmsprop": ("optimizer={kind: rmsprop}",),
    "cosine": ("optimizer={kind: adam, schedule: {kind: cosine}}",),
    "batches of 1": ("training={steps: 47, batch_size: 1}",),
    "batches of 7": ("training={steps: 40, batch_size: 7, record_every: 5}", "optimizer={kind: adam}"),
    "validation": (*VALIDATED, "training={epochs: 9, batch_size: 8}"),
    "normal start": ("model={kind: mlp, hidden: [3, 2], activation: tanh}",),
    "early stopping": (*OVERFITTING, "training.early_stopping.patience=20", "training.record_every=3"),
    "early stopping on batches": (
        *VALIDATED,
        "training={steps: 400, batch_size: 7, early_stopping: {patience: 20}, record_every: 2}",
    ),
    "divergence": ("optimizer={kind: sgd, step_size: 0.6, mass: 0}", "training.steps=1000"),
}


def through_a_file(state: TrainingState) -> TrainingState:
    """Return the state as a file gives it back that was written and read without pickle."""
    file = io.BytesIO()
    np.savez(file, **state.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return TrainingState.from_arrays(dict(arrays))


def train_with_stops(overrides: tuple[str, ...], slices: int) -> tuple[Fit, int]:
    """Return a training that was stopped after every so many slices, and how often it was."""
    state, stops = None, 0
    while True:
        fit = Fit(make_problem(*overrides), state)
        for count, _ in enumerate(fit, start=1):
            if count == slices and fit.stop_reason is None:
                break
        else:
            return fit, stops
        state = through_a_file(fit.state)
        stops += 1


def assert_equal_states(found: TrainingState, expected: TrainingState) -> None:
    """Compare all but the time."""
    found_arrays, expected_arrays = found.to_arrays(), expected.to_arrays()
    assert found.rows == expected.rows
    assert found_arrays.keys() == expected_arrays.keys()
    for name in found_arrays.keys() - {"plain"}:
        np.testing.assert_array_equal(found_arrays[name], expected_arrays[name], err_msg=name)
    for name in ("step", "best_step", "best_loss", "good_step", "batches"):
        assert getattr(found, name) == getattr(expected, name), name


@pytest.mark.usefixtures("slow_clock")
@pytest.mark.parametrize(("case", "slices"), selected(product(CASES, [1, 2, 3]), 2))
def test_training_that_is_stopped_again_and_again_ends_the_same(case, slices):
    """Parameters, rows and all that is kept equal those of training in one go."""
    expected, _ = train_with_stops(CASES[case], slices=10**6)
    found, stops = train_with_stops(CASES[case], slices)
    assert stops > 0
    assert found.stop_reason == expected.stop_reason
    assert found.divergence == expected.divergence
    assert_equal_states(found.state, expected.state)


@pytest.mark.usefixtures("slow_clock")
def test_time_adds_up_over_sittings():
    """The seconds of earlier sittings count, towards the time limit too."""
    limited = ("training={steps: 100000, time_limit: 2}",)
    found, stops = train_with_stops(limited, slices=9)
    assert stops > 2
    assert found.stop_reason == "time_limit"
    assert 2 < found.state.seconds < 2.2


def test_a_state_survives_its_file():
    """Every field comes back as it was, the best and good parameters and an open validation loss too."""
    fit = Fit(make_problem(*VALIDATED, "training.early_stopping={patience: 50}"))
    for _ in fit:
        pass
    assert fit.state.best_params is not None
    assert fit.state.good_params is not None
    again = through_a_file(fit.state)
    assert_equal_states(again, fit.state)
    assert again.seconds == fit.state.seconds
    fresh = Fit(make_problem()).state
    assert through_a_file(fresh).best_loss == float("inf")
    assert through_a_file(fresh).best_params is None
    assert through_a_file(fresh).rows == []
