"""``regress runs``: which runs are meant, in which order, and what can be done with them."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from folder_damage import edit_record, make_run
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from shell import call, strict_json

from regress_cli.cli import view
from regress_cli.cli.words.long_table import long_table
from regress_cli.errors import UserError
from regress_cli.runs.conditions import condition
from regress_cli.runs.index import Index
from regress_cli.runs.listing import ListedRun, list_runs


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three runs: rmse 1, 2 and none; read only."""
    outputs = tmp_path_factory.mktemp("three") / "outputs"
    made = make_run(outputs.parent, "steps")
    for number, rmse in enumerate((2.0, 1.0, None)):
        folder = Path(shutil.copytree(made, outputs / f"run{number}-{number:012x}"))
        _set_rmse(folder, rmse)
        os.utime(folder / "run.json", (time.time() - 86400 * number,) * 2)
    shutil.rmtree(made)
    return outputs


@pytest.fixture
def outputs(three: Path, tmp_path: Path) -> Path:
    """Return a copy of the runs to change."""
    return Path(shutil.copytree(three, tmp_path / "outputs"))


def _set_rmse(folder: Path, rmse: float | None) -> None:
    def change(record) -> None:
        record["metrics"]["train"]["rmse"] = rmse
        if rmse is None:
            record["nonfinite"] = [*record.get("nonfinite", []), "metrics.train.rmse"]

    edit_record(folder, change)


def names(*arguments: object) -> list[str]:
    """Return how the names begin of the runs that a listing has."""
    result = call("runs", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return [Path(entry["folder"]).name[:4] for entry in strict_json(result.stdout)]


# ------------------------------------------------------------------------------ which, and in which order


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--sort", "name"], ["run0", "run1", "run2"]),
        (["--sort", "-name"], ["run2", "run1", "run0"]),
        (["--sort", "rmse"], ["run1", "run0", "run2"]),
        (["--sort", "-rmse"], ["run0", "run1", "run2"]),
        (["--sort", "age"], ["run0", "run1", "run2"]),
        (["--sort", "-age"], ["run2", "run1", "run0"]),
        (["--where", "rmse<1.5"], ["run1"]),
        (["--where", "rmse>=1"], ["run0", "run1"]),
        (["--where", "rmse!=1"], ["run0"]),
        (["--where", "age>12h"], ["run1", "run2"]),
        (["--where", "age > 12h", "--where", "age<36h"], ["run1"]),
        (["--where", "size>1GB"], []),
        (["--where", "model=lin*"], ["run0", "run1", "run2"]),
        (["--where", "model!=linear"], []),
        (["--where", "status=finished", "run1"], ["run1"]),
        (["run1", "*2-*"], ["run1", "run2"]),
        (["list", "run"], ["run0", "run1", "run2"]),
    ],
)
def test_a_listing_is_what_was_asked_for(three: Path, options: list[str], expected: list[str]):
    """Names, conditions and the order are kept to; what is not known of a run stands last."""
    assert names("--out", three, *options) == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--where", "rmse"], "write KEY=VALUE"),
        (["--where", "rms<1"], "did you mean 'rmse'"),
        (["--where", "rmse<one"], "rmse is a number; give one\n"),
        (["--where", "rmse<1d"], "rmse is a number; give one\n"),
        (["--where", "age<1m"], "give one with s, min, h, d after it"),
        (["--where", "model<1"], "compare it with = or !="),
        (["--where", "rmse<1.2.3"], "'1.2.3' is no number"),
        (["--sort", "rsme"], "did you mean 'rmse'"),
        (["show", "run"], "3 runs in"),
        (["show", "other"], "no run in"),
        (["show", "run1", "run2"], "one run is shown at a time"),
        (["show"], "no run is named"),
        (["diff", "run1"], "needs two runs"),
        (["remove", "run1"], "give --yes"),
        (["remove", "run1", "--yes", "--sort", "age"], "--sort means nothing to `regress runs remove`"),
        (["show", "run1", "--where", "rmse<4"], "--where means nothing to `regress runs show`"),
        (["--yes"], "--yes means nothing to `regress runs list`"),
        (["lst"], "'lst': no run in"),
        (["run1", "other"], "'other': no run in"),
    ],
)
def test_what_can_not_be_meant_is_refused(three: Path, options: list[str], words: str):
    """One message says what to write, the exit code is 2, and nothing is removed."""
    result = call("runs", *options, "--out", three)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert len(list_runs(three)) == 3


def test_a_folder_of_runs_in_the_place_of_a_run_is_refused(three: Path):
    """`regress runs outputs` is told that the folder goes behind --out."""
    result = call("runs", three)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"give --out {three}" in result.stderr


@given(st.text(max_size=30))
def test_any_condition_is_one_or_refused(text: str):
    """Whatever is typed, a condition says yes or no of a run, or is refused."""
    run = ListedRun(Path("a-0123456789ab"))
    try:
        test = condition(text)
    except UserError:
        return
    assert test(run) in (True, False)


# ---------------------------------------------------------------------------------- show, diff, remove


def test_one_run_is_shown(three: Path):
    """`runs show` gives a run's summary by how its name begins, or its record as JSON."""
    assert "1.000" in call("runs", "show", "run1", "--out", three).stdout
    record = strict_json(call("runs", "show", "run1", "--out", three, "--json").stdout)
    assert record["metrics"]["train"]["rmse"] == 1.0


def test_two_runs_are_told_apart(three: Path):
    """`runs diff` is a comparison of the runs that are meant."""
    document = strict_json(call("runs", "diff", "run0", "run1", "--out", three, "--json").stdout)
    assert document["metrics"]["train.rmse"] == [2.0, 1.0]


def test_removing_takes_what_is_meant_and_nothing_else(outputs: Path):
    """With --yes, the named run goes with all that is in it, a damaged one too, and the others stay."""
    (outputs / "run2-000000000002/run.json").unlink()
    result = call(
        "runs", "remove", "run1", outputs / "run2-000000000002", "--yes", "--json", "--out", outputs
    )
    assert result.exit_code == 0
    assert [Path(name).name[:4] for name in strict_json(result.stdout)["removed"]] == ["run1", "run2"]
    assert [path.name for path in outputs.glob("[!.]*")] == ["run0-000000000000"]
    assert not list(outputs.glob(".replaced-*"))


def test_removing_by_a_condition(outputs: Path):
    """`--where` names the runs to remove; where there are none, nothing happens."""
    assert call("runs", "remove", "--where", "rmse>1.5", "--yes", "--out", outputs).exit_code == 0
    assert names("--out", outputs) == ["run1", "run2"]
    assert call("runs", "remove", "--where", "rmse>1.5", "--yes", "--out", outputs).exit_code == 0


@pytest.mark.parametrize(("answer", "left"), [("y", 2), ("n", 3), ("", 3)])
def test_removing_asks_first(outputs: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: int):
    """Only a yes removes; everything else leaves all runs, and says so."""
    monkeypatch.setattr("regress_cli.cli.runs._can_answer", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, err: "run1" in question and answer == "y")
    result = call("runs", "remove", "run1", "--out", outputs)
    assert result.exit_code == 0
    assert ("nothing was removed" in result.stderr) is (left == 3)
    assert len(list_runs(outputs)) == left


@pytest.mark.parametrize("kind", ["folder", "link", "file", "dated folder", "sweep", "run with a guest"])
def test_what_is_no_run_is_not_removed(outputs: Path, tmp_path: Path, kind: str):
    """Whatever it is called, what is no run, or holds something else besides, stays as it is."""
    precious = tmp_path / "precious-thing"
    if kind == "link":
        precious.symlink_to(outputs / "run1-000000000001")
    elif kind == "file":
        precious.write_text("x")
    elif kind == "run with a guest":
        precious = Path(shutil.copytree(outputs / "run1-000000000001", outputs / "mine-0123456789ab"))
        (precious / "thesis.tex").write_text("x")
    else:
        precious = outputs / {"dated folder": "backup-202611271530", "sweep": "sweeps/a-0123456789ab"}.get(
            kind, "x"
        )
        precious.mkdir(parents=True)
        (precious / ("results.csv" if kind == "sweep" else "thesis.tex")).write_text("run\n")
    list_runs(outputs)
    before = sorted(outputs.rglob("*"))
    result = call("runs", "remove", precious, "--yes", "--out", outputs)
    assert result.exit_code == 2
    assert precious.exists()
    assert sorted(outputs.rglob("*")) == before


def test_a_run_of_the_same_name_elsewhere_is_another_one(outputs: Path, tmp_path: Path):
    """A path that does not lie in the folder of runs means no run in it, whatever its name is."""
    other = Path(shutil.copytree(outputs / "run1-000000000001", tmp_path / "other" / "run1-000000000001"))
    for arguments in (["remove", other, "--where", "status=finished", "--yes"], ["list", other]):
        result = call("runs", *arguments, "--out", outputs)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"give --out {other.parent}" in result.stderr
    assert len(list_runs(outputs)) == 3
    assert names(outputs / "run1-000000000001", "--out", outputs) == ["run1"]


def test_a_run_that_is_named_twice_is_removed_once(outputs: Path, monkeypatch: pytest.MonkeyPatch):
    """By its name, by its path, and from inside its own folder: it is one run."""
    monkeypatch.chdir(outputs / "run1-000000000001")
    result = call(
        "runs", "remove", "run1", ".", outputs / "run1-000000000001", "-y", "--json", "--out", outputs
    )
    assert result.exit_code == 0, result.stderr
    assert len(strict_json(result.stdout)["removed"]) == 1
    assert names("--out", outputs) == ["run0", "run2"]


def test_a_sweep_is_no_run_and_stands_for_its_runs(outputs: Path):
    """Where one run is wanted a sweep is refused as such; where several are, it is all of its runs."""
    sweep = outputs / "sweeps" / "a-0123456789ab"
    sweep.mkdir(parents=True)
    (sweep / "results.csv").write_text("run\nrun0-000000000000\nrun1-000000000001\ngone-000000000001\n")
    for command in (["runs", "show"], ["runs", "remove", "-y"], ["verify"]):
        result = call(*command, sweep, "--out", outputs)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is a sweep's, and no run's" in result.stderr
    assert "run1-000000000001" in call("runs", "diff", sweep, "--out", outputs).stdout
    document = call(
        "compare", sweep, "run1", outputs / "run0-000000000000", "--format", "json", "--out", outputs
    )
    assert strict_json(document.stdout)["runs"] == ["run0-000000000000", "run1-000000000001"]


# ------------------------------------------------------------------------------------------- index


def test_what_is_listed_twice_is_read_once(outputs: Path, monkeypatch: pytest.MonkeyPatch):
    """The second listing reads no record whose file is as it was, and says the same of each run."""
    first = [(run.folder, run.status, dict(run.summary or {})) for run in list_runs(outputs)]

    def refuse(folder: Path) -> None:
        raise AssertionError(f"{folder} was read again")

    monkeypatch.setattr("regress_cli.runs.listing.read_record", refuse)
    assert [(run.folder, run.status, dict(run.summary or {})) for run in list_runs(outputs)] == first


def test_what_has_changed_is_read_again(outputs: Path):
    """A run that was made again, removed, or damaged is not what the index remembers."""
    list_runs(outputs)
    _set_rmse(outputs / "run0-000000000000", 7.0)
    shutil.rmtree(outputs / "run1-000000000001")
    (outputs / "run2-000000000002/params.npz").write_bytes(b"short")
    listed = {run.folder.name[:4]: run for run in list_runs(outputs)}
    assert listed["run0"].summary is not None
    assert listed["run0"].summary["metrics"]["train"]["rmse"] == 7.0
    assert "run1" not in listed
    assert listed["run2"].status == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 1}',
        b'{"version": 1, "runs": []}',
        b'{"version": 1, "runs": {"run0-000000000000": {"stamps": [], "summary": {}}}}',
        b'{"version": 2, "runs": {}}',
        b"[" * 100_000,
        b"\xff\x00",
    ],
)
def test_a_damaged_index_is_no_harm(outputs: Path, content: bytes):
    """Whatever stands in the index, the listing is right, and the index is whole again."""
    expected = names("--out", outputs)
    (outputs / ".index.json").write_bytes(content)
    assert names("--out", outputs) == expected
    assert len(json.loads((outputs / ".index.json").read_bytes())["runs"]) == 3


def test_an_index_is_not_followed_elsewhere(outputs: Path, tmp_path: Path):
    """An index that is a link is neither read nor written through."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (outputs / ".index.json").unlink(missing_ok=True)
    (outputs / ".index.json").symlink_to(elsewhere)
    assert names("--out", outputs) == ["run0", "run1", "run2"]
    assert elsewhere.read_text() == "mine"


def test_a_folder_that_can_not_be_written_is_listed(outputs: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the index can't be kept, the listing is as right as ever."""

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("regress_cli.runs.index.write_file", refuse)
    assert names("--out", outputs) == ["run0", "run1", "run2"]
    assert Index.read(outputs).get(outputs / "run0-000000000000") is None


# -------------------------------------------------------------------------------------------- long tables


@given(
    st.lists(st.tuples(st.text("abcé漢 ", max_size=9), st.integers(-999, 9999)), min_size=1, max_size=8),
)
def test_a_long_table_looks_as_rich_draws_it(pairs: list[tuple[str, int]]):
    """The quick table of many rows has, but for blanks at line ends, the lines that rich draws."""
    header, rows = ["name", "number"], [[name, str(number)] for name, number in pairs]
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(view.table(header, rows))
    drawn = [line.rstrip() for line in capture.get().splitlines()]
    assert [line.rstrip() for line in long_table(header, rows).split("\n")] == drawn


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_an_index_with_what_is_no_number_is_read_anew(outputs: Path, number: str):
    """Such an index is as good as none, and the listing writes one that is whole."""
    assert names("--out", outputs) == ["run0", "run1", "run2"]
    path = outputs / ".index.json"
    whole = path.read_text()
    path.write_text(whole.replace('"rmse":2.0', f'"rmse":{number}'))
    assert path.read_text() != whole
    assert names("--out", outputs, "--sort", "-rmse") == ["run0", "run1", "run2"]
    assert path.read_text() == whole


def test_an_index_that_can_not_be_said_in_json_is_not_written(outputs: Path):
    """Whatever a summary holds, writing it down never ends a listing."""
    [first, *_] = list_runs(outputs)
    index = Index(outputs, {})
    record = json.loads((first.folder / "run.json").read_text())
    record["metrics"]["train"]["rmse"] = float("nan")
    index.put(first.folder, record)
    before = (outputs / ".index.json").read_bytes()
    index.write()
    assert (outputs / ".index.json").read_bytes() == before
