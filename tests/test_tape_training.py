"""Training with the tape is training with autograd, to the last bit: parameters, rows and divergence."""

import copy
import itertools

import numpy as np
import pytest
from conftest import CONFIGS, selected
from hypothesis import given, settings
from hypothesis import strategies as st

from regress_cli.config import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import Fit
from regress_cli.training.state import TrainingState

DATA = {
    "kind": "synthetic",
    "n": 50,
    "inputs": {"x": {"low": -2, "high": 2}, "z": {"low": -1, "high": 1, "spacing": "uniform"}},
    "target": "3*x - z + x*z",
    "noise": 0.3,
}
MODELS = [
    {"kind": "linear"},
    {"kind": "linear", "intercept": False},
    {"kind": "polynomial", "degree": 3},
    {"kind": "mlp", "hidden": [5, 3], "activation": "relu"},
    {"kind": "mlp", "hidden": [4], "activation": "tanh"},
    {"kind": "mlp", "hidden": [1, 1], "activation": "relu"},
    {"kind": "mlp", "hidden": [3, 1, 4], "activation": "tanh"},
]
LOSSES = [{"kind": "half_mse"}, {"kind": "mse"}, {"kind": "mae"}, {"kind": "huber", "delta": 0.5}]
OPTIMIZERS = [
    {"kind": "sgd", "step_size": 0.01, "mass": 0.0},
    {"kind": "sgd", "step_size": 0.01, "mass": 0.9},
    {"kind": "sgd", "step_size": 0.01, "mass": 0.9, "nesterov": True},
    {"kind": "adam", "step_size": 0.01},
    {"kind": "rmsprop", "step_size": 0.01},
]
SCHEDULES = [
    {"kind": "constant"},
    {"kind": "cosine", "final": 0.1},
    {"kind": "step", "every": 7, "factor": 0.5},
]
BATCHES = ["full", 10, 7, 1]
DTYPES = ["float64", "float32"]


def configured(model, loss, optimizer, *, l2=0.0, schedule=None, seed=0, data=DATA, **training):
    """Return the config of a training, without its engine."""
    return {
        "name": "tape",
        "seed": seed,
        "data": data,
        "model": model,
        "loss": loss | {"l2": l2},
        "optimizer": optimizer | {"schedule": schedule or SCHEDULES[0]},
        "training": {"steps": 40, "record_every": 13} | training,
    }


def fit_of(config, engine, state=None) -> Fit:
    """Return a training by an engine, not yet begun."""
    config = config | {"training": config["training"] | {"engine": engine}}
    return Fit(make_plan(load_config(config)).problem, state)


def finished(fit: Fit) -> Fit:
    """Train to the end."""
    for _ in fit:
        pass
    return fit


def assert_equal(one: Fit, other: Fit) -> None:
    """Hold all that a training leaves behind against another one's, to the last bit."""
    assert one.notes == other.notes == []
    assert one.stop_reason == other.stop_reason
    assert one.divergence == other.divergence
    assert repr(one.state.rows) == repr(other.state.rows)
    states = one.state.to_arrays(), other.state.to_arrays()
    assert states[0].keys() == states[1].keys()
    for name in states[0].keys() - {"plain", "rows"}:
        assert states[0][name].dtype == states[1][name].dtype
        assert states[0][name].tobytes() == states[1][name].tobytes(), name
    assert one.state.batches == other.state.batches
    assert (one.state.step, one.state.good_step, one.state.best_step) == (
        other.state.step,
        other.state.good_step,
        other.state.best_step,
    )
    assert one.result is not None
    assert other.result is not None
    assert one.result.steps_taken == other.result.steps_taken
    for name, value in one.result.params.items():
        assert value.tobytes() == other.result.params[name].tobytes(), name


def check(config) -> Fit:
    """Train with either engine, compare, and return the training by the tape."""
    taped = finished(fit_of(config, "tape"))
    assert_equal(taped, finished(fit_of(config, "eager")))
    return taped


def covering():
    """Return combinations of which every two models, losses, batches, dtypes, ... meet."""
    axes = [MODELS, LOSSES, OPTIMIZERS, SCHEDULES, BATCHES, DTYPES, [0.0, 0.1]]
    missing = {
        (i, a, j, b)
        for i, j in itertools.combinations(range(len(axes)), 2)
        for a in range(len(axes[i]))
        for b in range(len(axes[j]))
    }
    rng = np.random.default_rng(0)
    chosen = []
    while missing:
        drawn = [tuple(int(rng.integers(len(axis))) for axis in axes) for _ in range(60)]
        pairs = {
            case: {(i, case[i], j, case[j]) for i, j in itertools.combinations(range(len(axes)), 2)}
            for case in drawn
        }
        best = max(drawn, key=lambda case: len(pairs[case] & missing))
        missing -= pairs[best]
        chosen.append(tuple(axis[k] for axis, k in zip(axes, best, strict=True)))
    return chosen


@pytest.mark.parametrize(("model", "loss", "optimizer", "schedule", "batch", "dtype", "l2"), covering())
def test_every_pair_of_choices_trains_to_the_same_bits(model, loss, optimizer, schedule, batch, dtype, l2):
    """Any two of models, losses, optimizers, schedules, batches, dtypes and penalties agree with autograd."""
    fit = check(configured(model, loss, optimizer, schedule=schedule, batch_size=batch, dtype=dtype, l2=l2))
    assert fit.state.params.dtype == dtype
    assert fit.state.step == 40


@settings(max_examples=30)
@given(
    model=st.one_of(
        st.sampled_from(MODELS),
        st.builds(
            lambda hidden, activation: {"kind": "mlp", "hidden": hidden, "activation": activation},
            st.lists(st.integers(1, 6), min_size=1, max_size=3),
            st.sampled_from(["relu", "tanh"]),
        ),
    ),
    loss=st.sampled_from(LOSSES),
    optimizer=st.sampled_from(OPTIMIZERS),
    schedule=st.sampled_from(SCHEDULES),
    step_size=st.floats(1e-4, 1e3),
    l2=st.sampled_from([0.0, 1e-3, 1.0]),
    rows=st.integers(4, 60),
    batch=st.integers(1, 70),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 1000),
    steps=st.integers(1, 70),
    record_every=st.sampled_from([1, 2, 13, 10**6]),
)
def test_any_training_ends_at_the_same_bits(
    model, loss, optimizer, schedule, step_size, l2, rows, batch, dtype, seed, steps, record_every
):
    """Whatever is drawn, stable or not: parameters, rows and divergence are autograd's."""
    check(
        configured(
            model,
            loss,
            optimizer | {"step_size": step_size},
            l2=l2,
            schedule=schedule,
            seed=seed,
            data=DATA | {"n": rows},
            batch_size=batch if batch < rows * 0.5 else "full",
            dtype=dtype,
            steps=steps,
            record_every=record_every,
        )
    )


@pytest.mark.parametrize(
    ("optimizer", "record_every", "steps"),
    selected(itertools.product(OPTIMIZERS[2:5], [1, 7, 256, 10**6], [255, 256, 257, 511, 513]), 7),
)
def test_the_steps_around_a_check_are_the_same(steps, optimizer, record_every):
    """Where training looks at its numbers, at multiples of 256, nothing is done twice or left out."""
    fit = check(configured(MODELS[4], LOSSES[0], optimizer, steps=steps, record_every=record_every))
    assert fit.state.step == steps


def transient(step_size, **training):
    """Return the shipped relu network with a step size that makes it blow up, and die."""
    overrides = [
        f"optimizer.step_size={step_size}",
        *(f"training.{key}={value}" for key, value in training.items()),
    ]
    return [
        finished(
            Fit(
                make_plan(
                    load_config(CONFIGS / "mlp.yaml", [*overrides, f"training.engine={engine}"])
                ).problem
            )
        )
        for engine in ("tape", "eager")
    ]


@pytest.mark.parametrize("step_size", selected([0.05, 0.1, 0.3, 1, 5, 100, 1e6], 2))
def test_a_net_that_blows_up_and_dies_is_found_by_both(step_size):
    """A network that is finite again when someone looks has diverged all the same, at the same step."""
    found = set()
    for record_every in (1, 100, 1_000_000):
        taped, eager = transient(step_size, steps=600, record_every=record_every)
        assert_equal(taped, eager)
        found.add((taped.divergence.step, taped.divergence.quantity) if taped.divergence else None)
    assert len(found) == 1


@pytest.mark.parametrize("batch", ["full", 7])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: "-".join(map(str, o.values())))
@pytest.mark.parametrize("model", [MODELS[0], MODELS[3]], ids=lambda m: m["kind"])
def test_divergence_is_the_same(model, optimizer, batch):
    """A step size that is far too large is told in the same words, with the same parameters kept.

    SGD that has blown up never comes back, so however rarely a row is recorded, it is found at the same step.
    """
    steps = []
    for record_every in (1, 13, 10**6):
        config = configured(
            model,
            LOSSES[0],
            optimizer | {"step_size": 1e7 if optimizer["kind"] != "sgd" else 500.0},
            batch_size=batch,
            steps=300,
            record_every=record_every,
        )
        fit = check(config)
        if fit.divergence is not None:
            assert fit.divergence.parameter in fit.problem.initial
        steps.append(fit.divergence and fit.divergence.step)
    if batch == "full" and optimizer["kind"] == "sgd":
        assert len(set(steps)) == 1
        assert steps[0] is not None


@pytest.mark.parametrize(
    ("optimizer", "batch"), selected(itertools.product(OPTIMIZERS[1:], ["full", 10, 7]), 2)
)
def test_a_training_that_is_resumed_anywhere_ends_at_the_same_bits(optimizer, batch):
    """From each state on the way, either engine goes on to the end of an uninterrupted training."""
    config = configured(
        MODELS[3], LOSSES[0], optimizer, schedule=SCHEDULES[1], batch_size=batch, steps=23, record_every=4
    )
    whole = finished(fit_of(config, "eager"))
    first = fit_of(config, "tape")
    states = []
    while first.stop_reason is None:
        states.append(copied(first.state))
        first._go_on()
    assert len(states) > 10
    for state in states:
        assert_equal(finished(fit_of(config, "tape", copied(state))), whole)
    assert_equal(finished(fit_of(config, "eager", copied(states[5]))), whole)


def copied(state: TrainingState) -> TrainingState:
    """Return a state by way of what is stored of it."""
    arrays = {name: array.copy() for name, array in state.to_arrays().items()}
    return copy.deepcopy(TrainingState.from_arrays(arrays))


def test_a_validation_part_and_early_stopping_are_the_same():
    """What is decided by rows is decided alike."""
    config = configured(MODELS[3], LOSSES[0], OPTIMIZERS[3] | {"step_size": 0.3}, steps=400, record_every=2)
    config["data"] = DATA | {"noise": 3, "split": {"validation": 0.3}}
    config["training"]["early_stopping"] = {"patience": 20}
    assert check(config).stop_reason == "early_stopping"
