"""An experiment with several seeds is an ordinary run for each of them, and what they say together."""

import csv
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import yaml
from hypothesis import given
from hypothesis import strategies as st
from shell import call, small_config, strict_json

from regress_cli import load_config, open_run, run
from regress_cli.config import result_keys, to_yaml
from regress_cli.config.load import read_config
from regress_cli.config.ranges import range_text
from regress_cli.config.seeds import MOST_SEEDS, seeds_of
from regress_cli.errors import ConfigError, DataError, Interrupted
from regress_cli.experiment.plan import make_plan
from regress_cli.interrupts import PendingSignal
from regress_cli.runs import Run
from regress_cli.runs.result import EXIT_CODES
from regress_cli.sweeps.asking.asked import Wishes, asked_sweep
from regress_cli.sweeps.outcome import Outcome
from regress_cli.sweeps.points import points_of
from regress_cli.sweeps.results import Results
from regress_cli.sweeps.seeds import stacked_job
from regress_cli.sweeps.seeds.run_seeds import SeedsWatch, exit_code, run_seeds, sweep_of_seeds
from regress_cli.training import Progress, stacked

WITHOUT_PICTURES = "plots.pictures=[]"


def run_of(folder: Path, *arguments: object):
    """Run the small config with these arguments."""
    return call("run", small_config(folder), "--out", folder / "out", *arguments)


def the_folder(folder: Path) -> Path:
    """Return the only folder of seeds."""
    [found] = (folder / "out" / "seeds").iterdir()
    return found


def summary_of(folder: Path):
    """Return the content of the only summary.json."""
    return strict_json((the_folder(folder) / "summary.json").read_text())


# ------------------------------------------------------------------------------------ which seeds

MEANT = {
    "0..3": (0, 1, 2, 3),
    "0,3,7": (0, 3, 7),
    "0..3,9": (0, 1, 2, 3, 9),
    "0..20..10": (0, 10, 20),
    " 4 , 2 ": (4, 2),
    "7": (7,),
}


@pytest.mark.parametrize("text", MEANT)
def test_texts_stand_for_seeds(text: str):
    """Ranges and single numbers may be mixed; the order is that of the text."""
    assert seeds_of(text) == MEANT[text]


REFUSED = {
    "": "'' is no seed; write 0..31, or 0,3,7, or a list of whole numbers",
    "3..1": "'3..1': a range goes up, from the smaller number to the larger one",
    "0..3,2": "'0..3,2': the seed 2 comes twice; give each once",
    "-1..3": "-1 is no seed; give whole numbers from 0 to 9223372036854775807",
    "relu": "'relu' is no seed; write 0..31, or 0,3,7, or a list of whole numbers",
    "1.5": "'1.5' is no seed; write 0..31, or 0,3,7, or a list of whole numbers",
    f"0..{MOST_SEEDS}": f"'0..{MOST_SEEDS}': a run has at most 10,000 seeds; give fewer",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_are_no_seeds_is_refused(text: str):
    """The message says what is wrong, and what to write."""
    with pytest.raises(ConfigError) as caught:
        seeds_of(text)
    assert caught.value.messages == (REFUSED[text],)


@given(st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=30, unique=True))
def test_seeds_are_written_as_they_are_read(seeds: list[int]):
    """The short text of any seeds stands for these seeds, in their order."""
    assert seeds_of(range_text(seeds)) == tuple(seeds)


@given(st.text(max_size=20) | st.lists(st.integers() | st.text(max_size=5) | st.booleans(), max_size=5))
def test_anything_else_is_seeds_or_refused(value):
    """Nothing but a refusal comes of what is no list of seeds."""
    try:
        seeds = seeds_of(value)
    except ConfigError:
        return
    assert all(type(seed) is int and seed >= 0 for seed in seeds)
    assert len(set(seeds)) == len(seeds)


# ------------------------------------------------------------------------------------ the config


def test_seeds_are_no_part_of_a_single_experiment(tmp_path: Path):
    """The first of them is its seed; digest and resolved config are those of the config without them."""
    path = small_config(tmp_path)
    several, single = load_config(path, ["seeds=4..6"]), load_config(path, ["seed=4"])
    assert (several.seed, several.seeds) == (4, (4, 5, 6))
    assert result_keys(several) == result_keys(single)
    assert to_yaml(several, tmp_path) == to_yaml(single, tmp_path)


def test_what_is_said_last_of_the_seeds_holds(tmp_path: Path):
    """An override of seed takes the place of the file's seeds, and the other way round; null says nothing."""
    path = small_config(tmp_path)
    path.write_text(path.read_text() + "seeds: 0..3\n")
    assert load_config(path).seeds == (0, 1, 2, 3)
    assert (load_config(path, ["seed=9"]).seed, load_config(path, ["seed=9"]).seeds) == (9, None)
    path.write_text(path.read_text().replace("seeds: 0..3", "seed: 5"))
    assert load_config(path, ["seeds=[1, 2]"]).seeds == (1, 2)
    assert load_config(path, ["seeds=null"]).seed == 5


def test_a_file_with_both_is_refused(tmp_path: Path):
    """Nobody could tell which of them is meant."""
    path = small_config(tmp_path)
    path.write_text(path.read_text() + "seed: 1\nseeds: 0..3\n")
    with pytest.raises(ConfigError, match="give either seed or seeds, not both"):
        load_config(path)


def test_a_sweep_takes_the_seeds_as_its_axis(tmp_path: Path):
    """The config's seeds are varied like any other key, unless the sweep says others."""
    path = small_config(tmp_path)
    path.write_text(path.read_text() + "seeds: 0..2\n")
    assert asked_sweep(path, [], Wishes()).size == 3
    points = list(asked_sweep(path, ["training.steps=5,6"], Wishes()).settings())
    assert [tuple(point.values()) for point in points[:3]] == [(5, 0), (5, 1), (5, 2)]
    assert asked_sweep(path, ["seed=7"], Wishes()).size == 1


# ------------------------------------------------------------------------------------ the runs


def test_each_seed_is_the_run_that_it_is_alone(tmp_path: Path):
    """Its folder has the same name, its numbers are the same to 1e-9; only its engine tells of the stack."""
    done = run_of(tmp_path, "--seeds", "0..2")
    assert (done.exit_code, done.stderr) == (0, "")
    for seed in range(3):
        config = load_config(small_config(tmp_path), [f"seed={seed}", WITHOUT_PICTURES])
        alone = run(config, tmp_path / "alone")
        stacked = open_run(tmp_path / "out" / alone.folder.name)
        assert (stacked.record["engine"], alone.record["engine"]) == ("stacked", "tape")
        for name, value in alone.params.items():
            np.testing.assert_allclose(stacked.params[name], value, rtol=1e-9)
        for metric, value in alone.metrics["train"].items():
            assert stacked.metrics["train"][metric] == pytest.approx(value, rel=1e-9)
        for name in ("metrics.csv", "predictions.csv", "config.yaml"):
            assert (stacked.folder / name).read_bytes() == (alone.folder / name).read_bytes()


def test_finished_seeds_are_found(tmp_path: Path):
    """A run that was made alone, with its pictures, is not repeated; nor is any when all are done."""
    alone = run(load_config(small_config(tmp_path), ["seed=1"]), tmp_path / "out")
    before = (alone.folder / "run.json").stat().st_mtime_ns
    done = run_of(tmp_path, "--seeds", "0..2")
    assert "note: 1 of 3 seeds were run before, and are not repeated" in done.stderr
    assert (alone.folder / "run.json").stat().st_mtime_ns == before
    rows = list(csv.DictReader((the_folder(tmp_path) / "results.csv").read_text().splitlines()))
    assert rows[1]["run"] == alone.folder.name
    again = run_of(tmp_path, "--seeds", "0..2", "--quiet")
    assert (again.exit_code, again.stdout) == (0, f"{the_folder(tmp_path)}\n")
    single = run_of(tmp_path, "--seed", "2", WITHOUT_PICTURES)
    assert "this run was made before" in single.stderr


def test_pictures_of_each_run_are_drawn_on_request(tmp_path: Path):
    """Then each run is the one that the command without seeds makes, and finds."""
    assert run_of(tmp_path, "--seeds", "0,1", "--plots").exit_code == 0
    assert "this run was made before" in run_of(tmp_path, "--seed", "1").stderr


def test_the_written_config_gives_the_same_folder(tmp_path: Path):
    """The folder's config.yaml has the seeds, and running it finds everything."""
    assert run_of(tmp_path, "--seeds", "0..2,5").exit_code == 0
    config = the_folder(tmp_path) / "config.yaml"
    assert yaml.safe_load(config.read_text())["seeds"] == "0..2,5"
    again = call("run", config, "--out", tmp_path / "out", "--quiet")
    assert (again.exit_code, again.stdout) == (0, f"{the_folder(tmp_path)}\n")


def test_a_seed_that_diverges_is_told_and_the_others_are_finished(tmp_path: Path):
    """The exit code is the largest one, 4, and the summary counts the others."""
    wild = ("optimizer.step_size=0.62", "data.inputs.x.spacing=uniform", "training.steps=500")
    done = run_of(tmp_path, "--seeds", "0..5", *wild)
    summary = summary_of(tmp_path)
    lost = summary["not_counted"]
    # Otherwise this test would test nothing.
    assert 0 < len(lost) < 6
    assert done.exit_code == 4
    assert {one["status"] for one in lost} == {"diverged"}
    for one in lost:
        assert f"error: seed={one['seed']}: {one['reason']}" in done.stderr
    assert summary["metrics"]["train"]["loss"]["n"] == 6 - len(lost)
    alone = run_of(tmp_path, "--seed", lost[0]["seed"], WITHOUT_PICTURES, *wild)
    assert alone.exit_code == 4
    assert "this run was made before" in alone.stderr


def test_what_cannot_be_stacked_is_run_all_the_same(tmp_path: Path):
    """A note says why, and each run is found afterwards."""
    done = run_of(tmp_path, "--seeds", "0..1", "optimizer={kind: exact}")
    assert done.exit_code == 0
    assert (
        "note: the seeds are run one by one, not stacked: the exact solver goes to the minimum" in done.stderr
    )
    assert summary_of(tmp_path)["metrics"]["train"]["rmse"]["n"] == 2


# ------------------------------------------------------------------------------------ what all say


def test_the_interval_is_students(tmp_path: Path):
    """Mean, standard deviation and interval of each metric are those of SciPy over the runs' own numbers."""
    assert run_of(tmp_path, "--seeds", "0..4", "data.split.test=0.25").exit_code == 0
    runs = [open_run(path.parent) for path in (tmp_path / "out").glob("small-*/run.json")]
    metrics = summary_of(tmp_path)["metrics"]
    assert list(metrics) == ["train", "test"]
    for part, named in metrics.items():
        for metric, said in named.items():
            values = [one.metrics[part][metric] for one in runs]
            low, high = scipy.stats.t.interval(0.95, 4, np.mean(values), scipy.stats.sem(values))
            assert said["interval"] == pytest.approx([low, high], rel=1e-9)
            assert said["mean"] == pytest.approx(np.mean(values), rel=1e-12)
            assert said["standard_deviation"] == pytest.approx(np.std(values, ddof=1), rel=1e-12)
            assert (said["n"], said["degrees_of_freedom"]) == (5, 4)
            assert (said["min"], said["max"]) == (min(values), max(values))


def test_a_single_seed_has_no_interval(tmp_path: Path):
    """What is not defined is null in the file, and a dash in the table."""
    done = run_of(tmp_path, "--seeds", "3")
    said = summary_of(tmp_path)["metrics"]["train"]["rmse"]
    assert (said["n"], said["standard_deviation"], said["interval"]) == (1, None, [None, None])
    assert "1 seed (3)" in done.stdout
    assert " -  " in done.stdout


def test_json_has_the_summary_and_each_run(tmp_path: Path):
    """One document holds what summary.json holds, with a row for each run."""
    document = strict_json(run_of(tmp_path, "--seeds", "0,2", "--json").stdout)
    assert document["folder"] == str(the_folder(tmp_path))
    assert {key: document[key] for key in summary_of(tmp_path)} == summary_of(tmp_path)
    assert [row["seed"] for row in document["runs"]] == [0, 2]


def test_the_pictures_are_drawn(tmp_path: Path):
    """Fit and losses of all runs, for one input and for several."""
    assert run_of(tmp_path, "--seeds", "0..1", "data.split.validation=0.2").exit_code == 0
    two = ("data.inputs.z={low: 0, high: 1, spacing: uniform}", "data.target=x*z", "--out", tmp_path / "two")
    assert run_of(tmp_path, "--seeds", "0..1", *two).exit_code == 0
    for plots in (*tmp_path.glob("out/seeds/*/plots"), *tmp_path.glob("two/seeds/*/plots")):
        assert sorted(path.name for path in plots.iterdir()) == ["fit.png", "loss.png"]
        assert all(path.read_bytes().startswith(b"\x89PNG") for path in plots.iterdir())


# ------------------------------------------------------------------------------------ the command


def test_a_dry_run_says_what_would_be_done(tmp_path: Path):
    """Every run is named, with whether they would be stacked, and why not; nothing is written."""
    done = run_of(tmp_path, "--seeds", "0..2", "--dry-run")
    assert "the 3 missing ones are trained together, as one stack of arrays" in done.stdout
    other = strict_json(
        run_of(tmp_path, "--seeds", "0..2", "--dry-run", "--json", "training.time_limit=9").stdout
    )
    assert (other["stacked"], other["reason"]) == (False, "training.time_limit is each run's own")
    assert len(other["runs"]) == 3
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "1"], "give either --seed or --seeds, not both"),
        (["--force"], "--force is for a single run"),
        (["--fresh"], "--fresh is for a single run"),
        (["model.degree=2"], "model"),
    ],
)
def test_what_makes_no_sense_with_seeds_is_refused(tmp_path: Path, options: list[str], message: str):
    """With one message, and exit code 2."""
    done = run_of(tmp_path, "--seeds", "0..2", *options)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


class Signalled(SeedsWatch):
    """Sends this process a signal once training has gone so far."""

    def __init__(self, after: int) -> None:
        self._after = after

    def progress(self, progress: Progress) -> None:
        """Send it."""
        if progress.step >= self._after:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_stack_goes_on_with_the_same_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What was finished is kept, the stack in the middle begins again, and the end is the same."""
    monkeypatch.setattr(stacked_job, "replicas_at_once", lambda problem: 2)
    monkeypatch.setattr(stacked, "_SLICE_SECONDS", 0.0)
    sweep = sweep_of_seeds(read_config(small_config(tmp_path)), range(4))
    with pytest.raises(Interrupted) as caught:
        # Each of the two stacks takes 30 steps: the second one is ended.
        run_seeds(sweep, tmp_path / "out", 1, watch=Signalled(after=31))
    assert caught.value.exit_code == 143
    assert "interrupted with 2 of 4 seeds to go" in caught.value.messages[0]
    assert len(list(tmp_path.glob("out/small-*/run.json"))) == 2
    results, _ = run_seeds(sweep, tmp_path / "out", 1)
    assert [outcome.status for outcome in results.outcomes.values()] == ["finished"] * 4
    whole, _ = run_seeds(sweep, tmp_path / "other", 1)
    assert results.columns() == whole.columns()


def test_pictures_of_each_run_are_not_asked_of_one(tmp_path: Path):
    """--plots would say nothing of a single run, which draws its pictures anyway."""
    done = run_of(tmp_path, "--plots")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --plots is for several seeds")


@pytest.mark.parametrize("status", [*EXIT_CODES, "failed"])
def test_several_seeds_end_as_each_of_them_would(tmp_path: Path, status: str):
    """The exit code is that of a run by itself; only one that could not be made has none, and gives 3."""
    sweep = sweep_of_seeds(read_config(small_config(tmp_path)), range(2))
    outcomes = {0: Outcome(0, "finished", {}), 1: Outcome(1, status, {})}
    alone = 3 if status == "failed" else Run(tmp_path, {"status": status}).exit_code
    assert exit_code(Results(sweep, [], outcomes)) == alone


@pytest.mark.parametrize("planned", [0, 1])
def test_data_that_are_gone_meanwhile_end_no_other_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planned: int
):
    """What can't be planned any more is left to be run by itself, where it says why it fails."""
    points = points_of(sweep_of_seeds(read_config(small_config(tmp_path)), range(2)), tmp_path)
    plans = iter([make_plan(points[0].experiment, tmp_path)] * planned)

    def vanishing(*_: object):
        if (plan := next(plans, None)) is None:
            raise DataError("houses.csv: there is no such file; check the path")
        return plan

    monkeypatch.setattr(stacked_job, "make_plan", vanishing)
    job = stacked_job.StackedJob(points, PendingSignal(), SeedsWatch())
    assert list(job.outcomes()) == []
    assert job.left == points
    assert job.reasons == ["houses.csv: there is no such file; check the path"]
