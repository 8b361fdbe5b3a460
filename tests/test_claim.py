"""Several processes on one run, and what may lie in the way of its folder."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from shell import RUN_FILES, call, names_in, small_config

from regress_cli import load_config, open_run
from regress_cli.errors import DataError, LimitReached, RegressError, RunFolderError
from regress_cli.experiment.plan import make_plan
from regress_cli.experiment.runner import run
from regress_cli.runs import claim, remove_leftovers
from regress_cli.runs.disk import disk
from regress_cli.runs.workplace import Workplace


def folder_name(config: Path) -> str:
    """Return the name that the config's run folder will have."""
    return make_plan(load_config(config)).folder.name


def test_who_waits_is_told_and_gets_the_finished_run(tmp_path: Path):
    """While another process holds the place one waits, is told so, and then gets its run."""
    config = small_config(tmp_path)
    name = folder_name(config)
    finish = f"""
import sys
from regress_cli import load_config
from regress_cli.experiment.runner import run
from regress_cli.experiment.watch import Watch

class Hold(Watch):
    def progress(self, progress):
        print("working", flush=True)
        sys.stdin.readline()

run(load_config({str(config)!r}), {str(tmp_path)!r}, watch=Hold())
"""
    with subprocess.Popen(
        [sys.executable, "-c", finish], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "working\n"
        told = []

        def tell(note: str) -> None:
            told.append(note)
            other.stdin.write("go on\n" * 1000)
            other.stdin.flush()

        with claim(tmp_path, name, force=False, fresh=False, tell=tell) as place:
            assert place == open_run(tmp_path / name)
    assert told == ["another process works on this run; waiting for it"]
    assert other.returncode == 0


def claimed(outputs: Path, tell: Callable[[str], None] = lambda note: None):
    """Claim the place of some run."""
    return claim(outputs, "x-1", force=False, fresh=False, tell=tell)


def test_a_place_is_left_to_the_next_when_work_fails(tmp_path: Path):
    """An error while working ends the claim; the next one gets the place at once."""

    def waiting(note: str) -> None:
        raise AssertionError("the place was still held")

    with pytest.raises(ZeroDivisionError), claimed(tmp_path, waiting):
        raise ZeroDivisionError
    with claimed(tmp_path, waiting) as place:
        assert isinstance(place, Workplace)


@pytest.mark.parametrize("there", ["", "a", "a/b", "a/b/c"])
def test_work_that_is_refused_leaves_nothing_behind(tmp_path: Path, there: str):
    """Where the data turn out to be of no use while working, no folder of this run's making stays."""
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DataError), claimed(tmp_path / "a" / "b" / "c"):
        raise DataError("of no use")
    assert sorted(tmp_path.rglob("*")) == before


def test_folders_that_can_not_all_be_made_are_not_left(tmp_path: Path, monkeypatch):
    """Where there is room for the first of several folders only, that goes again."""
    make_folder = disk.make_folder

    def full(path: Path) -> None:
        if path.name == "c":
            raise OSError(errno.ENOSPC, "No space left on device")
        make_folder(path)

    monkeypatch.setattr(disk, "make_folder", full)
    with pytest.raises(LimitReached, match="No space left on device"), claimed(tmp_path / "a" / "b" / "c"):
        pass
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_link_with_the_runs_name_is_refused(tmp_path: Path, force: bool, is_dangling: bool):
    """A planted link is neither read, nor followed, nor replaced, and is refused before any training."""
    config, out, target = small_config(tmp_path), tmp_path / "out", tmp_path / "target"
    out.mkdir()
    target.mkdir()
    link = out / folder_name(config)
    link.symlink_to(tmp_path / "nowhere" if is_dangling else target)
    answer = call("run", config, "--out", out, *["--force"] * force)
    assert answer.exit_code == 2
    assert f"{link.name}: a link has the run's name; remove it" in answer.stderr
    assert link.is_symlink()
    assert names_in(out) == [link.name]
    assert names_in(target) == []


@pytest.mark.parametrize("what", ["a file", "another run"])
def test_something_else_with_the_runs_name_is_refused(tmp_path: Path, what: str):
    """A file, or a run that was renamed, is named with what to do, and --force puts the run in its place."""
    config, out = small_config(tmp_path), tmp_path / "out;a"
    folder = out / folder_name(config)
    if what == "a file":
        out.mkdir()
        folder.write_text("mine")
    else:
        call("run", config, "--out", out, "seed=5")
        next(out.iterdir()).rename(folder)
    answer = call("run", config, "--out", out)
    assert answer.exit_code == 2
    assert str(folder) in answer.stderr
    assert answer.stderr.endswith("; move it away, or repeat the run with --force\n")
    assert call("run", config, "--out", out, "--force").exit_code == 0
    assert names_in(folder) == RUN_FILES


def test_a_refusal_is_not_cut_at_a_character_of_the_path(tmp_path: Path):
    """A semicolon in a folder's name does not take away what is wrong with the run in it."""
    config, out = small_config(tmp_path), tmp_path / "a;b"
    call("run", config, "--out", out)
    (out / folder_name(config) / "params.npz").unlink()
    answer = call("run", config, "--out", out)
    assert answer.stderr == (
        f"error: {out / folder_name(config)}: this is not a whole run (params.npz is missing); "
        "repeat the run with --force\n"
    )


def test_a_link_with_the_working_name_is_refused(tmp_path: Path):
    """A planted link in place of the hidden working folder is named, and nothing goes through it."""
    config, out, target = small_config(tmp_path), tmp_path / "out", tmp_path / "target"
    out.mkdir()
    target.mkdir()
    link = out / f".working-{folder_name(config)}"
    link.symlink_to(target)
    answer = call("run", config, "--out", out)
    assert answer.exit_code == 2
    assert link.name in answer.stderr
    assert "remove it" in answer.stderr
    assert names_in(target) == []


@pytest.mark.parametrize("name", ["plots", "run.json", ".run.json.part", "checkpoint"])
def test_links_in_a_hidden_leftover_are_not_followed(tmp_path: Path, name: str):
    """Links that wait in the working folder, under a name that will be written, lead nothing outside."""
    config, out, target = small_config(tmp_path), tmp_path / "out", tmp_path / "target"
    working = out / f".working-{folder_name(config)}"
    working.mkdir(parents=True)
    if name == "plots":
        target.mkdir()
    else:
        target.write_text("untouched")
    (working / name).symlink_to(target)
    assert call("run", config, "--out", out).exit_code == 0
    assert names_in(target) == [] if target.is_dir() else target.read_text() == "untouched"
    assert names_in(out / folder_name(config)) == RUN_FILES


def test_hidden_leftovers_are_removed(tmp_path: Path):
    """What a killed process left, half-written files and old folders, is gone after the next run."""
    config, out = small_config(tmp_path), tmp_path / "out"
    name = folder_name(config)
    working, replaced = out / f".working-{name}", out / f".replaced-{name}"
    for folder in (working / "plots", replaced):
        folder.mkdir(parents=True)
    for path in (working / ".checkpoint.part", working / "plots" / "old.png", replaced / "run.json"):
        path.write_text("left over")
    assert call("run", config, "--out", out).exit_code == 0
    assert names_in(out) == [name]
    assert names_in(out / name) == RUN_FILES
    assert names_in(out / name / "plots") == []


@pytest.mark.parametrize("force", [False, True])
def test_a_damaged_folder_is_refused_unless_forced(tmp_path: Path, force: bool):
    """A folder with the run's name that is no run is refused with the remedy; --force replaces it."""
    config, out = small_config(tmp_path), tmp_path / "out"
    folder = out / folder_name(config)
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{")
    answer = call("run", config, "--out", out, *["--force"] * force)
    if force:
        assert answer.exit_code == 0
        assert names_in(folder) == RUN_FILES
    else:
        assert answer.exit_code == 2
        assert answer.stderr.endswith("; repeat the run with --force\n")
        assert names_in(folder) == ["run.json"]
    assert names_in(out) == [folder.name]


def a_file(folder: Path) -> Path:
    """Put a file where the folder of all runs would be."""
    (folder / "outputs").write_text("a file")
    return folder / "outputs"


def below_a_file(folder: Path) -> Path:
    """Name a folder below a file."""
    return a_file(folder) / "deeper"


def a_dangling_link(folder: Path) -> Path:
    """Put a link that leads nowhere where the folder of all runs would be."""
    (folder / "outputs").symlink_to(folder / "nowhere")
    return folder / "outputs"


def a_device(folder: Path) -> Path:
    """Name a device."""
    return Path("/dev/full")


def an_unwritable_folder(folder: Path) -> Path:
    """Name a folder in which nobody, not even the administrator, can make another."""
    return Path("/proc/self/outputs")


@pytest.mark.parametrize("make", [a_file, below_a_file, a_dangling_link, a_device, an_unwritable_folder])
def test_a_bad_place_for_runs_is_one_clear_message(tmp_path: Path, make):
    """Where no folder of runs can be made, one line names the place and says what to do."""
    config = small_config(tmp_path)
    out = make(tmp_path)
    before = names_in(tmp_path)
    answer = call("run", config, "--out", out)
    assert answer.exit_code == 2
    [line] = answer.stderr.splitlines()
    assert line.startswith(f"error: can't work in {out}: ")
    assert line.endswith("; choose another folder with --out")
    assert names_in(tmp_path) == before


def test_a_write_that_fails_leaves_no_half_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """When the disk is full at the last file there is no folder under the final name, and later it works."""
    config = load_config(small_config(tmp_path))

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Workplace, "write_record", Workplace._write)
        patched.setattr("regress_cli.runs.workplace.replace_file", full)
        with pytest.raises(Exception, match="No space left on device; make room") as refusal:
            run(config, tmp_path / "out")
    assert refusal.value.exit_code == 5
    name = make_plan(config).folder.name
    assert not (tmp_path / "out" / name).exists()
    assert run(config, tmp_path / "out").folder.name == name
    assert names_in(tmp_path / "out") == [name]


class Fails:
    """Lets the n-th rename of a folder fail, or kills what follows, as a failing disk does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.left = at
        self.rename = disk.rename
        monkeypatch.setattr(disk, "rename", self)

    def __call__(self, path: Path, target: Path) -> None:
        """Rename, or fail if it is the one."""
        self.left -= path.is_dir()
        if self.left == 0:
            raise OSError(errno.EIO, "Input/output error")
        self.rename(path, target)


@pytest.mark.parametrize("at", [1, 2])
def test_a_forced_run_that_fails_leaves_its_predecessor(tmp_path: Path, monkeypatch, at: int):
    """Whichever rename of a forced run fails, the finished run keeps its name."""
    config = load_config(small_config(tmp_path))
    before = run(config, tmp_path / "out")
    Fails(monkeypatch, at)
    with pytest.raises(LimitReached, match="Input/output error"):
        run(config, tmp_path / "out", force=True)
    assert open_run(before.folder).record == before.record


def test_a_run_that_was_being_replaced_comes_back(tmp_path: Path):
    """Killed between the two renames of a forced run, its predecessor is found again, not repeated."""
    config = load_config(small_config(tmp_path))
    before = run(config, tmp_path / "out")
    before.folder.rename(before.folder.with_name(f".replaced-{before.folder.name}"))
    after = run(config, tmp_path / "out")
    assert after.record == before.record
    assert [path.name for path in (tmp_path / "out").iterdir()] == [before.folder.name]


def test_a_pipe_in_place_of_the_checkpoint_is_not_read(tmp_path: Path):
    """A FIFO that somebody put into the working folder does not make the run wait for ever."""
    config = load_config(small_config(tmp_path))
    working = tmp_path / "out" / f".working-{make_plan(config).folder.name}"
    working.mkdir(parents=True)
    os.mkfifo(working / "checkpoint")
    assert run(config, tmp_path / "out").status == "finished"


def test_a_checkpoint_without_end_is_not_read(tmp_path: Path, monkeypatch):
    """A checkpoint that was made 40 GB long is not trusted, and none of it is taken into memory."""
    working = tmp_path / ".working-x-1"
    working.mkdir()
    place = Workplace(working, tmp_path / "x-1")
    place.save_checkpoint({"params": np.ones(3)})
    assert place.load_checkpoint() is not None
    os.truncate(working / "checkpoint", 40 << 30)
    monkeypatch.setattr(Path, "read_bytes", too_large)
    assert place.load_checkpoint() is None


def too_large(path: Path) -> bytes:
    """Fail as the reading of a file does that is larger than the memory."""
    raise MemoryError


def test_a_folder_that_vanishes_while_it_is_made_is_made_again(tmp_path: Path, monkeypatch):
    """Mkdir may find a folder that another process removes at once; that is no reason to refuse."""
    config, make_folder, calls = load_config(small_config(tmp_path)), disk.make_folder, []

    def unlucky(path: Path) -> None:
        if path.name.startswith(".working-"):
            calls.append(path)
            if len(calls) == 1:
                raise FileExistsError(errno.EEXIST, "File exists")
        make_folder(path)

    monkeypatch.setattr(disk, "make_folder", unlucky)
    assert run(config, tmp_path / "out").status == "finished"
    assert len(calls) == 2


def leave_leftovers(config: Path, out: Path) -> Path:
    """Finish a run, and put beside it what killed processes may leave; return the run's folder."""
    final = run(load_config(config), out).folder
    for prefix in (".working-", ".replaced-"):
        leftover = out / f"{prefix}{final.name}"
        leftover.mkdir()
        (leftover / "run.json").write_text("left over")
    return final


def test_leftovers_beside_a_finished_run_are_removed(tmp_path: Path):
    """What killed processes left goes when the run is found finished, too."""
    config, out = small_config(tmp_path), tmp_path / "out"
    final = leave_leftovers(config, out)
    assert call("run", config, "--out", out).exit_code == 0
    assert names_in(out) == [final.name]


def test_a_run_that_was_replaced_is_removed_alone(tmp_path: Path):
    """A predecessor that is left without a place to work goes, and no place is left either."""
    config, out = small_config(tmp_path), tmp_path / "out"
    final = leave_leftovers(config, out)
    shutil.rmtree(out / f".working-{final.name}")
    run(load_config(config), out)
    assert names_in(out) == [final.name]


def test_who_works_beside_a_finished_run_is_not_disturbed(tmp_path: Path):
    """While a process repeats a run, another one finds the finished one and touches neither."""
    config, out = small_config(tmp_path), tmp_path / "out"
    final = leave_leftovers(config, out)
    before = names_in(out)
    descriptor = os.open(out / f".working-{final.name}", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    run(load_config(config), out)
    assert names_in(out) == before
    os.close(descriptor)
    run(load_config(config), out)
    assert names_in(out) == [final.name]


def test_a_run_that_is_set_aside_while_another_tidies_up_comes_back(tmp_path: Path):
    """Found finished, then set aside by a forced run that dies: who tidies up keeps the only run."""
    config, out = small_config(tmp_path), tmp_path / "out"
    final = run(load_config(config), out).folder
    before = open_run(final).record
    # The place of a forced run that has died before its folder got its name.
    (out / f".working-{final.name}").mkdir()
    final.rename(out / f".replaced-{final.name}")
    remove_leftovers(out, final.name)
    assert open_run(final).record == before
    assert names_in(out) == [final.name]


def test_a_checkpoint_in_a_finished_run_is_removed(tmp_path: Path):
    """Killed just after its folder got its name, a run is found finished, and its checkpoint goes."""
    config, out = small_config(tmp_path), tmp_path / "out"
    final = run(load_config(config), out).folder
    (final / "checkpoint").write_bytes(b"left over")
    assert call("runs", "--out", out, "--check").exit_code == 0
    assert call("run", config, "--out", out).exit_code == 0
    assert names_in(final) == RUN_FILES
    assert names_in(out) == [".index.json", final.name]


def test_a_folder_of_runs_that_vanishes_is_made_again(tmp_path: Path, monkeypatch):
    """Another process's refusal may remove the empty folder of runs in between; this one makes it anew."""
    config, make_folder, vanished = load_config(small_config(tmp_path)), disk.make_folder, []

    def unlucky(path: Path) -> None:
        if path.name.startswith(".working-") and len(vanished) < 3:
            path.parent.rmdir()
            vanished.append(path.parent)
        make_folder(path)

    monkeypatch.setattr(disk, "make_folder", unlucky)
    assert run(config, tmp_path / "out").status == "finished"
    assert len(vanished) == 3


def test_a_folder_of_runs_that_always_vanishes_is_refused(tmp_path: Path, monkeypatch):
    """Where nothing can stay the run ends with a refusal, and does not try for ever."""

    def nowhere(path: Path) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(disk, "make_folder", nowhere)
    (tmp_path / "out").mkdir()
    with pytest.raises(RunFolderError, match=r"can't work in .*; choose another folder with --out"):
        run(load_config(small_config(tmp_path)), tmp_path / "out")


def test_a_predecessor_that_can_not_be_read_is_kept(tmp_path: Path, monkeypatch):
    """A run that was being replaced, and can't be read just now, is not thrown away."""
    config, out = load_config(small_config(tmp_path)), tmp_path / "out"
    before = run(config, out)
    replaced = out / f".replaced-{before.folder.name}"
    before.folder.rename(replaced)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", no_more_files)
        with pytest.raises(RegressError):
            run(config, out)
    assert replaced.exists()
    assert run(config, out).record == before.record
    assert names_in(out) == [before.folder.name]


def no_more_files(*arguments: object, **options: object) -> str:
    """Refuse to open a file."""
    raise OSError(errno.EMFILE, "Too many open files")


def test_what_can_not_be_tidied_up_is_told_with_its_place(tmp_path: Path, monkeypatch):
    """Leftovers that can't be removed before the work are one message that names them."""
    config, out = load_config(small_config(tmp_path)), tmp_path / "out"
    working = out / f".working-{make_plan(config).folder.name}"
    (working / "plots").mkdir(parents=True)

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(disk, "remove_tree", refuse)
    with pytest.raises(RunFolderError, match=r"can't tidy up .*: Permission denied; remove it, or choose"):
        run(config, out)


def fail_to_lock(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let every lock fail with that error of the system."""

    def fail(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_place_without_locks_is_used(tmp_path: Path, monkeypatch, number: int):
    """On a file system that has no locks a run is made, and a note says that nobody would wait for it."""
    fail_to_lock(monkeypatch, number)
    answer = call("run", small_config(tmp_path), "--out", tmp_path / "out")
    assert answer.exit_code == 0
    assert "note: this file system has no locks, so nobody waits for this run" in answer.stderr
    assert len(names_in(tmp_path / "out")) == 1


def test_a_lock_that_fails_is_one_message(tmp_path: Path, monkeypatch):
    """Where the disk fails when the place is locked, the run ends with 5 and a line that says what to do."""
    fail_to_lock(monkeypatch, errno.EIO)
    answer = call("run", small_config(tmp_path), "--out", tmp_path / "out")
    assert answer.exit_code == 5
    [line] = answer.stderr.splitlines()
    assert line.startswith("error: can't work in ")
    assert "check the disk, which failed" in line


def test_nothing_is_left_where_there_are_no_locks(tmp_path: Path, monkeypatch):
    """Where nobody can tell who is at work, leftovers stay, and the place that was made to ask goes."""
    config, out = small_config(tmp_path), tmp_path / "out"
    final = leave_leftovers(config, out)
    shutil.rmtree(out / f".working-{final.name}")
    before = names_in(out)

    fail_to_lock(monkeypatch, errno.ENOLCK)
    run(load_config(config), out)
    assert names_in(out) == before
