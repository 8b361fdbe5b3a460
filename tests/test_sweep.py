"""A sweep is many ordinary runs: shared, resumed, and told apart by what became of each."""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import yaml
from shell import call, houses_config, names_in, small_config, strict_json

from regress_cli import load_config, open_run, plots, run
from regress_cli.config.load import read_config
from regress_cli.errors import ConfigError
from regress_cli.experiment.plan import make_plan
from regress_cli.runs.sweep_folder import SweepFolder
from regress_cli.sweeps.asking.asked import Wishes, asked_sweep
from regress_cli.sweeps.outcome import Outcome
from regress_cli.sweeps.points import points_of
from regress_cli.sweeps.results import Results
from regress_cli.sweeps.written import pictures, write_results


def sweep(folder: Path, *axes: str, **wishes):
    """Return a sweep of the small config."""
    return asked_sweep(small_config(folder), axes, Wishes(**wishes))


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the only sweep's results.csv."""
    [results] = folder.glob("sweeps/*/results.csv")
    return list(csv.DictReader(results.read_text().splitlines()))


# ------------------------------------------------------------------------------------ points


def test_a_grid_has_every_combination(tmp_path: Path):
    """The last key changes fastest, and each point's config is the base with its values."""
    points = points_of(sweep(tmp_path, "seed=0..1", "optimizer.step_size=0.1,0.2"), tmp_path)
    assert [tuple(point.settings.values()) for point in points] == [(0, 0.1), (0, 0.2), (1, 0.1), (1, 0.2)]
    assert [(point.experiment.seed, point.experiment.optimizer.step_size) for point in points] == [
        (0, 0.1),
        (0, 0.2),
        (1, 0.1),
        (1, 0.2),
    ]
    assert len({point.folder for point in points}) == 4


def test_points_that_are_the_same_experiment_are_one(tmp_path: Path):
    """1 and 1.0 are the same step size to a config."""
    points = points_of(sweep(tmp_path, "optimizer.step_size=0.1,1,1.0"), tmp_path)
    assert [point.number for point in points] == [0, 1]


def test_more_random_points_begin_with_the_same_ones(tmp_path: Path):
    """What is drawn depends on the seed and the point's number alone."""
    document = {
        "base": {
            "data": yaml.safe_load(small_config(tmp_path).read_text())["data"],
            "model": {"kind": "linear"},
        },
        "method": "random",
        "run_cap": 5,
        "parameters": {"optimizer.step_size": {"distribution": "log_uniform_values", "min": 0.001, "max": 1}},
    }
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(document))
    few = [point.settings for point in points_of(asked_sweep(path, [], Wishes()), tmp_path)]
    many = [point.settings for point in points_of(asked_sweep(path, [], Wishes(count=8)), tmp_path)]
    other = [point.settings for point in points_of(asked_sweep(path, [], Wishes(seed=1)), tmp_path)]
    assert many[:5] == few
    assert len(many) == 8
    assert not any(settings in few for settings in other)


def test_points_that_can_not_be_are_refused_before_any_is_run(tmp_path: Path):
    """Each wrong point is named with its values and the reason."""
    with pytest.raises(ConfigError) as caught:
        points_of(sweep(tmp_path, "seed=0,1", "optimizer.step_size=0.1,-1"), tmp_path)
    assert caught.value.messages == tuple(
        f"seed={seed} optimizer.step_size=-1: override: optimizer.step_size: -1 is out of range; give a "
        "number greater than 0"
        for seed in (0, 1)
    )


# ----------------------------------------------------------------------------- the command line


def test_a_sweep_makes_what_single_runs_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each point's folder is that of `regress run` with its values and no pictures, with the same numbers."""
    monkeypatch.chdir(tmp_path)
    done = call("sweep", small_config(tmp_path), "seed=0..2", "optimizer.mass=0,0.5", "--jobs", "2")
    assert done.exit_code == 0, done.stderr
    rows = rows_of(tmp_path / "outputs")
    assert [(row["seed"], row["optimizer.mass"]) for row in rows] == [
        (str(seed), mass) for seed in range(3) for mass in ("0", "0.5")
    ]
    for row in rows:
        overrides = [f"seed={row['seed']}", f"optimizer.mass={row['optimizer.mass']}", "plots.pictures=[]"]
        alone = run(load_config("small.yaml", overrides), "alone")
        made = open_run(tmp_path / "outputs" / row["run"])
        assert made.folder.name == alone.folder.name
        assert made.metrics == alone.metrics
        assert float(row["train.rmse"]) == alone.metrics["train"]["rmse"]
        assert (made.folder / "params.npz").read_bytes() == (alone.folder / "params.npz").read_bytes()


def test_the_best_is_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """best.yaml is a config that runs by itself, with pictures, to the least metric of the table."""
    monkeypatch.chdir(tmp_path)
    config = small_config(tmp_path, "loss")
    answer = strict_json(call("sweep", config, "seed=0..4", "--json", "-j", "1").stdout)
    rows = rows_of(tmp_path / "outputs")
    least = min(rows, key=lambda row: float(row["train.rmse"]))
    assert Path(answer["best"]["run"]).name == least["run"]
    best = run(load_config(Path(answer["folder"]) / "best.yaml"), "again")
    assert best.metrics["train"]["rmse"] == float(least["train.rmse"])
    assert [path.name for path in best.plot_paths] == ["loss.png"]
    assert names_in(Path(answer["folder"])) == ["best.yaml", "plots", "results.csv", "sweep.yaml"]
    assert names_in(Path(answer["folder"]) / "plots") == ["seed.png"]


def test_only_what_is_missing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A second sweep over more points repeats none; deleting a folder repeats just that one."""
    monkeypatch.chdir(tmp_path)
    small_config(tmp_path)
    assert call("sweep", "small.yaml", "seed=0..2").exit_code == 0
    records = {path: path.stat().st_mtime_ns for path in Path("outputs").glob("small-*/run.json")}
    more = call("sweep", "small.yaml", "seed=0..3")
    assert "note: 3 of 4 points were run before, and are not repeated" in more.stderr
    assert {path: path.stat().st_mtime_ns for path in records} == records
    lost = next(iter(records)).parent
    for path in sorted(lost.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    lost.rmdir()
    again = call("sweep", "small.yaml", "seed=0..3")
    assert "note: 3 of 4 points" in again.stderr
    assert lost.exists()


def test_a_failed_point_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is told at once and at the end with its reason, the exit code is 3, and no such run is the best."""
    monkeypatch.chdir(tmp_path)
    done = call("sweep", small_config(tmp_path), "optimizer.step_size=0.1,1000,0.2", "-j", "1")
    assert done.exit_code == 3
    rows = rows_of(tmp_path / "outputs")
    assert [row["status"] for row in rows] == ["finished", "diverged", "finished"]
    assert rows[1]["reason"].startswith("diverged at step ")
    told = [line for line in done.stderr.splitlines() if "optimizer.step_size=1000: diverged" in line]
    assert [line.split(":")[0] for line in told] == ["note", "error"]
    assert "1000" not in done.stdout.split("best:")[1]


def test_fail_fast_gives_out_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """After the first failure the points that were not begun stay missing."""
    monkeypatch.chdir(tmp_path)
    axes = ["optimizer.step_size=1000", "seed=0..19"]
    done = call("sweep", small_config(tmp_path), *axes, "-j", "1", "--fail-fast")
    assert done.exit_code == 3
    statuses = [row["status"] for row in rows_of(tmp_path / "outputs")]
    assert statuses[0] == "diverged"
    assert statuses.count("missing") > 10


def test_a_dry_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It lists every point, which are done, and how long the others take."""
    monkeypatch.chdir(tmp_path)
    small_config(tmp_path)
    assert call("sweep", "small.yaml", "seed=0").exit_code == 0
    before = sorted(Path("outputs").rglob("*"))
    plan = strict_json(call("sweep", "small.yaml", "seed=0..3", "--dry-run", "--json").stdout)
    assert [point["finished"] for point in plan["points"]] == [True, False, False, False]
    assert 0 < plan["predicted_seconds"] < 60
    shown = call("sweep", "small.yaml", "seed=0..3", "--dry-run").stdout
    assert "4 points, 1 finished" in shown
    assert "the 3 missing ones take about" in shown
    assert sorted(Path("outputs").rglob("*")) == before


def test_runs_with_pictures_are_not_repeated_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What `regress run` has made with its pictures is a finished point of a sweep, which draws none."""
    monkeypatch.chdir(tmp_path)
    config = small_config(tmp_path)
    made = run(load_config(config, ["seed=1"]), "outputs")
    result = call("sweep", config, "seed=0..1", "--jobs", "1")
    assert "1 of 2 points were run before" in result.stderr
    assert [row["run"] for row in rows_of(Path("outputs")) if row["seed"] == "1"] == [made.folder.name]
    [other] = set(Path("outputs").glob("small-*")) - {made.folder}
    assert names_in(other / "plots") == []


def test_a_sweep_s_own_file_is_the_same_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """sweep.yaml, given from elsewhere, finds every point finished, in the same folder; so does best.yaml."""
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "elsewhere").mkdir()
    config = houses_config(folder / "data")
    out = folder / "outputs"
    made = call(
        "sweep", config, "inference.confidence=0.9,0.95", "name=houses,'1e-3'", "-q", "--out", out, "-j", "1"
    )
    assert made.exit_code == 0, made.stderr
    monkeypatch.chdir(folder / "elsewhere")
    [own] = out.glob("sweeps/*/sweep.yaml")
    again = call("sweep", own, "--out", out)
    assert "4 of 4 points were run before" in again.stderr
    assert again.stdout.splitlines()[-1] == made.stdout.strip()
    assert call("run", own.with_name("best.yaml"), "plots.pictures=[]", "--dry-run", "--out", out, "--json")
    best = load_config(own.with_name("best.yaml"), ["plots.pictures=[]"])
    assert make_plan(best, out).folder.is_dir()


def test_a_sweep_file_with_a_base_in_it(tmp_path: Path):
    """The base may stand in the sweep file; a table's path in it is relative to that file."""
    base = yaml.safe_load(houses_config(tmp_path).read_text())
    (tmp_path / "sweep.yaml").write_text(
        yaml.safe_dump({"base": base, "parameters": {"seed": {"values": ["0..3"]}}})
    )
    points = points_of(asked_sweep(tmp_path / "sweep.yaml", [], Wishes()), tmp_path)
    assert [point.experiment.seed for point in points] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "bayes"}, "sweep.yaml:7: method: 'bayes' is not possible; use grid or random"),
        ({"method": "random"}, "run_cap: method random needs the number of points"),
        ({"metrics": {"name": "rmse"}}, "metrics: unknown key; did you mean 'metric'?"),
        ({"parameters": {}}, "parameters: "),
        ({"parameters": {"seed": {"value": 1, "values": 2}}}, "parameters.seed.values: "),
        ({"parameters": {"seed": {"min": 1}}}, "parameters.seed: give values, or min and max"),
        ({"parameters": {"seed": {"mni": 1}}}, "parameters.seed.mni: unknown key; did you mean 'min'?"),
        ({"parameters": {"seed": {"min": 2, "max": 1}}}, "parameters.seed.min: min 2 is not below max 1"),
        ({"parameters": {"seed": {"min": 0, "max": 1}}}, "a grid needs values"),
        ({"base": "missing.yaml"}, "missing.yaml"),
        ({"base": 3}, "sweep.yaml:1: base: write the path of a config, or the config itself"),
        ({"metric": {"name": "rsme"}}, "'rsme' is no metric"),
        ({"metric": {"name": "tset.rmse"}}, "tset is no part"),
        ({"name": "../up"}, "name: "),
    ],
)
def test_a_wrong_sweep_file_is_refused(tmp_path: Path, changes: dict, words: str):
    """Each mistake is told with its place and what to write."""
    small_config(tmp_path)
    document = {"base": "small.yaml", "parameters": {"seed": {"values": [0, 1]}}, **changes}
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    result = call("sweep", path, "--out", tmp_path / "outputs", "--dry-run")
    assert (result.exit_code, result.stdout) == (2, ""), result.stdout
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["seed=0..1", "--name", "../up"], "'../up' can't name a folder"),
        (["seed=0..1", "--name", "."], "can't name a folder"),
        (["seed=0..1", "--seed", "3"], "for the experiment's own seed write seed=3"),
        (["seed=0..1", "--method", "grid", "--count", "2"], "a grid has all of them"),
        (["seed=0..1", "seed=5"], "seed stands twice"),
        (["seed=0..1", "--count", "1000001"], "at most 1,000,000 points"),
        (["seed=0..1", "--method", "random"], "give --count 20"),
        (["name=a,b", "--name", "x/y"], "can't name a folder"),
        ([], "a sweep needs values for a key"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: list[str], words: str):
    """What has no meaning for the sweep is told, and nothing is written anywhere."""
    config = small_config(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    result = call("sweep", config, *options, "--out", tmp_path / "outputs")
    assert (result.exit_code, result.stdout) == (2, ""), result.stdout
    assert words in result.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_base_with_a_wrong_name_names_no_folder(tmp_path: Path):
    """A base's name that is no name is refused, also where the sweep gives each point another one."""
    config = small_config(tmp_path)
    config.write_text(config.read_text().replace("name: small", "name: ../../up"))
    result = call("sweep", config, "name=a,b", "--out", tmp_path / "outputs")
    assert (result.exit_code, names_in(tmp_path)) == (2, ["small.yaml"])


def test_a_metric_that_no_run_has_is_told(tmp_path: Path):
    """The runs are made and kept; there is no best, and the exit code says to change the metric."""
    result = call(
        "sweep",
        small_config(tmp_path),
        "seed=0",
        "--metric",
        "test.rmse",
        "--out",
        tmp_path / "outputs",
        "-j",
        "1",
    )
    assert result.exit_code == 2
    assert "no run has test.rmse, so that none is the best: they have the parts train" in result.stderr
    assert len(rows_of(tmp_path / "outputs")) == 1


@pytest.mark.full
def test_two_sweeps_at_once_share_their_points(tmp_path: Path):
    """Two sweeps over overlapping points make each run once, and both have all results."""
    small_config(tmp_path)
    steps = ["training.steps=30000", "training.record_every=1000", "optimizer.step_size=1e-5"]
    commands = [
        [sys.executable, "-m", "regress_cli", "sweep", "small.yaml", seeds, *steps, "-j", "1", "--json"]
        for seeds in ("seed=0..3", "seed=3,2,4")
    ]
    both = [
        subprocess.Popen(one, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for one in commands
    ]
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    first, second = (strict_json(stdout)["points"] for stdout, _ in answers)
    shared = {point["run"] for point in first} & {point["run"] for point in second}
    assert len(shared) == 2
    assert len(list((tmp_path / "outputs").glob("small-*"))) == 5
    assert [point for point in first if point["run"] in shared] == sorted(
        ({**point, "point": 3 if point["seed"] == 3 else 2} for point in second if point["run"] in shared),
        key=lambda point: point["point"],
    )


# --------------------------------------------------------------------------------------- pictures


def results_of(folder: Path, metric: list[float | None], *axes: str) -> Results:
    """Return made-up results of a sweep: the metric of each point; None for one that failed."""
    asked = sweep(folder, *axes)
    points = points_of(asked, folder)
    outcomes = {
        point.number: Outcome(point.number, "failed", {}, reason="failed: no")
        if value is None
        else Outcome(point.number, "finished", {"train": {"rmse": value}})
        for point, value in zip(points, metric, strict=True)
    }
    return Results(asked, points, outcomes)


@pytest.mark.parametrize(
    ("axes", "metric", "count"),
    [
        (["seed=0"], [1.0], 0),
        (["seed=0..1"], [None, None], 1),
        pytest.param(["seed=0..1", "optimizer.step_size=0.1,0.2"], [None] * 4, 3, marks=pytest.mark.full),
        (["seed=0..499"], [float(number) for number in range(1, 501)], 1),
        (["seed=0..1", "optimizer.step_size=1e-6,0.1"], [1e-9, 1e9, 1.0, None], 3),
        (["name=a,b", f"data.target={'+'.join(['x'] * 60)},x"], [1.0, 2.0, 3.0, 4.0], 3),
        pytest.param(["seed=0..29", "optimizer.step_size=0.1,0.2"], [1.0] * 60, 3, marks=pytest.mark.full),
    ],
)
def test_the_pictures_stay_readable(tmp_path: Path, axes: list[str], metric: list, count: int):
    """With one run, none, many, long labels, or all failed: no text leaves the picture or meets another."""
    drawn = list(pictures(results_of(tmp_path, metric, *axes)))
    assert len(drawn) == count
    for _, make in drawn:
        picture = make()
        figure = getattr(plots, picture.function)(**picture.arguments)
        figure.draw_without_rendering()
        box = figure.get_tightbbox()
        assert box.xmin >= 0
        assert box.ymin >= 0
        assert (box.xmax, box.ymax) <= tuple(figure.get_size_inches())
        said = [text.get_text() for text in figure.axes[0].texts]
        assert (said == ["no run has this metric"]) is (not any(metric))


# One that ends at once, and four that are in the midst of their training then.
LONG = ["training.steps=1000,40001,40002,40003", "training.record_every=1000", "optimizer.step_size=1e-5"]


def begun(folder: Path, axes: Sequence[str] = LONG) -> subprocess.Popen[str]:
    """Start a sweep of two workers, and return it once its first point has ended."""
    small_config(folder)
    command = [sys.executable, "-m", "regress_cli", "sweep", "small.yaml", *axes, "-j", "2"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "finished" in process.stderr.readline()
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_an_interrupted_sweep_goes_on(tmp_path: Path, number: int):
    """What is finished is kept, what was at work keeps a checkpoint, and no process stays."""
    with begun(tmp_path) as process:
        wait_for(tmp_path, "outputs/.working-*")
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "3 of 4 points to go; what is finished is kept: give the same command again to go on" in said
    assert list(tmp_path.glob("outputs/.working-*/checkpoint"))
    assert psutil.wait_procs(children, timeout=30)[1] == []
    with begun_again(process, tmp_path) as again:
        _, said = again.communicate(timeout=120)
    assert again.returncode == 0
    assert "1 of 4 points were run before, and are not repeated" in said
    assert {row["status"] for row in rows_of(tmp_path / "outputs")} == {"finished"}
    assert not list(tmp_path.glob("outputs/.working-*"))


@pytest.mark.full
def test_a_killed_worker_costs_no_point(tmp_path: Path):
    """A worker that is killed is seen at once; another one runs its point, and all end well."""
    with begun(tmp_path) as process:
        workers_of(process.pid, 2)[0].kill()
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert {row["status"] for row in rows_of(tmp_path / "outputs")} == {"finished"}


@pytest.mark.full
def test_a_point_that_kills_every_worker_is_told_as_failed(tmp_path: Path):
    """Killed twice, a point is not tried again, and is told with what may be the reason."""
    steps = ["training.steps=1000,100000000", "optimizer.step_size=1e-5"]
    with begun(tmp_path, steps) as process:
        for _ in range(2):
            [worker] = workers_of(process.pid, 1)
            worker.kill()
            worker.wait(10)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "steps=100000000 optimizer.step_size=1e-05: failed: its process was killed; it may need" in said
    assert [row["status"] for row in rows_of(tmp_path / "outputs")] == ["finished", "failed"]


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.full)])
def test_a_sweep_with_an_idle_worker_ends_at_once(tmp_path: Path, number: int):
    """One signal is enough, where a worker has nothing to do while the last point is trained."""
    with begun(tmp_path, ["training.steps=1000,100000000", "optimizer.step_size=1e-5"]) as process:
        workers_of(process.pid, 1)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "1 of 2 points to go" in said


def wait_for(folder: Path, pattern: str) -> None:
    """Wait until something has such a name."""
    deadline = time.monotonic() + 30
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begun_again(process: subprocess.Popen[str], folder: Path) -> subprocess.Popen[str]:
    """Start what a process was once more."""
    return subprocess.Popen(
        process.args, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def workers_of(pid: int, count: int) -> list[psutil.Process]:
    """Return the processes that train for a sweep, once there are so many that have worked for a while."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        busy = []
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if child.ppid() != pid and child.cpu_times().user > 0.1:
                    busy.append(child)
        training = list((Path(psutil.Process(pid).cwd()) / "outputs").glob(".working-*"))
        if len(busy) >= count and len(training) >= count:
            return sorted(busy, key=lambda child: -child.cpu_times().user)[:count]
        time.sleep(0.02)
    raise AssertionError("no worker is at work")


def test_a_config_that_is_read_once_gives_every_point(tmp_path: Path):
    """`read_config` and `experiment` together are `load_config`."""
    path = small_config(tmp_path)
    source = read_config(path)
    assert source.experiment() == load_config(path)
    assert source.experiment([("seed", 3)]) == load_config(path, ["seed=3"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../up"}, "sweep.yaml:7: name: '../up' can't name a folder; use letters, digits, dots"),
        (
            {"parameters": {"seed": {"values": ["5..1"]}}},
            "sweep.yaml:4: parameters.seed.values: '5..1': a range goes up",
        ),
        (
            {"parameters": {"seed": {"values": [1], "min": 0}}},
            "sweep.yaml:6: parameters.seed.min: values is given, which says all; take out either values or",
        ),
        (
            {"base": "other.yaml"},
            "sweep.yaml:1: base: other.yaml is itself a sweep file; give the",
        ),
        (
            {"base": {"base": "small.yaml", "parameters": {"seed": {"values": [0]}}}},
            "sweep.yaml:1: base: what stands there is itself a sweep file",
        ),
    ],
)
def test_a_sweep_file_that_contradicts_itself_is_refused_at_its_line(
    tmp_path: Path, changes: dict, words: str
):
    """A single message names file, line and key."""
    small_config(tmp_path)
    document = {"base": "small.yaml", "parameters": {"seed": {"values": [0, 1]}}}
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(document))
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump({**document, **changes}, sort_keys=False))
    with pytest.raises(ConfigError) as caught:
        asked_sweep(path, [], Wishes())
    [message] = caught.value.messages
    assert words in message


def test_what_a_sweep_file_says_is_written_as_it_stands(tmp_path: Path):
    """A single value, nothing among them, is read from sweep.yaml as from the file that was given."""
    small_config(tmp_path)
    parameters = {
        "training.time_limit": {"value": None},
        "name": {"value": "0..3"},
        "data.noise": {"distribution": "normal", "mu": 2, "sigma": 0.25},
    }
    document = {"base": "small.yaml", "method": "random", "run_cap": 3, "parameters": parameters}
    first, second = tmp_path / "sweep.yaml", tmp_path / "again.yaml"
    first.write_text(yaml.safe_dump(document))
    asked = asked_sweep(first, [], Wishes())
    written = asked.written_for(tmp_path)
    assert written["parameters"] == parameters
    second.write_text(yaml.safe_dump(written))
    assert list(asked_sweep(second, [], Wishes()).settings()) == list(asked.settings())


def test_a_picture_that_can_not_be_drawn_costs_no_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever its drawing raises is a note, and all else is written."""

    def fail(**_: object) -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr(plots, "heat_figure", fail)
    results = results_of(tmp_path, [1.0, 2.0, 3.0, 4.0], "seed=0..1", "optimizer.step_size=0.1,0.2")
    folder = SweepFolder(tmp_path, "small", "0123456789ab")
    [note] = write_results(folder, results)
    assert note == "plots/seed-optimizer-step_size.png could not be drawn: ZeroDivisionError: no"
    assert names_in(folder.path) == ["best.yaml", "plots", "results.csv", "sweep.yaml"]
    assert names_in(folder.path / "plots") == ["optimizer-step_size.png", "seed.png"]
