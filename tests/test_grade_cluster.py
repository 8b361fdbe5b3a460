"""Grading on a cluster is grading: a real scheduler and real workers, started on loopback."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster, cluster_in
from shell import call
from test_cluster import flat, wait_until

from regress_cli.errors import ConfigError, UserError
from regress_cli.grading import jobs
from regress_cli.grading.carried import carried, unpacked
from regress_cli.grading.submissions.finding import Submission
from regress_cli.grading.submissions.reading import Files
from regress_cli.isolation.sealed import Isolation
from regress_cli.runs.strict_json import loads

KEY = "the key of this very course"
ASSIGNMENT = """\
name: hw
seed: 4711
key: course.key
limits: {seconds: 5, memory: 256}
checks:
  - name: cube
    function: g
    against: reference.py:cube
    inputs: {x: {low: 1, high: 3, shape: [4]}}
    per_student: true
    points: 3
  - {name: sigmoid, function: h, against: sigmoid, visibility: hidden, requires: [cube], points: 2}
"""
# What a reference imports lies beside it, and nowhere else.
REFERENCE = "from powers import third\n\n\ndef cube(x):\n    return third(x)\n"
ANSWER = "def g(x):\n    return {factor} * x**2\n\n\ndef h(x):\n    raise ValueError(x)\n"
# Takes a while, and comes to its end.
SLOW = "import time\n\n\ndef g(x):\n    time.sleep(0.3)\n    return 3 * x**2\n"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an assignment and three submissions; it is the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw.yaml").write_text(ASSIGNMENT)
    (tmp_path / "reference.py").write_text(REFERENCE)
    (tmp_path / "powers.py").write_text("def third(x):\n    return x**3\n")
    (tmp_path / "course.key").write_text(KEY)
    (tmp_path / "class").mkdir()
    for student, factor in {"ada": 3, "bob": 2, "cleo": 3}.items():
        (tmp_path / "class" / f"{student}.py").write_text(ANSWER.format(factor=factor))
    return tmp_path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a scheduler and a worker whose temporary files can be looked at."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "tmp").mkdir()
    with cluster_in(folder) as started:
        started.worker("here", TMPDIR=str(folder / "tmp"))
        yield started


def records_in(outputs: Path) -> dict[str, dict[str, Any]]:
    """Return each student's record, without what depends on the machine and the clock."""
    found: dict[str, dict[str, Any]] = {}
    for path in outputs.glob("grades/hw/submissions/*/record.json"):
        record = loads(path.read_bytes())
        del record["checksum"], record["isolated"]
        for check in record["checks"]:
            del check["seconds"]
        found[record["student"]] = record
    return found


def test_a_cluster_gives_the_marks_of_this_machine(course: Path, cluster: Cluster):
    """Records are the same but for times, with inputs of a course key, and a reference that imports another.

    A second class, whose neighbour has the same name and another content, is held against its own; and once
    the worker is gone, neither the key nor the seed, nor any other file of the assignments, is on its disk.
    """
    command = ("grade", "hw.yaml", "class", "--cluster", cluster.address)
    for out, power in {"cubes": "x**3", "fourths": "x**4"}.items():
        (course / "powers.py").write_text(f"def third(x):\n    return {power}\n")
        # A reference is known by its own text.
        with (course / "reference.py").open("a") as reference:
            reference.write(f"# {out}\n")
        far = call(*command, "--out", f"far/{out}")
        assert far.exit_code == 3, far.stderr
        near = subprocess.run(
            [sys.executable, "-m", "regress_cli", *command[:3], "--jobs", "1", "--out", f"near/{out}"],
            check=False,
            capture_output=True,
        )
        assert near.returncode == 3
        assert records_in(Path("far") / out) == records_in(Path("near") / out)
    points = [sum(c["points"] for c in r["checks"] if c["state"] == "passed") for r in _sorted("far/cubes")]
    assert points == [3, 0, 3]
    assert {check["state"] for record in _sorted("far/fourths") for check in record["checks"]} == {
        "failed",
        "not run",
    }
    assert "3 of 3 submissions were graded before" in flat(call(*command, "--out", "far/fourths").stderr)
    cluster.end(cluster.workers["here"])
    left = [path for path in (cluster.folder / "tmp").rglob("*") if path.is_file()]
    assert not [path for path in left if path.suffix in (".py", ".key", ".yaml")]
    assert not any(KEY.encode() in path.read_bytes() for path in left)


def _sorted(out: str) -> list[dict[str, Any]]:
    return [record for _, record in sorted(records_in(Path(out)).items())]


def test_what_draws_the_inputs_is_on_no_disk_while_others_grade(course: Path):
    """A worker that is killed leaves neither key nor seed behind: they are gone as soon as they are read."""
    sent = carried(Path("hw.yaml"))
    assert {name for name, _ in sent.files} == {"hw.yaml", "reference.py", "powers.py", "course.key"}
    assignment = unpacked(sent)
    [folder] = {Path(q.reference.function.__code__.co_filename).parent for q in assignment.questions[:1]}
    assert {path.name for path in folder.iterdir() if path.is_file()} == {"powers.py", "reference.py"}
    assert folder.stat().st_mode & 0o077 == 0
    unpacked.cache_clear()
    del assignment
    assert not folder.exists()


def test_a_reference_elsewhere_is_refused_with_what_to_do(course: Path):
    """What lies outside of the assignment's folder is not sent; a link in it is, as what it is called."""
    (course / "lib").mkdir()
    (course / "reference.py").rename(course / "lib" / "cubes.py")
    (course / "reference.py").symlink_to(course / "lib" / "cubes.py")
    assert "reference.py" in {name for name, _ in carried(Path("hw.yaml")).files}
    (course / "sub").mkdir()
    (course / "hw.yaml").rename(course / "sub" / "hw.yaml")
    for place in ("../reference.py", str(course / "reference.py")):
        (course / "sub" / "hw.yaml").write_text(ASSIGNMENT.replace("reference.py", place))
        with pytest.raises(ConfigError, match=r"outside of the assignment's folder.*put it beside"):
            carried(Path("sub/hw.yaml"))


def test_a_worker_without_a_sandbox_is_refused_where_one_is_wanted(
    course: Path, monkeypatch: pytest.MonkeyPatch
):
    """It says on which machine, and how to get one, and nothing has been run."""
    bare = Isolation("limits", "limits: ...", "install bubblewrap")
    monkeypatch.setattr(jobs, "_isolation_here", lambda tier: bare)
    answer = ("touched", "import pathlib\npathlib.Path('touched').touch()\ndef g(x):\n    return x\n")
    files = Files({"answer.py": answer[1].encode()})
    with pytest.raises(UserError, match=r"the worker on .* has no sandbox, .*: install bubblewrap"):
        jobs.grade_far(
            carried(Path("hw.yaml")), Submission("ada", course / "class" / "ada.py"), files, None, True
        )
    assert not (course / "touched").exists()


# ---------------------------------------------------------------------------------------- deaths


def started_grading(course: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start the grading of the class as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "regress_cli", "grade", "hw.yaml", "class", *arguments],
        cwd=course,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def slow_class(course: Path, count: int) -> None:
    """Hand in so many submissions that take their time."""
    for number in range(count):
        (course / "class" / f"slow-{number}.py").write_text(SLOW)


BARE = """\
from regress_cli.grading import jobs
from regress_cli.isolation.sealed import Isolation

jobs._isolation_here = lambda tier: Isolation("limits", "limits: pretended", "install bubblewrap")
"""


@pytest.mark.full
def test_require_sandbox_holds_for_every_worker(course: Path):
    """A cluster with a worker that has none is refused with exit code 2; without the option it is told."""
    (course / "bare.py").write_text(BARE)
    with cluster_in(course) as started:
        started.worker("bare", options=("--preload", "bare.py"))
        command = ("grade", "hw.yaml", "class/ada.py", "--cluster", started.address)
        refused = call(*command, "--require-sandbox")
        assert refused.exit_code == 2
        assert "has no sandbox, and ran nothing: install bubblewrap" in flat(refused.stderr)
        assert not list(Path("outputs").glob("grades/hw/submissions/*"))
        done = call(*command)
    assert done.exit_code == 3
    assert "isolation: limits: pretended" in done.stdout


@pytest.mark.full
def test_a_killed_worker_costs_no_marks(course: Path):
    """Its submissions are graded by another, and every record is that of this machine."""
    slow_class(course, 4)
    with cluster_in(course) as started:
        started.worker("first")
        with started_grading(course, "--cluster", started.address, "--out", "far") as process:
            assert process.stderr is not None
            wait_until(lambda: records_in(course / "far"))
            started.worker("second")
            started.workers["first"].kill()
            _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert call("grade", "hw.yaml", "class", "--out", "near").exit_code == 3
    assert records_in(course / "far") == records_in(course / "near")


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_grading_on_a_cluster_goes_on(course: Path, number: int):
    """What is graded is kept, and the same command grades the rest."""
    slow_class(course, 4)
    with cluster_in(course) as started:
        started.worker("only")
        command = ["--cluster", started.address]
        with started_grading(course, *command) as process:
            wait_until(lambda: records_in(course / "outputs"))
            process.send_signal(number)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 128 + number, said
        assert "what is graded is kept: give the same command again" in flat(said)
        kept = records_in(course / "outputs")
        assert 0 < len(kept) < 7
        with started_grading(course, *command) as process:
            _, said = process.communicate(timeout=120)
    assert process.returncode == 3
    assert "of 7 submissions were graded before" in flat(said)
    assert len(records_in(course / "outputs")) == 7
