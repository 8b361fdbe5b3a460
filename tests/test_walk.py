"""Training with each engine: watched at every step, compared as it runs, resumed as it was."""

import numpy as np
import pytest
from conftest import CONFIGS
from problems import make_problem, train

from regress_cli import load_config
from regress_cli.errors import TapeError
from regress_cli.experiment.plan import make_plan
from regress_cli.tape.calls import write_program
from regress_cli.training import Fit, walk
from regress_cli.training.state import TrainingState
from regress_cli.training.tape_engine import TapeEngine

# Adam's steps have a size of their own: one of them is enough to leave all sense, and the next ones return.
WILD = (
    *("data.n=50", "data.inputs.x.high=1e6", "data.target=x/1e6", "data.noise=0.1"),
    *("optimizer={kind: adam, step_size: 0.5}", "training.steps=600"),
)


@pytest.mark.parametrize("engine", ["eager", "tape", "compiled"])
@pytest.mark.parametrize("record_every", [1, 10, 100, 600])
def test_a_step_that_makes_no_sense_is_found_between_rows(engine: str, record_every: int):
    """Divergence is found at the same step with every engine, however seldom metrics are recorded."""
    overrides = [f"training.engine={engine}", f"training.record_every={record_every}"]
    fit = train(make_problem(*WILD, *overrides))
    assert fit.stop_reason == "diverged"
    assert fit.divergence is not None
    assert fit.divergence.step == 1


def test_batches_diverge_at_one_step():
    """With mini-batches it is the batch that is judged, not the row of metrics that happens to be due."""

    def divergence(record_every: int):
        choices = [
            "training.batch_size=16",
            "optimizer.step_size=10",
            f"training.record_every={record_every}",
        ]
        return train(make_plan(load_config(CONFIGS / "mlp-tanh.yaml", choices)).problem).divergence

    seen = [divergence(record_every) for record_every in (1, 7, 100, 1000)]
    assert seen[0] is not None
    assert {found.step for found in seen if found is not None} == {seen[0].step}
    assert None not in seen


def test_a_time_limit_never_keeps_what_is_no_number():
    """A training that its time limit ends while it diverges has diverged."""
    overrides = ["optimizer.step_size=50", "training.time_limit=1e-9", "training.record_every=100000"]
    fit = Fit(make_problem(*overrides))
    for _ in fit:
        assert np.isfinite(fit.state.params).all()


@pytest.mark.parametrize("slices", [1, 2, 4])
def test_a_state_from_the_middle_leads_to_the_same_divergence(slices: int, monkeypatch: pytest.MonkeyPatch):
    """Wherever a training is interrupted, its state is sound, and the divergence found later the same."""
    monkeypatch.setattr("regress_cli.training.fit._SLICE_SECONDS", 2e-5)
    problem = make_problem("optimizer.step_size=2", "training.steps=5000", "training.record_every=5000")
    whole = train(problem)
    fit = Fit(problem)
    for _, _ in zip(range(slices), fit, strict=False):
        pass
    state = TrainingState.from_arrays(fit.state.to_arrays())
    assert np.isfinite(state.params).all()
    assert whole.divergence is not None
    assert train(problem, state).divergence == whole.divergence


def wrong_where(is_wrong):
    """Return a way to build programs that halves the gradient's effect in some of them."""

    def build(calls):
        program = write_program(calls)
        if not is_wrong(calls):
            return program

        class Wrong:
            def run(self) -> None:
                before = update.changes[0].copy()
                program.run()
                update.changes[0][:] = (before + update.changes[0]) / 2

            def repeat(self, count: int) -> None:
                for _ in range(count):
                    self.run()

        return Wrong()

    update = None

    def engine(problem, params, gradient, bound, batches):
        nonlocal update
        update = bound
        return TapeEngine(problem, params, gradient, bound, batches, build)

    return engine


@pytest.mark.parametrize("batch_size", ["full", "6"])
def test_the_program_that_takes_the_steps_is_the_one_that_is_compared(
    batch_size: str, monkeypatch: pytest.MonkeyPatch
):
    """A step that moves the parameters wrongly is found, and training begins again with autograd."""
    overrides = [f"training.batch_size={batch_size}", "training.record_every=40"]
    expected = train(make_problem(*overrides, "training.engine=eager"))
    engine = wrong_where(lambda calls: any(call.note == "momentum SGD" for call in calls))
    monkeypatch.setitem(walk.ENGINES, "tape", engine)
    fit = train(make_problem(*overrides))
    np.testing.assert_array_equal(fit.state.params, expected.state.params)
    assert fit.state.engine == "eager"
    assert len(fit.notes) == 1
    assert "training began again, with autograd" in fit.notes[0]
    with pytest.raises(TapeError, match="give auto, or eager"):
        train(make_problem(*overrides, "training.engine=tape"))


def test_a_later_sitting_remembers_what_was_found(monkeypatch: pytest.MonkeyPatch):
    """The state says which engine made it and what was noted, and training goes on with that engine."""
    monkeypatch.setitem(walk.ENGINES, "tape", wrong_where(lambda calls: True))
    monkeypatch.setattr("regress_cli.training.fit._SLICE_SECONDS", 2e-5)
    overrides = ["training.steps=200", "training.record_every=50"]
    problem = make_problem(*overrides)
    fit = Fit(problem)
    for _ in fit:
        if fit.notes and fit.state.step > 5:
            break
    state = TrainingState.from_arrays(fit.state.to_arrays())
    assert state.engine == "eager"
    later = train(problem, state)
    assert later.notes == fit.notes
    expected = train(make_problem(*overrides, "training.engine=eager"))
    np.testing.assert_array_equal(later.state.params, expected.state.params)


def test_a_compiler_that_fails_leaves_the_tape(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Without a compiler the numbers are the tape's, and a note says so, in run.json's state too."""
    monkeypatch.setenv("CC", "/bin/false")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fit = train(make_problem("training.engine=compiled"))
    assert fit.state.engine == "tape"
    assert fit.notes[0].startswith("NumPy replays the tape, for it is not compiled")
    np.testing.assert_array_equal(fit.state.params, train(make_problem()).state.params)


@pytest.mark.parametrize("part", ["initial", "train_arrays", "validation_arrays"])
def test_float32_reaches_every_array_of_training(part: str):
    """In float32 the parameters, the rows and the gradient are float32; what is reported is float64."""
    problem = make_problem("training.dtype=float32", "data.split.validation=0.2")
    fit = train(problem)
    assert fit.state.params.dtype == np.float32
    assert all(vector.dtype == np.float32 for vector in fit.state.optimizer.values())
    assert fit.result is not None
    assert all(value.dtype == np.float64 for value in fit.result.params.values())
    arrays = getattr(problem, part)
    kinds = {array.dtype for array in (arrays.values() if isinstance(arrays, dict) else arrays)}
    assert kinds == {np.dtype("float64" if part == "initial" else "float32")}


@pytest.mark.parametrize("loss", ["half_mse", "mae", "huber"])
def test_float32_is_near_float64(loss: str):
    """A training in float32 ends where one in float64 does, to about six digits."""
    overrides = [f"loss.kind={loss}", *(["loss.delta=1"] if loss == "huber" else [])]
    single = train(make_problem(*overrides, "training.dtype=float32")).result
    double = train(make_problem(*overrides)).result
    assert single is not None
    assert double is not None
    for name, value in double.params.items():
        np.testing.assert_allclose(single.params[name], value, rtol=1e-4)
        assert not np.array_equal(single.params[name], value)
