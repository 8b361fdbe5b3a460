"""``regress verify``: the same comes out again, or what differs is named."""

import hashlib
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from folder_damage import KINDS, edit_record, replace_arrays
from shell import call, houses_config, small_config, strict_json

from regress_cli import load_config, open_run, run
from regress_cli.cli.words import verify as words
from regress_cli.errors import Interrupted, LimitReached, UserError
from regress_cli.experiment.verify import Difference, Verification, largest_difference, verify
from regress_cli.experiment.watch import Watch
from regress_cli.runs.arrays_file import archive_of
from regress_cli.runs.strict_json import dumps
from regress_cli.training import Progress


def make_run(folder: Path, kind: str) -> Path:
    """Make a run of a kind that asks for no pictures."""
    overrides = [*KINDS[kind], "plots.pictures=[]"]
    return run(load_config(small_config(folder), overrides), folder / "outputs").folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run; read only."""
    return make_run(tmp_path_factory.mktemp("made"), "steps")


@pytest.fixture
def changed(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the run to change."""
    return Path(shutil.copytree(made, tmp_path / made.name))


def change_weights(folder: Path, factor: float) -> None:
    """Multiply all parameters of a run, and seal it again."""
    arrays = {name: np.asarray(value * factor) for name, value in open_run(folder).arrays().items()}
    replace_arrays(folder, archive_of(arrays))


def test_what_is_made_again_is_bitwise_equal(made: Path):
    """An untouched run of the same machine comes out bit for bit, and nothing is left beside it."""
    before = sorted(made.parent.rglob("*"))
    result = call("verify", made)
    assert (result.exit_code, result.stdout) == (0, f"{made}: made again, it is bitwise equal\n")
    assert call("verify", made, "-q").stdout == "bitwise equal\n"
    assert sorted(made.parent.rglob("*")) == before


def test_a_rounding_is_within_the_tolerance(changed: Path):
    """Parameters that differ in their last digits are equal within the tolerance, not bitwise."""
    change_weights(changed, 1 + 1e-13)
    seen = strict_json(call("verify", changed, "--json").stdout)
    assert seen["verdict"] == "equal within the tolerance"
    assert {one["place"] for one in seen["differences"]} == {"params.b", "params.w"}
    assert all(one["relative"] == pytest.approx(1e-13, rel=0.01) for one in seen["differences"])
    assert seen["files"] == ["params.npz"]
    assert call("verify", changed, "--rtol", "1e-14").exit_code == 3


def test_another_result_is_different(changed: Path):
    """Other parameters, and another metric, are named with both numbers; the exit code is 3."""
    change_weights(changed, 1.5)
    edit_record(changed, lambda record: record["metrics"]["train"].update(rmse=0.5))
    result = call("verify", changed)
    assert result.exit_code == 3
    assert "made again, it is different" in result.stdout
    assert {row.split()[0] for row in result.stdout.splitlines() if " 0.5 " in row} == {"metrics.train.rmse"}


def test_another_course_of_the_training_is_different(changed: Path):
    """A number in the midst of metrics.csv counts, though the end is the same."""
    path = changed / "metrics.csv"
    lines = path.read_text().splitlines(keepends=True)
    cells = lines[10].split(",")
    lines[10] = ",".join([cells[0], "123.5", *cells[2:]])
    content = "".join(lines).encode()
    path.write_bytes(content)
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    edit_record(changed, lambda record: record["files"].update({"metrics.csv": facts}))
    seen = strict_json(call("verify", changed, "--json").stdout)
    assert (seen["verdict"], seen["differences"][0]["before"]) == ("different", 123.5)
    assert seen["differences"][0]["place"] == "metrics.train_loss"


def test_what_differs_in_the_environment_is_told(changed: Path):
    """Versions and the machine are named where they are not those of the run."""
    edit_record(changed, lambda record: record["environment"].update(numpy="1.0.0"))
    result = call("verify", changed)
    assert result.exit_code == 0
    assert f"numpy: 1.0.0 before, {np.__version__} now" in result.stdout


def test_a_damaged_run_is_no_measure(changed: Path):
    """Where a file is not what the run wrote, there is nothing to hold a new one against."""
    (changed / "predictions.csv").write_text("x\n1\n")
    result = call("verify", changed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "predictions.csv" in result.stderr


def test_data_that_have_changed_are_told(tmp_path: Path):
    """A table that is another one by now gives another run, and so no verdict."""
    made = run(load_config(houses_config(tmp_path), ["plots.pictures=[]"]), tmp_path / "outputs")
    assert call("verify", made.folder).exit_code == 0
    table = tmp_path / "houses.csv"
    table.write_text(table.read_text().replace("2", "3", 1))
    result = call("verify", made.folder)
    assert result.exit_code == 2
    assert "the data have changed" in result.stderr
    table.unlink()
    assert call("verify", made.folder).exit_code == 2


@pytest.mark.parametrize("kind", ["exact", "formula", "network", "diverged"])
def test_every_kind_of_run_can_be_verified(tmp_path: Path, kind: str):
    """Solvers, networks and trainings that diverged come out again as they were."""
    assert call("verify", make_run(tmp_path, kind), "-q").stdout == "bitwise equal\n"


INFINITE, NONE = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("old", "new", "relative"),
    [
        ([INFINITE, 1.0], [5.0, 1.0], INFINITE),
        ([INFINITE, 1.0], [-INFINITE, 1.0], INFINITE),
        ([INFINITE, 1.0], [INFINITE, 1.25], 0.2),
        ([NONE, 0.0], [0.0, 0.0], INFINITE),
        ([NONE, 4.0], [NONE, 2.0], 0.5),
        ([1e308, 1.0], [-1e308, 1.0], INFINITE),
        (INFINITE, NONE, INFINITE),
    ],
)
def test_what_is_not_finite_is_the_same_or_wholly_another(old, new, relative: float):
    """Only finite numbers are measured; any other pair is the same, or infinitely far apart."""
    assert largest_difference("params.w", np.array(old), np.array(new)).relative == relative


def test_what_is_not_finite_is_told_in_json(tmp_path: Path):
    """A number that is infinite on one side is null in the document, as its distance is."""
    difference = Difference("params.w", INFINITE, 5.0, INFINITE)
    seen = Verification("different", 1e-9, (difference,), (), {})
    [told] = strict_json(dumps(words.document(tmp_path, seen)))["differences"]
    assert told == {"place": "params.w", "before": None, "now": 5.0, "relative": None}


def test_what_the_clock_ended_is_not_verified(tmp_path: Path):
    """How many steps a time limit leaves is another number each time: it is refused, before a run is made."""
    overrides = ["training.time_limit=1e-3", "training.steps=1000000", "plots.pictures=[]"]
    folder = run(load_config(small_config(tmp_path), overrides), tmp_path / "outputs").folder
    assert open_run(folder).status == "time_limit"
    with pytest.raises(UserError, match="its time limit ended it, after"):
        verify(folder, watch=Unheard())


def test_a_new_run_that_the_clock_ends_is_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine that is slower than that of the run reaches a limit, and gives no verdict."""
    overrides = ["training.time_limit=3600", "plots.pictures=[]"]
    made = run(load_config(small_config(tmp_path), overrides), tmp_path / "outputs")

    def slow(*arguments, **keywords):
        again = run(*arguments, **keywords)
        again.record.update(status="time_limit", steps={"taken": 7, "kept": 7, "planned": 30})
        return again

    monkeypatch.setattr("regress_cli.experiment.verify.make_run", slow)
    with pytest.raises(LimitReached, match="came to its time limit after 7 of 30 steps"):
        verify(made.folder)


class Unheard(Watch):
    """Fails when a training goes on that nobody should have begun."""

    def progress(self, progress: Progress) -> None:
        """Fail."""
        raise AssertionError(progress)


class Signalled(Watch):
    """Sends this process a signal as soon as training goes on."""

    def progress(self, progress: Progress) -> None:
        """Send it."""
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_verification_promises_no_checkpoint(made: Path):
    """The new run is gone, so that nobody is told of a checkpoint that is kept."""
    with pytest.raises(Interrupted, match="of the new run nothing is kept") as caught:
        verify(made, watch=Signalled())
    assert "checkpoint" not in str(caught.value)
    assert caught.value.exit_code == 143
