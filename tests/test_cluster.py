"""A sweep on a cluster is a sweep: a real scheduler and real workers, started on loopback."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusters import ELSEWHERE, Cluster, cluster_in, packages_without_regress
from shell import call, houses_config, names_in, small_config
from test_sweep import rows_of

from regress_cli import Run, run
from regress_cli.errors import LimitReached, UserError
from regress_cli.interrupts import PendingSignal
from regress_cli.sweeps.asking.asked import Wishes, asked_sweep
from regress_cli.sweeps.making.outcomes import outcomes_of
from regress_cli.sweeps.points import points_of
from regress_cli.version import __version__
from regress_cli.workers.cluster.cluster import ClusterWorkers
from regress_cli.workers.cluster.scheduler import connected

# What does not depend on the clock.
EXACT = ["config.yaml", "metrics.csv", "params.npz", "predictions.csv"]
# Each point takes a good part of a second.
LONG = ["training.steps=50000", "training.record_every=1000", "optimizer.step_size=1e-5"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a scheduler and two workers: one shares the file system, one is elsewhere."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "elsewhere.py").write_text(ELSEWHERE)
    with cluster_in(folder) as started:
        started.worker("here")
        started.worker("elsewhere", options=("--preload", "elsewhere.py"))
        yield started


def files_of(outputs: Path) -> dict[str, bytes]:
    """Return the content of each run's files that is the same wherever it is made."""
    return {
        f"{run.name}/{name}": (run / name).read_bytes() for run in outputs.glob("[!.]*-*") for name in EXACT
    }


def runs_here(config: Path, axes: list[str], out: Path) -> list[Run]:
    """Return what this process makes of the same points."""
    return [run(point.experiment, out) for point in points_of(asked_sweep(config, axes, Wishes()), out)]


def test_a_cluster_makes_what_this_machine_makes(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Every file is the same to the byte, whether a worker sees the folder of runs or sends files back."""
    monkeypatch.chdir(tmp_path)
    axes = ["seed=0..3", "optimizer.mass=0,0.5"]
    done = call("sweep", small_config(tmp_path), *axes, "--cluster", cluster.address, "--out", "far")
    assert done.exit_code == 0, done.stderr
    runs = runs_here(Path("small.yaml"), axes, Path("near"))
    assert files_of(Path("far")) == files_of(Path("near"))
    assert len(files_of(Path("far"))) == 8 * len(EXACT)
    told = [(row["run"], row["status"], float(row["train.rmse"])) for row in rows_of(Path("far"))]
    assert told == [(one.folder.name, one.status, one.metrics["train"]["rmse"]) for one in runs]
    assert [name for name in names_in(Path("far")) if name.startswith(".")] == []
    again = call("sweep", "small.yaml", *axes, "--cluster", cluster.address, "--out", "far")
    assert "8 of 8 points were run before" in again.stderr


def test_a_table_is_named_from_where_its_run_lies(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A run that was made in another folder names the table as one that was made in its own."""
    monkeypatch.chdir(tmp_path)
    houses_config(tmp_path)
    axes = ["loss.l2=0,0.1,0.2,0.3"]
    done = call("sweep", "houses.yaml", *axes, "--cluster", cluster.address, "--out", "far")
    assert done.exit_code == 0, done.stderr
    runs_here(Path("houses.yaml"), axes, Path("near"))
    assert files_of(Path("far")) == files_of(Path("near"))


def test_failures_are_told_as_they_are_here(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A point that diverges ends with exit code 3, and stops no other."""
    monkeypatch.chdir(tmp_path)
    axes = ["optimizer.step_size=0.1,1000,0.2", "seed=0..1"]
    done = call("sweep", small_config(tmp_path), *axes, "--cluster", cluster.address)
    assert done.exit_code == 3
    statuses = [row["status"] for row in rows_of(tmp_path / "outputs")]
    assert statuses == ["finished", "finished", "diverged", "diverged", "finished", "finished"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda table: table.write_text(table.read_text() + "50,1,old,south,1\n"), "has another content"),
        (lambda table: table.unlink(), "there is no such file"),
    ],
)
def test_a_worker_needs_the_same_table(cluster: Cluster, tmp_path: Path, change, reason: str):
    """A table that is another one there, or none, ends the sweep, with the worker and what to do."""
    points = points_of(asked_sweep(houses_config(tmp_path), ["loss.l2=0"], Wishes()), tmp_path / "out")
    change(tmp_path / "houses.csv")
    with connected(cluster.address) as scheduler:
        workers = ClusterWorkers(scheduler, None, print)
        with pytest.raises(UserError) as caught:
            list(outcomes_of(points, workers, tmp_path / "out", PendingSignal(), print))
    assert re.match(r"on the worker tcp://127\.0\.0\.1:\d+", str(caught.value))
    assert reason in str(caught.value)
    assert "put it on a file system that all share" in str(caught.value)


# ---------------------------------------------------------------------------------- other workers


@pytest.mark.full
def test_workers_with_another_regress_or_none_are_refused(cluster: Cluster, tmp_path: Path):
    """Before a point is sent, the message names the workers, both versions, and what to do; exit code 2."""
    stub, packages = tmp_path / "stub", tmp_path / "packages"
    (stub / "regress_cli").mkdir(parents=True)
    (stub / "regress_cli" / "__init__.py").touch()
    (stub / "regress_cli-0.0.1.dist-info").mkdir()
    (stub / "regress_cli-0.0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: regress-cli\nVersion: 0.0.1\n"
    )
    packages.mkdir()
    workers = [
        cluster.worker("other", PYTHONPATH=str(stub)),
        cluster.worker("bare", "-S", **packages_without_regress(packages)),
    ]
    try:
        done = call("sweep", small_config(tmp_path), "seed=0..1", "--cluster", cluster.address)
    finally:
        for worker in workers:
            cluster.end(worker)
    assert done.exit_code == 2
    assert f"the worker {cluster.address_of('other')} has regress 0.0.1" in flat(done.stderr)
    assert f"the worker {cluster.address_of('bare')} has no regress" in flat(done.stderr)
    assert f"pip install 'regress-cli=={__version__}'" in flat(done.stderr)


def flat(text: str) -> str:
    """Return a message in one line."""
    return " ".join(text.split())


# ------------------------------------------------------------------------------------- no cluster


def test_no_scheduler_is_a_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever is wrong with an address: exit code 2, what is wrong, what to do, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("regress_cli.workers.cluster.scheduler._CONNECT_SECONDS", 1)
    small_config(tmp_path)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        silent = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
        for address, reason in {
            silent: f"no Dask scheduler answers at {silent}; start one with `dask scheduler`",
            "tcp://": "no Dask scheduler answers at tcp:// (missing port number in address '')",
            "tcp://127.0.0.1:port": "no Dask scheduler answers at tcp://127.0.0.1:port (invalid literal",
            "127.0.0.1:8786": "127.0.0.1:8786 is no scheduler; give its address, such as tcp://HOST:8786",
            "slurm": "what a job is given has to be known; write cores and memory",
        }.items():
            done = call("sweep", "small.yaml", "seed=0..1", "--cluster", address)
            assert done.exit_code == 2
            assert reason in flat(done.stderr)
    assert names_in(tmp_path) == ["small.yaml"]


def test_another_server_is_no_scheduler(cluster: Cluster, monkeypatch: pytest.MonkeyPatch):
    """What listens there may say nothing, say something else, or be one of Dask's own workers."""
    monkeypatch.setattr("regress_cli.workers.cluster.scheduler._ANSWER_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as mute, socket.create_server(("127.0.0.1", 0)) as web:
        threading.Thread(target=answer_as_web, args=(web,), daemon=True).start()
        for server in (mute, web):
            address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
            with pytest.raises(UserError, match="no Dask scheduler answers at"), connected(address):
                pass
    worker = cluster.address_of("elsewhere")
    with pytest.raises(UserError, match="is a Dask worker, no scheduler"), connected(worker):
        pass


def answer_as_web(server: socket.socket) -> None:
    """Answer once as a web server does to what it does not understand."""
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + b"x" * 100)


@pytest.mark.parametrize(
    ("library", "cluster_name", "remedy"),
    [
        ("distributed", "tcp://127.0.0.1:8786", "pip install 'regress-cli[cluster]'"),
        ("dask_jobqueue", "slurm", "pip install dask-jobqueue"),
    ],
)
def test_a_library_that_is_not_there_is_named(
    library: str, cluster_name: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Exit code 2, with the command that installs it."""
    monkeypatch.setitem(sys.modules, library, None)
    done = call("sweep", small_config(tmp_path), "seed=0..1", "--cluster", cluster_name)
    assert done.exit_code == 2
    assert remedy in flat(done.stderr)


def test_nobody_waits_for_ever(tmp_path: Path):
    """A scheduler that no worker comes to is told of, and given up after a while."""
    told: list[str] = []
    out = tmp_path / "outputs"
    points = points_of(asked_sweep(small_config(tmp_path), ["seed=0..1"], Wishes()), out)
    with cluster_in(tmp_path) as empty:
        with connected(empty.address) as scheduler:
            workers = ClusterWorkers(scheduler, None, told.append, patience=0.5)
            with pytest.raises(UserError, match=r"has had no worker for .* start workers with `dask worker"):
                list(outcomes_of(points, workers, out, PendingSignal(), print))
        assert told == [f"{empty.address} has no workers; waiting 0 s for one"]
        with connected(empty.address) as scheduler:
            cut = ClusterWorkers(scheduler, None, told.append)
            empty.end(empty.scheduler)
            with pytest.raises(LimitReached, match="is lost; what is finished is kept"):
                list(outcomes_of(points, cut, out, PendingSignal(), print))
    assert not out.exists()


# ---------------------------------------------------------------------------------------- deaths


def test_a_killed_worker_loses_nothing(cluster: Cluster, tmp_path: Path):
    """Its point is run again by another, and all results are those of this machine.

    It is the last test of the cluster, which has one worker less from then on.
    """
    small_config(tmp_path)
    axes = ["seed=0..2", *LONG]
    with started_sweep(tmp_path, *axes, "--cluster", cluster.address) as process:
        # The other one has its folders elsewhere.
        wait_until(lambda: list((tmp_path / "outputs").glob(".working-*")))
        cluster.workers["here"].kill()
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    runs_here(tmp_path / "small.yaml", axes, tmp_path / "near")
    assert files_of(tmp_path / "outputs") == files_of(tmp_path / "near")
    assert len(files_of(tmp_path / "near")) == 3 * len(EXACT)


def started_sweep(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a sweep of the small config as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "regress_cli", "sweep", "small.yaml", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(is_so) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_goes_on(cluster: Cluster, tmp_path: Path, number: int):
    """What is finished is kept, nothing is left with the scheduler, and the same command goes on."""
    small_config(tmp_path)
    command = ["seed=0..9", *LONG, "--cluster", cluster.address]
    with started_sweep(tmp_path, *command) as process:
        assert process.stderr is not None
        assert "finished" in process.stderr.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "points to go; what is finished is kept: give the same command again to go on" in said
    with started_sweep(tmp_path, *command) as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "points were run before, and are not repeated" in said
    assert {row["status"] for row in rows_of(tmp_path / "outputs")} == {"finished"}


@pytest.mark.full
def test_a_scheduler_that_dies_ends_the_sweep(tmp_path: Path):
    """What is finished is kept and told; with a new scheduler the same command goes on."""
    small_config(tmp_path)
    with cluster_in(tmp_path) as first:
        first.worker("first")
        with started_sweep(tmp_path, "seed=0..9", *LONG, "--cluster", first.address) as process:
            assert process.stderr is not None
            assert "finished" in process.stderr.readline()
            first.scheduler.kill()
            _, said = process.communicate(timeout=60)
    assert process.returncode == 5
    assert "is lost; what is finished is kept" in flat(said)
    assert "Traceback" not in said
    assert "finished" in {row["status"] for row in rows_of(tmp_path / "outputs")}
    done = subprocess.run(
        [sys.executable, "-m", "regress_cli", "sweep", "small.yaml", "seed=0..9", *LONG],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "points were run before, and are not repeated" in done.stderr


# The death of a worker that has a certain point, and of no other.
DEADLY = """\
import os
from regress_cli.sweeps.making import far_point
from regress_cli.sweeps.making.one_point import make_point

def deadly(number, *arguments):
    if number == 2:
        os._exit(1)
    return make_point(number, *arguments)

far_point.make_point = deadly
"""


@pytest.mark.full
def test_a_point_that_every_worker_dies_of_is_told(tmp_path: Path):
    """It fails with its reason, exit code 3, and all others are run."""
    small_config(tmp_path)
    (tmp_path / "deadly.py").write_text(DEADLY)
    with cluster_in(tmp_path) as started:
        options = [started.address, "--nworkers", "2", "--nthreads", "1", "--preload", "deadly.py"]
        folder = ["--local-directory", str(tmp_path / "deadly")]
        started._start("deadly", "dask_worker", [*options, *folder])
        started._line_in("deadly", "Registered to:")
        with started_sweep(tmp_path, "seed=0..5", "--cluster", started.address) as process:
            _, said = process.communicate(timeout=300)
    assert process.returncode == 3, said
    statuses = [row["status"] for row in rows_of(tmp_path / "outputs")]
    assert statuses == ["finished", "finished", "failed", "finished", "finished", "finished"]
    assert "every worker that had it was killed; it may need more memory than they have" in flat(said)


# A worker whose package says that it is this version, and whose code says that it is another.
OUTDATED = """\
from regress_cli.workers.cluster import far_job
far_job.__version__ = "0.0.1"
"""


@pytest.mark.full
def test_a_worker_that_comes_later_is_looked_at_too(tmp_path: Path):
    """A worker of another version that joins in the middle ends the sweep with exit code 2."""
    small_config(tmp_path)
    (tmp_path / "outdated.py").write_text(OUTDATED)
    with cluster_in(tmp_path) as started:
        started.worker("first")
        with started_sweep(tmp_path, "seed=0..19", *LONG, "--cluster", started.address) as process:
            assert process.stderr is not None
            assert "finished" in process.stderr.readline()
            started.worker("late", options=("--preload", "outdated.py"))
            _, said = process.communicate(timeout=120)
        late = started.address_of("late")
    assert process.returncode == 2, said
    assert f"the worker {late} has regress 0.0.1" in flat(said)
    assert "finished" in {row["status"] for row in rows_of(tmp_path / "outputs")}


SBATCH = """\
#!{python}
import subprocess, sys
with open({log!r}, "ab") as log:
    job = subprocess.Popen(["sh", sys.argv[-1]], stdout=log, stderr=log, start_new_session=True)
print("Submitted batch job", job.pid)
"""
SCANCEL = """\
#!{python}
import os, signal, sys
for number in sys.argv[1:]:
    os.killpg(int(number), signal.SIGTERM)
"""
JOBQUEUE = """\
jobqueue:
  slurm:
    cores: 1
    memory: 1GB
    processes: 1
    interface: lo
"""


@pytest.mark.full
def test_a_queue_starts_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Jobs go through sbatch by the user's own config, run the points, and are gone afterwards."""
    small_config(tmp_path)
    log = str(tmp_path / "jobs.log")
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(python=sys.executable, log=log))
        path.chmod(0o755)
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "jobqueue.yaml").write_text(JOBQUEUE)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    with started_sweep(tmp_path, "seed=0..5", "--cluster", "slurm", "--jobs", "2") as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "waiting for a job that slurm starts" in said
    assert {row["status"] for row in rows_of(tmp_path / "outputs")} == {"finished"}
    assert Path(log).read_text().count("Registered to:") == 2
    jobs = {int(line.rpartition(" ")[2]) for line in Path(log).read_text().splitlines() if "job" in line}
    assert not any(Path(f"/proc/{number}").exists() for number in jobs)
