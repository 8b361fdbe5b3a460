"""No room and no permission: a small disk, limits of the system, a read-only place, another user."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT
from promise import assert_whole
from quick_runs import experiment_in, make, quick, slow_clock
from shell import houses_config, names_in, small_config

from regress_cli import load_config, run
from regress_cli.errors import LimitReached, RunFolderError

__all__ = ["quick", "slow_clock"]

HERE = Path(__file__).resolve().parent
NOBODY = 65534


@contextmanager
def limited(kind: int, value: int) -> Iterator[None]:
    """Lower a limit of this process in the block."""
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def assert_made_in_the_end(folder: Path) -> None:
    """Check that the same command works once there is room, and that nothing else is there."""
    final = run(load_config(folder / "small.yaml"), folder / "outputs").folder
    assert_whole(final)
    assert names_in(final.parent) == [final.name]


@pytest.mark.usefixtures("quick")
def test_files_that_may_not_grow(tmp_path: Path):
    """Whatever the largest file may be, the refusal names the limit, and a checkpoint stays or nothing."""
    sizes = [0, 1, 500, 1000, 2000, 3000, 4000, 5000]
    experiment, refusals = experiment_in(tmp_path), []
    for size in sizes:
        try:
            with limited(resource.RLIMIT_FSIZE, size):
                run(experiment, tmp_path / "outputs")
        except LimitReached as error:
            refusals.append(str(error))
        for hidden in tmp_path.glob("outputs/.*"):
            assert names_in(hidden) == ["checkpoint"]
    assert len(refusals) > len(sizes) // 2
    assert all("File too large; raise the limit on the size of a file" in text for text in refusals)
    assert_made_in_the_end(tmp_path)


@pytest.mark.usefixtures("quick")
def test_files_that_may_not_be_opened(tmp_path: Path):
    """However few files may be open, the refusal names the limit, and half a folder is never left."""
    make(tmp_path, "earlier")  # What is imported later could not be opened either.
    lowest = os.dup(0)
    os.close(lowest)
    experiment, refusals = experiment_in(tmp_path), []
    for more in range(3):
        try:
            with limited(resource.RLIMIT_NOFILE, lowest + more):
                run(experiment, tmp_path / "outputs")
        except LimitReached as error:
            refusals.append(str(error))
        for hidden in tmp_path.glob("outputs/.working-*"):
            assert names_in(hidden) in ([], ["checkpoint"])
    assert refusals
    assert all("Too many open files; raise the limit on open files" in text for text in refusals)
    shutil.rmtree(tmp_path / "outputs")
    assert_made_in_the_end(tmp_path)


@pytest.mark.parametrize("name", ["small.yaml", "houses.csv"])
def test_input_that_can_not_be_opened_for_want_of_descriptors(tmp_path: Path, monkeypatch, name: str):
    """A config or a table for which no descriptor is left is a limit of the system, and no wrong path."""
    config = houses_config(tmp_path) if name == "houses.csv" else small_config(tmp_path)
    original = Path.open

    def refuse(path: Path, *arguments, **keywords):
        if path.name == name:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return original(path, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(LimitReached, match=f"{name}: Too many open files; raise the limit on open files"):
        run(load_config(config), tmp_path / "outputs")
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(("limit", "reason"), [("-f 2", "File too large"), ("-n 5", "Too many open files")])
def test_a_limit_of_the_shell_is_exit_code_5(tmp_path: Path, limit: str, reason: str):
    """A command under such a limit ends with 5 and one line about it, and leaves nothing that has a name."""
    small_config(tmp_path, "loss")
    command = f'ulimit {limit}; exec "$0" -m regress_cli run small.yaml'
    done = subprocess.run(
        ["/bin/sh", "-c", command, sys.executable], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5, done.stderr
    *notes, line = done.stderr.splitlines()
    assert all("could not be drawn" in note for note in notes)
    assert line.startswith("error: ")
    assert reason in line
    assert "raise the limit" in line
    # With no file to spare a folder can't be listed, and so not be emptied: the next run does it.
    assert not [path for path in tmp_path.glob("outputs/*") if not path.name.startswith(".")]
    assert_made_in_the_end(tmp_path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder to which every user finds the way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def an_ordinary_user() -> Iterator[None]:
    """Be nobody in the block, where this is the administrator, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("quick")
def test_a_folder_of_somebody_else(open_folder: Path):
    """Where one may not write, one line says so and what to do; an earlier run is found all the same."""
    earlier = make(open_folder, "earlier")
    outputs = open_folder / "outputs"
    outputs.chmod(0o555)
    before = names_in(outputs)
    with an_ordinary_user():
        with pytest.raises(RunFolderError, match="Permission denied; remove it, or choose another folder"):
            make(open_folder)
        assert make(open_folder, "earlier").record == earlier.record
    assert names_in(outputs) == before
    outputs.chmod(0o755)


@pytest.mark.usefixtures("quick")
def test_a_folder_below_one_of_somebody_else(open_folder: Path):
    """Where one may not even look, one line names the place and says what to do."""
    experiment = experiment_in(open_folder)
    # Whatever a run imports is imported as this user, who finds the libraries.
    make(open_folder, "earlier")
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    closed.chmod(0o000)  # For its owner as well, who is not always another user.
    with an_ordinary_user(), pytest.raises(RunFolderError) as refusal:
        run(experiment, closed / "outputs")
    closed.chmod(0o700)
    assert str(refusal.value) == (
        f"can't work in {closed / 'outputs'}: Permission denied; choose another folder with --out"
    )
    assert names_in(closed) == []


def in_own_mounts(folder: Path, what: str) -> None:
    """Run a part of in_mounts.py where this process may mount; else skip the test, saying why."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare, which is not installed")
    paths = os.pathsep.join([str(HERE.parent), str(HERE), str(ROOT)])
    done = subprocess.run(
        [unshare, "--mount", sys.executable, str(HERE / "in_mounts.py"), what, str(folder)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == errno.EPERM or "unshare failed" in done.stderr:
        pytest.skip(f"needs the right to mount: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "held\n"


@pytest.mark.full
def test_a_small_disk(tmp_path: Path):
    """On a disk that grows step by step the run is refused until there is room, and nothing is lost."""
    in_own_mounts(tmp_path, "small_disk")


def test_a_read_only_disk(tmp_path: Path):
    """On a read-only disk a new run is refused in one line, and an earlier one is found."""
    in_own_mounts(tmp_path, "read_only_disk")
