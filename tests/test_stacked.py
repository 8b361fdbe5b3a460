"""Replicas that are trained as one stack of arrays have the numbers that each has alone."""

from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from problems import make_problem, train

from regress_cli.config import load_config
from regress_cli.tape import Replay, record
from regress_cli.tape.calls import write_program
from regress_cli.tape.stacking import NotStackable, stack
from regress_cli.training import StackedFit, replicas_at_once, why_apart, why_not_stacked
from regress_cli.training.tape_engine import TapeDiffers

CURVE = {
    "name": "curve",
    "data": {
        "kind": "synthetic",
        "n": 30,
        "inputs": {"x": {"low": -2, "high": 2}},
        "target": "x**3 - 2*x + 1",
        "noise": 0.5,
    },
    "model": {"kind": "mlp", "hidden": [4, 3], "activation": "relu"},
    "optimizer": {"kind": "sgd", "step_size": 0.02, "mass": 0.9},
    "training": {"steps": 60},
}
# What is changed in the config above; every way through the tape's rules is among them.
VARIANTS = {
    "relu": (),
    "tanh": ("model.activation=tanh",),
    "one layer": ("model.hidden=[5]",),
    "drawn inputs": ("data.inputs.x.spacing=uniform",),
    "two inputs": (
        "data.inputs.x.spacing=uniform",
        "data.inputs.z={low: 0, high: 1}",
        "data.target=x*z",
        "data.standardize={features: true, target: true}",
    ),
    "linear": ("model={kind: linear, init: normal}",),
    "linear without intercept": ("model={kind: linear, intercept: false}", "loss.kind=mse"),
    "polynomial with a penalty": ("model={kind: polynomial, degree: 3}", "loss.l2=0.1"),
    "formula": (
        "model={kind: formula, expression: 'a*exp(-b*x) + where(x > 0, c, c*x)', "
        "initial: {a: 1, b: 0.1, c: 2}}",
    ),
    "mae": ("loss.kind=mae",),
    "huber with a penalty": ("loss={kind: huber, delta: 0.7, l2: 0.05}",),
    "adam with a cosine": ("optimizer={kind: adam, step_size: 0.05, schedule: {kind: cosine}}",),
    "rmsprop with steps": ("optimizer={kind: rmsprop, schedule: {kind: step, every: 20, factor: 0.5}}",),
    "nesterov": ("optimizer.nesterov=true",),
    "float32": ("training.dtype=float32",),
    "batches": ("training.batch_size=7",),
    "batches of drawn inputs": (
        "training.batch_size=10",
        "data.inputs.x.spacing=uniform",
        "training.epochs=9",
    ),
    "rows apart": ("training.record_every=25",),
    "validation": ("data.split.validation=0.3",),
    "early stopping": (
        "data.split.validation=0.3",
        "training.early_stopping={patience: 5}",
        "optimizer.step_size=0.2",
    ),
}


def replicas(*overrides: str, count: int = 3, base: Any = None) -> list:
    """Return the problems of the first seeds."""
    overrides = tuple(one for one in overrides)
    return [make_problem(*overrides, f"seed={seed}", base=base or CURVE) for seed in range(count)]


def changes(variant: str) -> tuple[str, ...]:
    """Return the overrides of a variant; epochs take the place of steps."""
    found = VARIANTS[variant]
    return (*found, "training.steps=null") if any("epochs" in one for one in found) else found


def fitted(problems: list) -> StackedFit:
    """Return a stack that was trained to its end."""
    fit = StackedFit(problems)
    for _ in fit:
        pass
    return fit


# ------------------------------------------------------------------------------ the same numbers


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_replica_has_the_numbers_of_the_run_of_its_seed_alone(variant: str):
    """Rows of metrics, stop reason, steps and parameters are those of a training of its own, to 1e-9."""
    fit = fitted(replicas(*changes(variant)))
    assert sorted(fit.results) == [0, 1, 2]
    for k, problem in enumerate(replicas(*changes(variant))):
        alone, stacked = train(problem).result, fit.results[k]
        assert alone is not None
        assert (stacked.stop_reason, stacked.steps_taken) == (alone.stop_reason, alone.steps_taken)
        assert stacked.state.step == alone.state.step
        assert stacked.state.engine == "stacked"
        for name, value in alone.params.items():
            np.testing.assert_allclose(stacked.params[name], value, rtol=1e-9, atol=1e-12)
        for mine, own in zip(stacked.state.rows, alone.state.rows, strict=True):
            assert mine.step == own.step
            for column in ("train_loss", "validation_loss", "gradient_norm", "step_size"):
                expected = getattr(own, column)
                assert (getattr(mine, column) is None) == (expected is None)
                assert expected is None or getattr(mine, column) == pytest.approx(
                    expected, rel=1e-9, abs=1e-12
                )


def test_early_stopping_ends_each_replica_in_its_own_time():
    """Replicas stop at steps of their own, and those that go on are not disturbed."""
    fit = fitted(replicas(*VARIANTS["early stopping"], count=4))
    assert {result.stop_reason for result in fit.results.values()} == {"early_stopping"}
    assert len({result.steps_taken for result in fit.results.values()}) > 1


def test_weights_of_rows_are_each_replicas_own(tmp_path):
    """A table with weights that is split anew by each seed gives what each seed gives alone."""
    rng = np.random.default_rng(5)
    rows = [f"{x:.6f},{3 * x + rng.normal():.6f},{rng.uniform(0.5, 2):.4f}" for x in rng.uniform(0, 2, 40)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["x,y,w", *rows]) + "\n")
    base = {
        "name": "weighted",
        "data": {
            "kind": "table",
            "path": str(path),
            "target": "y",
            "features": ["x"],
            "weights": "w",
            "split": {"validation": 0.25},
            "standardize": {"features": True, "target": True},
        },
        "model": {"kind": "mlp", "hidden": [3]},
        "training": {"steps": 40},
    }
    fit = fitted(replicas(base=base))
    for k, problem in enumerate(replicas(base=base)):
        alone = train(problem).result
        assert alone is not None
        for name, value in alone.params.items():
            np.testing.assert_allclose(fit.results[k].params[name], value, rtol=1e-9)


# ------------------------------------------------------------------------------ who leaves


def test_a_replica_that_diverges_leaves_and_the_others_go_on():
    """The others have the numbers that they have without it; its own run says when it diverged."""
    wild = (
        "optimizer={kind: sgd, step_size: 1.5, mass: 0}",
        "model={kind: linear}",
        "data.inputs.x={low: -2, high: 2, spacing: uniform}",
        "training.steps=300",
    )
    fit = fitted(replicas(*wild, count=6))
    alone = [train(problem).result for problem in replicas(*wild, count=6)]
    diverged = [
        k for k, result in enumerate(alone) if result is not None and result.stop_reason == "diverged"
    ]
    # Otherwise this test would test nothing.
    assert 0 < len(diverged) < 6
    assert fit.left == diverged
    for k, stacked in fit.results.items():
        own = alone[k]
        assert own is not None
        for name, value in own.params.items():
            np.testing.assert_allclose(stacked.params[name], value, rtol=1e-9)


def test_a_stack_whose_replicas_all_diverge_ends():
    """Nobody is left, and there is no result."""
    fit = fitted(replicas("optimizer.step_size=1e6", "model.kind=linear", count=3))
    assert (fit.results, sorted(fit.left)) == ({}, [0, 1, 2])


def test_a_replay_that_is_not_autograds_is_refused(monkeypatch: pytest.MonkeyPatch):
    """The first gradient of every replica is compared with autograd's."""
    problems = replicas(count=2)
    true = type(problems[1]).value_and_gradient

    def other(self, *arguments):
        value, gradient = true(self, *arguments)
        return (value, gradient * 1.01) if self is problems[1] else (value, gradient)

    monkeypatch.setattr(type(problems[1]), "value_and_gradient", other)
    with pytest.raises(TapeDiffers):
        fitted(problems)


# ------------------------------------------------------------------------------ what can be stacked

APART = {
    "lbfgs": ("optimizer.kind=lbfgs",),
    "the exact solver": ("optimizer.kind=exact", "model={kind: linear}"),
    "training.time_limit": ("training.time_limit=10",),
    "training.engine eager": ("training.engine=eager",),
    "training.engine compiled": ("training.engine=compiled",),
}


@pytest.mark.parametrize("reason", APART)
def test_what_is_not_stacked_says_why(reason: str):
    """The reason names what the config has."""
    said = why_not_stacked(load_config(CURVE, APART[reason]))
    assert said is not None
    assert said.startswith(reason)


def test_an_ordinary_training_is_stacked():
    """There is no reason against it, and small arrays go many at a time."""
    assert why_not_stacked(load_config(CURVE)) is None
    assert replicas_at_once(make_problem(base=CURVE)) > 100


def test_large_arrays_are_not_stacked():
    """Where a step of one replica fills the caches, more at once would only wait for memory."""
    assert replicas_at_once(make_problem("data.n=100000", base=CURVE)) < 2
    assert replicas_at_once(make_problem("data.n=100000", "training.batch_size=100", base=CURVE)) > 2


def test_data_of_other_sizes_are_run_apart():
    """Arrays of different shapes can't be stacked; nor can a Huber loss with several deltas."""
    assert why_apart(replicas()) is None
    other = [make_problem(base=CURVE), make_problem("data.n=31", base=CURVE)]
    assert why_apart(other) == "the seeds give data of different sizes"
    scaled = replicas("loss={kind: huber, delta: 1}", "data.standardize.target=true")
    assert "loss.delta" in str(why_apart(scaled))


# ------------------------------------------------------------------------------ the tape itself

RNG = np.random.default_rng(3)
FUNCTIONS = {
    "a part of a vector, twice": lambda p, x: anp.sum(p["w"][1:] ** 2) + anp.sum(p["w"][:2] * p["w"][1:3]),
    "a matrix and its transpose": lambda p, x: anp.sum(p["M"] * p["M"].T) + anp.sum(p["M"][0] ** 2),
    "an outer product": lambda p, x: anp.sum(anp.outer(p["w"], p["w"]) * p["M"]),
    "means over axes": lambda p, x: anp.sum(anp.mean(p["M"], axis=0) * p["w"]) + anp.mean(p["M"] * x[:3]),
    "a column times a row": lambda p, x: anp.sum(p["w"][:, None] * p["w"][None, :] * p["M"]),
    "reshaped": lambda p, x: anp.sum(anp.reshape(p["M"], (9,)) ** 3) + anp.sum(anp.ravel(p["M"])),
    "sums kept": lambda p, x: anp.sum(p["M"] / anp.sum(anp.exp(p["M"]), axis=1, keepdims=True)),
    "data in rows": lambda p, x: anp.sum(anp.tanh(x[:3] * p["w"]) ** 2) + anp.sum((p["M"] * x[:3]) ** 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stacked_tape_has_the_gradient_of_each_copy(name: str):
    """autograd, asked for one copy after the other, gives the same values and gradients."""
    function, count = FUNCTIONS[name], 3
    params = {"w": RNG.normal(size=(count, 3)), "M": RNG.normal(size=(count, 3, 3))}
    data = RNG.normal(size=(count, 5))
    first = {key: value[0].copy() for key, value in params.items()}
    tape = stack(record(function, first, {"x": data[0].copy()}), count)
    gradients = {key: np.empty_like(value) for key, value in params.items()}
    replay = Replay(tape, {**params, "x": data}, gradients)
    write_program(replay.calls).run()
    for k in range(count):
        own = {key: value[k] for key, value in params.items()}
        value, gradient = autograd.value_and_grad(function)(own, data[k])
        assert replay.value[k] == pytest.approx(value, rel=1e-12)
        for key in params:
            np.testing.assert_allclose(gradients[key][k], gradient[key], rtol=1e-11, atol=1e-13)


def test_shared_data_are_there_once():
    """An input that all copies share keeps its shape, and gives the same gradients."""
    params, x = {"w": RNG.normal(size=(4, 3))}, RNG.normal(size=3)

    def function(p, x):
        return anp.sum((p["w"] * x) ** 2)

    tape = stack(record(function, {"w": params["w"][0].copy()}, {"x": x}), 4, ["x"])
    assert tape.inputs["x"].shape == (3,)
    gradients = {"w": np.empty((4, 3))}
    replay = Replay(tape, {**params, "x": x}, gradients)
    write_program(replay.calls).run()
    np.testing.assert_allclose(gradients["w"], 2 * params["w"] * x**2, rtol=1e-13)


def test_an_unknown_step_is_refused():
    """What has no rule is told by its name."""
    tape = record(lambda p: anp.sum(anp.linalg.inv(p["M"])), {"M": np.eye(3) + 0.1}, {})
    with pytest.raises(NotStackable, match="inv"):
        stack(tape, 2)
