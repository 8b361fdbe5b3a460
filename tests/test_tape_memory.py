"""What a replay needs: no new memory while it runs, and no more than autograd before."""

import gc
import tracemalloc
from itertools import product

import numpy as np
import pytest
from conftest import selected

from regress_cli.config import load_config
from regress_cli.config.schema import HalfMSE
from regress_cli.experiment.plan import make_plan
from regress_cli.models import MLP, Linear
from regress_cli.tape import Replay, evaluate, record
from regress_cli.tape.calls import write_program
from regress_cli.training.batches import Batches
from regress_cli.training.losses import build_loss
from regress_cli.training.objective import Objective
from regress_cli.training.optimizers import build_optimizer
from regress_cli.training.tape_engine import TapeEngine

MODELS = {
    "linear": {"kind": "linear"},
    "linear without intercept": {"kind": "linear", "intercept": False},
    "polynomial": {"kind": "polynomial", "degree": 2},
    "relu": {"kind": "mlp", "hidden": [4, 3], "activation": "relu"},
    "tanh": {"kind": "mlp", "hidden": [4], "activation": "tanh"},
}
LOSSES = ["half_mse", "mse", "mae", "huber"]
OPTIMIZERS = {
    "momentum": {"kind": "sgd", "step_size": 1e-3, "mass": 0.9},
    "nesterov": {"kind": "sgd", "step_size": 1e-3, "mass": 0.9, "nesterov": True},
    "adam": {"kind": "adam", "step_size": 1e-3},
    "rmsprop": {"kind": "rmsprop", "step_size": 1e-3},
}
# NumPy's buffers where arrays of several shapes meet, 8192 numbers at most; of the rows there are many more.
SMALL = 3 * 8192 * 8
SHAPES = [(2, 8, 1), (1, 4, 4, 1), (5, 32, 16, 1), (3, 10, 10, 10, 10, 1), (20, 2, 1)]


def engine_of(model, loss, optimizer, batch_size, rows, dtype="float64"):
    """Return an engine over synthetic data, with its batches."""
    config = {
        "name": "memory",
        "data": {
            "kind": "synthetic",
            "n": rows,
            "inputs": {"x": {"low": -1, "high": 1}, "z": {"low": -1, "high": 1, "spacing": "uniform"}},
            "target": "x + z",
            "noise": 1,
        },
        "model": MODELS[model],
        "loss": {"kind": loss, "l2": 0.1},
        "optimizer": OPTIMIZERS[optimizer],
        "training": {"steps": 10, "batch_size": batch_size, "dtype": dtype},
    }
    problem = make_plan(load_config(config)).problem
    params = problem.start.copy()
    gradient = np.zeros_like(params)
    rule = build_optimizer(problem.optimizer)
    batches = Batches(rows, problem.batch_size, problem.batch_rng)
    engine = TapeEngine(problem, params, gradient, rule.bind(params, gradient, rule.init(params)), batches)
    # What is compared with autograd, at a few of the steps, needs autograd's memory.
    engine._compare_step = lambda batch: batch.advance.run()  # type: ignore[method-assign]
    return engine, batches


@pytest.fixture(autouse=True, scope="module")
def _rest_of_the_suite() -> None:
    """Leave what earlier tests have left out of the many collections of garbage here."""
    gc.collect()
    gc.freeze()


def peak_of(function) -> int:
    """Return how much more memory there was in use while a function ran than before."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        function()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def kept_by(function) -> int:
    """Return how much memory what a function returns takes."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = function()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        del kept
        return after - before
    finally:
        tracemalloc.stop()


CASES = [
    (model, loss, list(OPTIMIZERS)[(i + j) % 4])
    for i, model in enumerate(MODELS)
    for j, loss in enumerate(LOSSES)
]


@pytest.mark.parametrize(("model", "loss", "optimizer"), selected(CASES, 3))
def test_steps_over_all_rows_take_no_memory(model, loss, optimizer):
    """Steps need much less memory than one vector over the rows has."""
    engine, _ = engine_of(model, loss, optimizer, "full", rows=50_000)
    engine.advance(0, 5)
    assert peak_of(lambda: engine.advance(5, 15)) < SMALL < np.zeros(50_000).nbytes / 2


@pytest.mark.parametrize(("model", "loss", "optimizer"), selected(CASES, 3))
def test_steps_over_batches_take_no_memory(model, loss, optimizer):
    """Nor do the steps of an epoch, whose order is drawn at its beginning."""
    engine, batches = engine_of(model, loss, optimizer, 50_000, rows=140_000)
    engine.advance(0, 4)
    assert batches.position == 50_000
    assert peak_of(lambda: engine.advance(4, 6)) < SMALL
    assert sorted(engine._by_size) == [40_000, 50_000]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_thousands_of_steps_take_no_memory(optimizer):
    """Nor do thousands of steps, of whichever optimizer: nothing is left over from one to the next."""
    engine, _ = engine_of("relu", "half_mse", optimizer, "full", rows=50)
    engine.advance(0, 5)
    assert peak_of(lambda: engine.advance(5, 1000)) < SMALL / 4


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("model", MODELS)
def test_a_step_is_one_line_for_each_call_of_numpy(model, dtype):
    """The program has no loop, no branch and no helper: each line calls one function of NumPy."""
    engine, _ = engine_of(model, "huber", "adam", 10, rows=30, dtype=dtype)
    engine.evaluate_batch()
    for batch in (engine._whole, engine._by_size[10]):
        header, start, *body, end = batch.advance.source.splitlines()
        assert (header[:12], start.strip(), end.strip()) == ("def program(", "def run():", "return run")
        calls = [line.strip() for line in body if not line.strip().startswith("#")]
        assert all(
            call.endswith(")") and call.count("(") == call.replace("()", "").count("(") for call in calls
        )
        names = {call.split("(")[0] for call in calls}
        # Of all models only the penalty of a polynomial needs autograd's own way, to leave out the intercept.
        assert all(hasattr(np, name.replace("_reduce", "")) or name == "mut_add" for name in names), names


def mlp(sizes, rows, activation):
    """Return an objective with its parameters and data."""
    rng = np.random.default_rng(0)
    model = MLP(sizes, activation, "glorot")
    data = {"features": rng.normal(size=(rows, sizes[0])), "target": rng.normal(size=rows)}
    return Objective(model, build_loss(HalfMSE()), l2=0.1), model.init(rng), data


def bytes_of_replay(loss, params, data) -> int:
    """Return the memory of a replay's results and of what its kernels keep."""
    tape = record(loss, params, data)
    gradients = {name: np.empty_like(value) for name, value in params.items()}
    return kept_by(lambda: Replay(tape, params | data, gradients))


@pytest.mark.parametrize(("activation", "sizes"), selected(product(["relu", "tanh"], SHAPES), 3), ids=str)
def test_a_replay_keeps_no_more_than_autograd_needs(sizes, activation):
    """The results in between and the kernels' own arrays are at most 1.5 times autograd's for a step."""
    loss, params, data = mlp(sizes, 20_000, activation)
    evaluate(loss, params, data)
    assert bytes_of_replay(loss, params, data) <= 1.5 * peak_of(lambda: evaluate(loss, params, data))


@pytest.mark.parametrize(("sizes", "activation"), selected(product(SHAPES[:3], ["relu", "tanh"]), 3), ids=str)
def test_memory_grows_with_the_rows_and_no_faster(sizes, activation):
    """Twice the rows, twice the memory."""
    small, large, larger = (bytes_of_replay(*mlp(sizes, rows, activation)) for rows in (5000, 10_000, 20_000))
    assert larger - large == pytest.approx(2 * (large - small), rel=0.02)


def test_nbytes_counts_the_results_in_between():
    """``nbytes`` is what the pieces of memory take, and less than the sum of all results."""
    loss, params, data = mlp((3, 10, 10, 10, 1), 5000, "tanh")
    tape = record(loss, params, data)
    replay = Replay(tape, params | data, {name: np.empty_like(value) for name, value in params.items()})
    results = sum(int(np.prod(step.result.shape)) * step.result.dtype.itemsize for step in replay.tape.steps)
    assert 5000 * 10 * 8 <= replay.nbytes < results / 2


def test_what_is_written_lies_in_the_gradients_of_the_caller():
    """Gradients are made where they are wanted, in arrays that may be views of one vector."""
    rng = np.random.default_rng(0)
    model = Linear(("x", "z"), intercept=True, init_kind="normal")
    params, vector = model.init(rng), np.full(3, np.nan)
    gradients = {"w": vector[:2], "b": vector[2:].reshape(())}
    data = {"features": rng.normal(size=(10, 2)), "target": rng.normal(size=10)}
    objective = Objective(model, build_loss(HalfMSE()))
    replay = Replay(record(objective, params, data), params | data, gradients)
    write_program(replay.calls).run()
    _, expected = evaluate(objective, params, data)
    np.testing.assert_array_equal(vector, np.append(expected["w"], expected["b"]))
