"""``regress compare``: what differs between runs, and between groups of seeds."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from folder_damage import edit_record
from scipy import stats
from shell import call, small_config, strict_json

from regress_cli import Run, load_config, open_run, plots, run
from regress_cli.inference.mean import mean_of
from regress_cli.reports.entry import Entry
from regress_cli.reports.groups import groups_of, metrics_of, paired
from regress_cli.reports.labels import labels_of, short_keys, told_apart
from regress_cli.reports.overlay import overlay

SEEDS = range(4)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return runs of two step sizes with four seeds each, and one with another model; read only."""
    folder = tmp_path_factory.mktemp("compared")
    config, plain = small_config(folder), ["plots.pictures=[]"]
    for seed in SEEDS:
        for step_size in (0.01, 0.1):
            overrides = [f"seed={seed}", f"optimizer.step_size={step_size}", *plain]
            run(load_config(config, overrides), folder / "outputs")
    curve = ["model={kind: polynomial, degree: 2}", "training.steps=1", *plain]
    run(load_config(config, curve), folder / "outputs")
    return folder / "outputs"


def runs_with(outputs: Path, **wanted: object) -> list[Run]:
    """Return the runs whose step size, seed or model is this."""
    facts = {
        "step_size": lambda record: record["config"]["optimizer"]["step_size"],
        "seed": lambda record: record["config"]["seed"],
        "model": lambda record: record["config"]["model"]["kind"],
    }
    runs = [open_run(folder) for folder in sorted(outputs.glob("[!.]*"))]
    return [one for one in runs if all(facts[key](one.record) == value for key, value in wanted.items())]


def folders(runs: list[Run]) -> list[Path]:
    """Return where runs lie."""
    return [one.folder for one in runs]


def test_what_differs_is_named(outputs: Path):
    """The differing keys, and no others, have a column; metrics are those of the records."""
    one, other = runs_with(outputs, seed=0, model="linear")
    document = strict_json(call("compare", one.folder, other.folder, "--format", "json").stdout)
    assert document["runs"] == [one.folder.name, other.folder.name]
    assert list(document["differences"]) == ["optimizer.step_size"]
    assert document["metrics"]["train.rmse"] == [one.metrics["train"]["rmse"], other.metrics["train"]["rmse"]]


def test_a_key_that_one_model_alone_has(outputs: Path):
    """Where a run has no such key, its cell is a dash."""
    [line] = runs_with(outputs, seed=0, step_size=0.01, model="linear")
    [curve] = runs_with(outputs, model="polynomial")
    shown = call("compare", line.folder, curve.folder).stdout
    row = next(row.split() for row in shown.splitlines() if line.folder.name in row)
    header = next(row.split() for row in shown.splitlines() if "model.degree" in row)
    assert row[header.index("model.degree")] == "-"


@pytest.mark.parametrize("form", ["table", "csv", "markdown", "latex", "json"])
@pytest.mark.parametrize("count", [2, 8])
def test_each_form_names_every_run_or_group(outputs: Path, form: str, count: int):
    """In all five forms, of two runs or of two groups, what is compared is there with its metrics."""
    runs = (
        runs_with(outputs, model="linear")[:count]
        if count == 8
        else runs_with(outputs, seed=0, model="linear")
    )
    result = call("compare", *folders(runs), "--format", form)
    assert result.exit_code == 0, result.stderr
    wanted = ["step_size=0.01", "step_size=0.1"] if count == 8 else [one.folder.name for one in runs]
    shown = result.stdout.replace("\\", "")
    assert all(name in shown for name in [*wanted, "train.rmse"])


def test_runs_are_meant_by_how_their_names_begin(outputs: Path, monkeypatch: pytest.MonkeyPatch):
    """A name need not be a path; one that begins several runs is refused."""
    monkeypatch.chdir(outputs.parent)
    one, other = runs_with(outputs, seed=0, model="linear")
    assert call("compare", one.folder.name[:12], other.folder.name[:12]).exit_code == 0
    assert "9 runs in outputs begin so" in call("compare", "small", "small").stderr


# ------------------------------------------------------------------------------------ groups of seeds


def test_groups_have_the_means_of_their_seeds(outputs: Path):
    """Runs that differ in their seed alone are one group, whose mean and interval are those of SciPy."""
    groups = groups_of(runs_with(outputs, model="linear"))
    assert [len(group.runs) for group in groups] == [4, 4]
    for group in groups:
        for metric in metrics_of(groups):
            part, _, name = metric.partition(".")
            values = [one.metrics[part][name] for one in group.runs.values()]
            mean = group.mean(metric)
            assert mean is not None
            assert mean.mean == pytest.approx(np.mean(values), rel=1e-13)
            low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
            assert (mean.low, mean.high) == pytest.approx((low, high), rel=1e-10)


def test_a_paired_comparison_is_that_of_the_paired_t_test(outputs: Path):
    """The interval of the difference is SciPy's, and it leaves out zero where the test's p is below 0.05."""
    first, second = groups_of(runs_with(outputs, model="linear"))
    for metric in metrics_of([first, second]):
        test = stats.ttest_rel(list(second.values(metric).values()), list(first.values(metric).values()))
        pair = paired(first, second, metric)
        assert pair is not None
        interval = test.confidence_interval(0.95)
        assert (pair.difference.low, pair.difference.high) == pytest.approx((interval.low, interval.high))
        assert pair.is_evident == (test.pvalue < 0.05)


def test_a_difference_is_told_in_words(outputs: Path):
    """Larger steps come closer to the minimum at every seed, and a sentence says so."""
    shown = call("compare", *folders(runs_with(outputs, model="linear"))).stdout
    better = "step_size=0.1" if "step_size=0.1 has a lower" in shown else "step_size=0.01"
    assert f"{better} has a " in shown
    assert "on average (95 % interval" in shown
    assert "4 of 4 seeds" in shown


def test_no_evidence_is_told_as_such(outputs: Path, tmp_path: Path):
    """Groups whose differences point both ways are said to show no difference."""
    copies = []
    for one in runs_with(outputs, model="linear"):
        copy = Path(shutil.copytree(one.folder, tmp_path / one.folder.name))
        seed, step_size = one.record["config"]["seed"], one.record["config"]["optimizer"]["step_size"]
        rmse = 1.0 + (0.1 * (-1) ** seed if step_size == 0.1 else 0.0)
        edit_record(copy, lambda record, rmse=rmse: record["metrics"]["train"].update(rmse=rmse))
        copies.append(copy)
    shown = call("compare", *copies).stdout
    assert "no evidence of a difference in train.rmse" in shown


def test_groups_without_a_common_seed_are_not_paired(outputs: Path):
    """Where no seed is in both groups, it is said that nothing can be set side by side."""
    runs = [
        one
        for one in runs_with(outputs, model="linear")
        if (one.record["config"]["seed"] < 2) == (one.record["config"]["optimizer"]["step_size"] == 0.1)
    ]
    assert "no seed in common" in call("compare", *folders(runs)).stdout


def test_a_single_seed_makes_no_groups(outputs: Path):
    """One run with no other seed, and all are compared one by one."""
    assert groups_of(runs_with(outputs)) == []


def test_the_mean_of_one_number_has_no_interval():
    """Neither a spread nor an interval can be told from a single number; of none there is no mean."""
    mean = mean_of([3.0])
    assert (mean.n, mean.mean) == (1, 3.0)
    assert np.isnan([mean.standard_deviation, mean.low, mean.high]).all()
    with pytest.raises(ValueError, match="no mean"):
        mean_of([])


# -------------------------------------------------------------------------------------------- picture


def test_the_picture_has_every_line(outputs: Path):
    """Two runs have their own fits and losses; two groups their means, with the middle 95 % around them."""
    runs = runs_with(outputs, seed=0, model="linear")
    arguments = overlay(runs, "png").arguments
    assert len(arguments["fits"]) == len(arguments["losses"]) == 2
    assert arguments["bands"] == {"fit": {}, "loss": {}}
    table = list(csv.DictReader((runs[0].folder / "predictions.csv").read_text().splitlines()))
    x, prediction = next(iter(arguments["fits"].values()))
    assert sorted(zip(x, prediction, strict=True)) == sorted(
        (float(row["x"]), float(row["prediction"])) for row in table
    )
    arguments = overlay(runs_with(outputs, model="linear"), "png").arguments
    assert list(arguments["fits"]) == list(arguments["bands"]["fit"])
    for label, (x, low, high) in arguments["bands"]["loss"].items():
        middle = arguments["losses"][label][1]
        assert len(x) == len(middle)
        assert (low <= middle).all()
        assert (middle <= high).all()


def test_the_picture_of_many_runs_says_how_many_are_drawn(outputs: Path, monkeypatch: pytest.MonkeyPatch):
    """More lines than can be told apart are not drawn, and the title says so."""
    monkeypatch.setattr("regress_cli.reports.overlay._MOST_LINES", 5)
    arguments = overlay(runs_with(outputs), "png").arguments
    assert arguments["title"].startswith("9 runs, 5 of 9 drawn: small")
    figure = plots.compare_figure(**arguments)
    assert [len(axes.lines) for axes in figure.axes] == [5, 5]


def test_a_picture_is_written(outputs: Path, tmp_path: Path):
    """--plot leaves a picture in the form of its ending; any other ending is refused before all else."""
    runs = folders(runs_with(outputs, seed=0, model="linear"))
    assert call("compare", *runs, "--plot", tmp_path / "two.svg").exit_code == 0
    assert (tmp_path / "two.svg").read_bytes().startswith(b"<?xml")
    assert call("compare", *runs, "--plot", tmp_path / "two.gif").exit_code == 2


# --------------------------------------------------------------------------------------------- labels


def test_labels_read_alike_everywhere(outputs: Path):
    """The picture, the groups of seeds and the report call the same difference by the same words."""
    runs = runs_with(outputs, seed=0, model="linear")
    expected = {"step_size=0.01", "step_size=0.1"}
    assert set(overlay(runs, "png").arguments["fits"]) == expected
    assert {group.label for group in groups_of(runs_with(outputs, model="linear"))} == expected
    assert set(labels_of([Entry(one.folder.name, one.status, one) for one in runs])) == expected


def test_keys_with_one_last_word_are_told_apart():
    """Of two such keys as much is said as tells which is which; a key that ends another has all its words."""
    low = [{"data.inputs.x.low": 0, "data.inputs.y.low": value, "data.n": 9} for value in (1, 2)]
    assert told_apart(low, ["a", "b"]) == ["x.low=0, y.low=1, n=9", "x.low=0, y.low=2, n=9"]
    assert short_keys(["seed", "data.seed"]) == {"seed": "seed", "data.seed": "data.seed"}


@pytest.mark.parametrize(
    "values",
    [
        [{"a": 1}, {"a": 1.0}],
        [{"a": "x" * 60}, {"a": "x" * 61}],
        [{f"key{number}": 1 for number in range(20)}, {}],
        [{}, {}],
    ],
)
def test_what_tells_nothing_apart_is_no_label(values: list[dict[str, object]]):
    """Where values read alike, or are too long, the names stand there, numbered if they are the same."""
    assert told_apart(values, ["one", "other"]) == ["one", "other"]
    assert told_apart(values, ["run", "run"]) == ["1: run", "2: run"]
