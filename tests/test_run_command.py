"""``regress run``: from a config to a finished folder, and what is said on the way."""

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIGS, Regress, selected
from shell import RUN_FILES, call, houses_config, names_in, small_config, strict_json

from regress_cli import open_run


def shipped_run(name: str, out: Path) -> dict:
    """Run a shipped config and return its record."""
    answer = call("run", CONFIGS / f"{name}.yaml", "--out", out, "--json")
    assert answer.exit_code == 0, answer.stderr
    return strict_json(answer.stdout)


@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGS.glob("*.yaml")))
def test_every_shipped_config_ends_in_a_complete_folder(name: str, tmp_path: Path):
    """Each shipped config fills a folder with every file and three pictures, and learns what it should."""
    record = shipped_run(name, tmp_path / "outputs")
    folder = tmp_path / "outputs" / f"{name}-{record['digest']}"
    assert names_in(tmp_path / "outputs") == [folder.name]
    assert names_in(folder) == RUN_FILES
    # A solver takes no steps whose loss could be drawn; its residuals are held against a normal instead.
    third = (
        "loss.png" if record["convergence"] is None and record["stop_reason"] != "exact" else "quantiles.png"
    )
    assert names_in(folder / "plots") == sorted(["fit.png", third, "residuals.png"])
    check_learned = LEARNED.get(name)
    if check_learned is not None:
        check_learned(record, folder)


def check_line(record: dict[str, Any], folder: Path) -> None:
    """Check that gradient descent came near w = 4 and b = 10."""
    assert record["parameters"]["w"] == pytest.approx(4, abs=0.2)
    assert record["parameters"]["b"] == pytest.approx(10, abs=1)


def check_polynomial(record: dict[str, Any], folder: Path) -> None:
    """Check that gradient descent came near 0, 10, -10, 0 and 1."""
    assert list(record["parameters"].values()) == pytest.approx([0, 10, -10, 0, 1], abs=0.7)


def check_network(record: dict[str, Any], folder: Path) -> None:
    """Check that the loss fell from above 200 to below 10."""
    first_row = (folder / "metrics.csv").read_text().splitlines()[1]
    assert float(first_row.split(",")[1]) > 200
    assert record["metrics"]["train"]["loss"] < 10


LEARNED = {
    "linear": check_line,
    "polynomial": check_polynomial,
    "mlp": check_network,
    "mlp-tanh": check_network,
}


def test_the_result_is_on_stdout_and_the_notes_on_stderr(tmp_path: Path):
    """The summary ends with the folder on stdout; a warning goes to stderr alone."""
    answer = call("run", small_config(tmp_path), "optimizer.step_size=0.8", "--out", tmp_path / "o")
    assert Path(answer.stdout.splitlines()[-1]).parent == tmp_path / "o"
    assert "baseline (mean)" in answer.stdout
    assert "note:" not in answer.stdout
    assert answer.stderr.startswith("note: optimizer.step_size: 0.8 is above")


def test_quiet_prints_just_the_folder(tmp_path: Path):
    """With --quiet the only word is the folder, and a warning is not given."""
    answer = call("run", small_config(tmp_path), "optimizer.step_size=0.8", "-q", "--out", tmp_path / "o")
    [line] = answer.stdout.splitlines()
    assert names_in(Path(line)) == RUN_FILES
    assert answer.stderr.startswith("error: training diverged")


def test_json_is_one_strict_document(regress: Regress, tmp_path: Path):
    """--json prints a single JSON document without an escape sequence, whatever colours are wanted.

    Without a terminal there is no progress bar, and nothing to note is nothing on stderr.
    """
    answer = regress("run", small_config(tmp_path), "--json", FORCE_COLOR="1", GITHUB_ACTIONS="true")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "\x1b" not in answer.stdout
    record = strict_json(answer.stdout)
    assert open_run(tmp_path / record.pop("folder")).record == record


def test_json_of_a_diverged_run_is_strict(tmp_path: Path):
    """Where numbers are not finite, --json says null and lists their places."""
    too_large = ["data.target=1e300*x", "model={kind: mlp, hidden: [2]}"]
    answer = call("run", small_config(tmp_path), *too_large, "--json", "--out", tmp_path)
    assert answer.exit_code == 4
    record = strict_json(answer.stdout)
    assert record["metrics"]["train"]["loss"] is None
    assert "metrics.train.loss" in record["nonfinite"]


def test_a_dry_run_leaves_nothing_behind(tmp_path: Path):
    """--dry-run prints the config, the folder and the plan, and makes no folder."""
    out = tmp_path / "outputs"
    config = small_config(tmp_path)
    answer = call("run", config, "--dry-run", "--out", out)
    assert 'target: "4*x + 10"' in answer.stdout
    assert "steps:            30" in answer.stdout
    folder = call("run", config, "--dry-run", "-q", "--out", out).stdout.strip()
    assert folder in answer.stdout
    assert strict_json(call("run", config, "--dry-run", "--json", "--out", out).stdout)["folder"] == folder
    assert not out.exists()
    assert call("run", config, "-q", "--out", out).stdout.strip() == folder


def test_overrides_and_seed_give_another_run(tmp_path: Path):
    """KEY=VALUE and --seed change the digest; --seed has the last word."""
    config = small_config(tmp_path)

    def folder(*arguments: str) -> str:
        return call("run", config, *arguments, "--dry-run", "-q").stdout

    assert len({folder(), folder("seed=1"), folder("--seed", "2"), folder("training.steps=31")}) == 4
    assert folder("--seed", "1") == folder("seed=1") == folder("seed=5", "--seed", "1")


def test_a_finished_run_is_found_and_repeated_only_by_force(tmp_path: Path):
    """The second call prints the same and touches nothing; --force makes the folder anew."""
    config, out = small_config(tmp_path), tmp_path / "o"
    first = call("run", config, "--out", out)
    folder = Path(first.stdout.splitlines()[-1])
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}
    second = call("run", config, "--out", out)
    assert second.stdout == first.stdout
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]} == before
    params = (folder / "params.npz").read_bytes()
    inode = folder.stat().st_ino
    assert call("run", config, "--out", out, "--force").stdout == first.stdout
    assert folder.stat().st_ino != inode
    assert (folder / "params.npz").read_bytes() == params
    assert names_in(out) == [folder.name]


@pytest.mark.parametrize("make", [small_config, houses_config])
def test_the_resolved_config_gives_the_same_run(make, tmp_path: Path):
    """Running a finished folder's config.yaml, from any place, finds that folder."""
    out = tmp_path / "deep" / "outputs"
    folder = call("run", make(tmp_path), "-q", "--out", out).stdout.strip()
    again = call("run", Path(folder) / "config.yaml", "-q", "--out", out)
    assert again.stdout.strip() == folder


def test_the_place_of_config_and_table_does_not_matter(tmp_path: Path):
    """A config that moved together with its table has the same digest; one with other cells has not."""
    for name in ("here", "there", "other"):
        (tmp_path / name).mkdir()
        houses_config(tmp_path / name)
    table = tmp_path / "other" / "houses.csv"
    table.write_text(table.read_text().replace("208", "209"))
    names = [
        Path(call("run", tmp_path / place / "houses.yaml", "--dry-run", "-q").stdout).name
        for place in ("here", "there", "other")
    ]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize("arguments", [["missing.yaml"], ["model.kind=linera"], ["training.batch_size=21"]])
def test_a_refusal_exits_2_and_leaves_nothing_behind(arguments: list[str], tmp_path: Path):
    """A wrong path, a wrong value and a value that does not fit the data end with 2 before any folder."""
    config = [] if arguments == ["missing.yaml"] else [small_config(tmp_path)]
    answer = call("run", *config, *arguments, "--out", tmp_path / "outputs")
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: ")
    assert not (tmp_path / "outputs").exists()


def test_a_run_that_is_found_says_what_it_said_when_it_was_made(tmp_path: Path):
    """What has to be known of a result is not missed because the run was made before."""
    config, out = small_config(tmp_path), tmp_path / "o"
    made, found = (call("run", config, "training.steps=1", "--out", out).stderr for _ in range(2))
    assert made.startswith("note: the fit is no better than predicting the mean")
    assert found == f"note: this run was made before, and is not repeated; --force repeats it\n{made}"


def test_the_time_limit_ends_with_5_and_a_usable_folder(tmp_path: Path):
    """A run out of time exits 5, says so on stderr, and its folder can predict."""
    config = houses_config(tmp_path)
    answer = call(
        "run", config, "optimizer={kind: sgd, step_size: 0.01}", "training.steps=100000000",
        "training.time_limit=0.1", "-q", "--out", tmp_path / "o",
    )  # fmt: skip
    assert answer.exit_code == 5
    assert "error: the time limit of 0.1 s ended training at step" in answer.stderr
    folder = Path(answer.stdout.strip())
    assert names_in(folder) == RUN_FILES
    predicted = call("predict", folder, tmp_path / "houses.csv", "-q")
    assert len(predicted.stdout.splitlines()) == 13


def test_divergence_ends_with_4_and_a_usable_folder(tmp_path: Path):
    """A diverged run exits 4, says step, quantity, parameter and a remedy that works."""
    config, out = small_config(tmp_path), tmp_path / "o"
    answer = call("run", config, "optimizer.step_size=5", "-q", "--out", out)
    assert answer.exit_code == 4
    assert "training diverged at step" in answer.stderr
    assert "the gradient is largest in w" in answer.stderr
    folder = Path(answer.stdout.strip())
    assert names_in(folder) == RUN_FILES
    assert open_run(folder).status == "diverged"
    remedy = answer.stderr.split("try ")[1].strip()
    assert call("run", config, remedy, "-q", "--out", out).exit_code == 0


def on_a_terminal(folder: Path, **variables: str) -> str:
    """Run for half a second with a terminal for stderr, and return what was drawn on it."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "regress_cli", "run", str(small_config(folder))]
    limits = ["training.steps=100000000", "training.time_limit=0.5", "training.record_every=100"]
    environment = {**os.environ, "TERM": "xterm", **variables}
    with subprocess.Popen(
        [*command, *limits], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=terminal
    ) as process:
        os.close(terminal)
        drawn = b""
        # Reading fails once the other end is closed for good.
        with suppress(OSError):
            while block := os.read(master, 65536):
                drawn += block
    os.close(master)
    assert process.returncode == 5
    return drawn.decode()


def test_a_terminal_gets_a_progress_bar(tmp_path: Path):
    """On a terminal, stderr shows how far training is, its loss and the time left."""
    drawn = on_a_terminal(tmp_path)
    assert "training" in drawn
    assert "/100000000" in drawn
    # Before it has seen enough, an older rich says that it does not know the time yet.
    assert re.search(r"loss 0\.9\d+ .*(\d|-):(\d\d|--):(\d\d|--)", drawn)


def test_a_dumb_terminal_gets_none(tmp_path: Path):
    """Where the cursor can't be moved, only the error is written, without an escape sequence."""
    [line] = on_a_terminal(tmp_path, TERM="dumb").splitlines()
    assert line.startswith("error: the time limit of 0.5 s")
    assert line.isprintable()


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which ``$REGRESS`` is the command line."""
    variables = {**os.environ, "REGRESS": f"{sys.executable} -m regress_cli"}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    selected(
        [("run small.yaml", 0), ("run small.yaml --json", 0), ("run small.yaml optimizer.step_size=5", 4)], 2
    ),
)
def test_a_reader_that_leaves_does_not_stop_a_run(arguments: str, code: int, tmp_path: Path):
    """Into a pipe that nobody reads, a run finishes with its own exit code and no traceback."""
    small_config(tmp_path)
    answer = shell(
        f"$REGRESS {arguments} plots.pictures=[loss] | (exec 0<&-); exit ${{PIPESTATUS[0]}}", tmp_path
    )
    assert answer.returncode == code
    assert "Traceback" not in answer.stderr
    assert "Exception" not in answer.stderr
    [folder] = (tmp_path / "outputs").iterdir()
    assert names_in(folder) == RUN_FILES


def test_help_into_a_closed_pipe_is_no_bug(tmp_path: Path):
    """Help that nobody reads ends with 0, for 1 means a bug."""
    answer = shell("$REGRESS run --help | (exec 0<&-); exit ${PIPESTATUS[0]}", tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_full_device_is_a_limit(tmp_path: Path):
    """A result that can't be written ends with 5 and one line; the run itself is whole."""
    small_config(tmp_path)
    answer = shell("$REGRESS run small.yaml -q > /dev/full", tmp_path)
    assert answer.returncode == 5
    [line] = answer.stderr.splitlines()
    assert line.startswith("error: the system refused")
    [folder] = (tmp_path / "outputs").iterdir()
    assert names_in(folder) == RUN_FILES


def test_closed_streams_do_no_harm(tmp_path: Path):
    """With stdin, stdout and stderr all closed, a run finishes and its files are sound."""
    small_config(tmp_path)
    answer = shell("$REGRESS run small.yaml plots.pictures=[loss] <&- >&- 2>&-", tmp_path)
    assert answer.returncode == 0
    [folder] = (tmp_path / "outputs").iterdir()
    assert open_run(folder).status == "finished"
    assert names_in(folder) == RUN_FILES
