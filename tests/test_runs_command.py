"""``regress runs``: a row for each run, and a check of every byte."""

import os
import shutil
import time
from errno import EACCES
from pathlib import Path

import pytest
from folder_damage import KINDS, edit_record, make_run
from shell import call, strict_json

from regress_cli.runs.listing import list_runs


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run of each kind; read only."""
    folder = tmp_path_factory.mktemp("several")
    for kind in KINDS:
        make_run(folder, kind)
    return folder / "outputs"


@pytest.fixture
def outputs(several: Path, tmp_path: Path) -> Path:
    """Return a copy of the runs to damage."""
    return Path(shutil.copytree(several, tmp_path / "outputs"))


def test_each_run_has_a_row(several: Path):
    """The table names each run's folder, how it ended, its model, and the error and R squared of a part."""
    result = call("runs", "--out", several)
    header, _, *rows = [line.split() for line in result.stdout.splitlines() if line.strip()]
    assert header == ["run", "status", "model", "part", "rmse", "R2", "age", "size"]
    assert [row[0] for row in rows] == sorted(path.name for path in several.glob("[!.]*"))
    assert sorted(row[1] for row in rows) == ["diverged", *["finished"] * 4]
    assert {row[2] for row in rows} == {"linear", "formula", "mlp"}
    assert (result.exit_code, result.stderr) == (0, "")


def test_json_has_all_digits(several: Path):
    """With --json, each run is an object with the metrics of its record."""
    listed = strict_json(call("runs", "--out", several, "--json").stdout)
    records = [strict_json((path / "run.json").read_text()) for path in sorted(several.glob("[!.]*"))]
    assert [entry["metrics"] for entry in listed] == [record["metrics"] for record in records]
    assert [entry["digest"] for entry in listed] == [record["digest"] for record in records]


def test_what_is_no_run_is_passed_over(outputs: Path):
    """Hidden folders, in which runs are in the making, and files and folders of others are no runs."""
    count = len(list(list_runs(outputs)))
    (outputs / ".working-small-0123456789ab").mkdir()
    (outputs / "notes").mkdir()
    (outputs / "notes.txt").write_text("mine")
    assert len(list(list_runs(outputs))) == count


def test_an_empty_folder_says_so(tmp_path: Path):
    """Where there are no runs, a sentence says how one is made."""
    assert "regress run" in call("runs", "--out", tmp_path).stdout
    assert strict_json(call("runs", "--out", tmp_path, "--json").stdout) == []


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_a_wrong_folder_is_refused(tmp_path: Path, name: str):
    """What is not there, or no folder, is refused with exit code 2."""
    (tmp_path / "file").write_text("")
    result = call("runs", "--out", tmp_path / name)
    assert result.exit_code == 2
    assert result.stderr.endswith("; name one with runs in it\n")


def test_whole_runs_pass_the_check(several: Path):
    """Where every byte is as it was written, --check ends with 0."""
    result = call("runs", "--out", several, "--check")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_flipped_bit_is_found_in_any_file(outputs: Path):
    """A flipped bit in any file of a run makes --check end with 3, and the file is named; no other is."""
    folder, whole, *_ = (run.folder for run in list_runs(outputs) if run.status == "finished")
    for other in set(outputs.glob("[!.]*")) - {folder, whole}:
        shutil.rmtree(other)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        result = call("runs", "--out", outputs, "--check")
        assert result.exit_code == 3, path
        named = [line for line in result.stdout.splitlines() if path.name in line]
        assert named
        assert all(folder.name in line for line in named)
        assert "damaged" not in "".join(line for line in result.stdout.splitlines() if whole.name in line)
        assert result.stderr.startswith("error: 1 of 2 runs is not as written")
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert call("runs", "--out", outputs, "--check").exit_code == 0


@pytest.mark.parametrize("is_damaged", [False, True])
def test_the_verdict_says_what_was_found(outputs: Path, monkeypatch: pytest.MonkeyPatch, is_damaged: bool):
    """The check says how many runs are damaged (exit code 3), and how many can't be read."""
    first, second, *_ = [run.folder for run in list_runs(outputs)]
    original = Path.open

    def refuse(path: Path, *arguments, **keywords):
        if path == first / "run.json":
            raise PermissionError(EACCES, os.strerror(EACCES))
        return original(path, *arguments, **keywords)

    if is_damaged:
        (second / "params.npz").unlink()
    monkeypatch.setattr(Path, "open", refuse)
    result = call("runs", "--out", outputs, "--check")
    damaged = "1 of 5 runs is not as written, and " if is_damaged else ""
    assert result.stderr == f"error: {damaged}1 of 5 runs can't be read; see each run's line above\n"
    assert result.exit_code == (3 if is_damaged else 2)


def test_the_listing_alone_reads_no_other_file(outputs: Path):
    """Without --check, only lengths are compared: a listing of many runs is quick."""
    folder = next(run.folder for run in list_runs(outputs))
    content = bytearray((folder / "predictions.csv").read_bytes())
    content[-3] ^= 1
    (folder / "predictions.csv").write_bytes(content)
    assert {entry["problem"] for entry in strict_json(call("runs", "--out", outputs, "--json").stdout)} == {
        None
    }


def test_names_can_do_no_harm(outputs: Path):
    """What stands in a folder's name or in its record is shown as plain text."""
    folder = next(run.folder for run in list_runs(outputs))
    edit_record(folder, lambda record: record["config"]["model"].update(kind="[red]\x1b[31m"))
    folder.rename(outputs / "[x]\x1b]0;title\x07-0123456789ab")
    result = call("runs", "--out", outputs)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "[x]" in result.stdout


def test_five_hundred_runs_take_a_moment(outputs: Path, tmp_path: Path):
    """A listing reads a record a run: 500 take less than two seconds of processor time."""
    source = next(run.folder for run in list_runs(outputs))
    many = tmp_path / "many"
    for number in range(500):
        # Links to the same files are files as any other to who reads them.
        shutil.copytree(source, many / f"small-{number:012x}", copy_function=os.link)
    started = time.process_time()
    assert len(list(list_runs(many))) == 500
    assert time.process_time() - started < 2
