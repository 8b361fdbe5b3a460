"""The order of syncs and renames: at whichever call the power is cut, what has a final name is whole."""

import ast
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, selected
from door import Log, stand_before
from power_cut import ForgetfulDisk
from promise import assert_all_whole, assert_whole, content_of
from quick_runs import interrupt, make, quick, quick_folder, slow_clock, start_again_from
from shell import RUN_FILES, names_in, small_config

from regress_cli.errors import RunFolderError
from regress_cli.runs.durable import write_file, write_whole

__all__ = ["quick", "quick_folder", "slow_clock"]

Calls = list[tuple[str, tuple[Any, ...], Any]]


def logged(folder: Path, force: bool) -> Calls:
    """Make a run, and return its calls."""
    log = Log()
    with pytest.MonkeyPatch.context() as patched:
        stand_before(log, patched.setattr)
        make(folder, force=force)
    return log.calls


def repaired_states(before: Path, root: Path, calls: Calls, work: Path) -> int:
    """Cut the power at each call, check and repair what is found, and return how many states there were.

    Args:
        before: What was on the disk before the calls.
        root: Where the calls were made.
        calls: What the run did.
        work: The folder that the states are put into, one after another.
    """
    expected = {run: content_of(root / "outputs" / run) for run in names_in(root / "outputs")}
    disk, seen = ForgetfulDisk(root, before), set()
    for call in [None, *calls]:
        if call is not None:
            disk.play(*call)
        for keeps_names in (True, False):
            shutil.rmtree(work, ignore_errors=True)
            disk.cut_power(work, keeps_names=keeps_names)
            state = frozenset((str(path), path.is_file() and path.read_bytes()) for path in work.rglob("*"))
            if state not in seen:
                seen.add(state)
                assert_all_whole(work / "outputs")
                make(work)
                assert {run: content_of(work / "outputs" / run) for run in expected} == expected
                assert names_in(work / "outputs") == list(expected)
    return len(seen)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("situation", ["new", "interrupted", "replaced"])
def test_a_power_cut_leaves_whole_runs(quick_folder: Path, situation: str):
    """After a power cut at any call every final name is a whole run, and the next run is the right one."""
    before, root = quick_folder / "before", quick_folder / "root"
    before.mkdir()
    if situation != "new":
        make(before, "earlier")
    if situation == "interrupted":
        interrupt(before)
    if situation == "replaced":
        make(before)
    start_again_from(before, root)
    calls = logged(root, force=situation == "replaced")
    assert repaired_states(before, root, calls, quick_folder / "work") > len(names_in(root / "outputs"))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("is_forced", selected([False, True], 2))
def test_a_power_cut_while_a_killed_run_is_tidied_up(quick_folder: Path, is_forced: bool):
    """Killed while it replaced a run, and the power cut during the next run: a whole run is there yet."""
    before, root, again = (quick_folder / name for name in ("before", "root", "again"))
    before.mkdir()
    final = make(before).folder.name
    start_again_from(before, root)
    disk, kills = ForgetfulDisk(root, before), 0
    for name, arguments, result in logged(root, force=True):
        disk.play(name, arguments, result)
        if f".replaced-{final}" in disk.names_in("outputs"):
            kills += 1
            shutil.rmtree(again, ignore_errors=True)
            after_kill = disk.kill(again)
            for call in logged(again, force=is_forced):
                after_kill.play(*call)
                assert_a_whole_run_is_there(after_kill, final, quick_folder / "work")
    assert kills > 3


def assert_a_whole_run_is_there(disk: ForgetfulDisk, final: str, work: Path) -> None:
    """Cut the power, and check that the run is whole, under its name or set aside to get that back."""
    for keeps_names in (True, False):
        shutil.rmtree(work, ignore_errors=True)
        disk.cut_power(work, keeps_names=keeps_names)
        assert_all_whole(work / "outputs")
        named, aside = (work / "outputs" / f"{prefix}{final}" for prefix in ("", ".replaced-"))
        assert_whole(named if named.exists() else aside)


# Without the sync of what lies above it a run is lost as a whole, which no reader can see.
FORGOTTEN: dict[str, Callable[[Path], bool]] = {
    "the files' syncs": lambda path: path.name.endswith(".part"),
    "the syncs of the run's folders": lambda path: (
        not path.name.endswith(".part") and ".working-" in str(path)
    ),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_the_power_cut_finds_a_missing_sync(quick_folder: Path, forgotten: str):
    """Without the syncs of either kind the same run is found broken, so the test above can fail."""
    before, root = quick_folder / "before", quick_folder / "root"
    before.mkdir()
    start_again_from(before, root)
    calls = logged(root, force=False)
    calls = calls_without_syncs(calls, FORGOTTEN[forgotten])
    with pytest.raises(RunFolderError, match=r"missing or damaged|run\.json is missing"):
        repaired_states(before, root, calls, quick_folder / "work")


def calls_without_syncs(calls: Calls, is_forgotten: Callable[[Path], bool]) -> Calls:
    """Leave out the syncs of some paths; there must be some."""
    opened: dict[int, Path] = {}
    left: Calls = []
    for name, arguments, result in calls:
        if name.startswith("open"):
            opened[result] = arguments[0]
        if name != "sync" or not is_forgotten(opened[arguments[0]]):
            left.append((name, arguments, result))
    assert len(left) < len(calls)
    return left


@pytest.mark.usefixtures("quick")
def test_a_run_is_synced_before_it_has_its_name(tmp_path: Path):
    """Each file is synced before its rename, the folders before the run's, and the parent after it."""
    calls = [(name, arguments, result) for name, arguments, result in logged(tmp_path, force=False)]
    opened: dict[int, Path] = {}
    synced: list[Path] = []
    published = False
    for name, arguments, result in calls:
        if name.startswith("open"):
            opened[result] = arguments[0]
        elif name == "sync":
            synced.append(opened[arguments[0]])
        elif name == "rename" and arguments[0].name.endswith(".part"):
            assert synced[-1] == arguments[0]
        elif name == "rename":
            working = arguments[0]
            assert synced[-2:] == [working / "plots", working]
            published = True
    assert published
    assert synced[-1] == tmp_path / "outputs"
    assert synced[0] == tmp_path  # The folder of all runs was new.


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_users_file_outlasts_a_power_cut(tmp_path: Path, is_there: bool):
    """A file that commands write by name is the old or the new one, and the new one at the end."""
    root, work, log = tmp_path / "root", tmp_path / "work", Log()
    root.mkdir()
    old = {"p.csv": b"old"} if is_there else {}
    for name, content in old.items():
        (root / name).write_bytes(content)
    disk = ForgetfulDisk(root, root)
    with pytest.MonkeyPatch.context() as patched:
        stand_before(log, patched.setattr)
        write_file(root / "p.csv", b"new")
    for call in [None, *log.calls]:
        if call is not None:
            disk.play(*call)
        for keeps_names in (True, False):
            shutil.rmtree(work, ignore_errors=True)
            disk.cut_power(work, keeps_names=keeps_names)
            found = {path.name: path.read_bytes() for path in work.iterdir() if path.suffix != ".part"}
            assert found in (old, {"p.csv": b"new"})
    assert found == {"p.csv": b"new"}


def test_two_who_write_one_file_do_not_mix(tmp_path: Path):
    """While a process writes a user's file, another one writes all of it: the last to end stays."""
    path = tmp_path / "p.csv"

    def meanwhile(name: str, call: Any, *arguments: Any) -> Any:
        if name == "rename" and path not in written:
            written.append(path)
            write_file(path, b"all of the other's content")
        return call(*arguments)

    written: list[Path] = []
    with pytest.MonkeyPatch.context() as patched:
        stand_before(meanwhile, patched.setattr)
        write_file(path, b"the content")
    assert path.read_bytes() == b"the content"
    assert names_in(tmp_path) == ["p.csv"]


@pytest.mark.parametrize("is_link", [True, False])
def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path, is_link: bool):
    """Root may rename a file over /dev/null, and would have taken it from every program of the system."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for write in (write_file, write_whole):
        with pytest.raises(OSError, match="no ordinary file"):
            write(link if is_link else pipe, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert link.is_symlink()
    assert names_in(tmp_path) == ["link", "pipe"]


def test_nothing_goes_past_the_door():
    """In the room of runs no file but the door itself calls what changes the disk."""
    changing = re.compile(
        r"\.(mkdir|unlink|rmdir|rename|replace|touch|write_text|write_bytes|open|symlink_to|chmod)$"
        r"|^os\.(open|write|fsync|close|mkdir|makedirs|remove|unlink|rename|replace|rmdir)$|^open$|^shutil\."
    )
    found = {}
    for path in (ROOT / "regress_cli" / "runs").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {
            ast.unparse(node.func)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and not _changes_nothing(node)
        }
        # What is written into an archive goes to memory first.
        calls = {call for call in calls if not call.startswith("disk.") and call != "archive.open"}
        found[path.name] = {call for call in calls if changing.search(call)}
    assert len(found.pop("disk.py")) > 5
    assert set().union(*found.values()) == set()


# A call that another thread's interrupts has its end in a line of its own, which begins otherwise.
_SYSTEM_CALLS = re.compile(r"\b(mkdir|rename|fsync)\((.*)")


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace, which is not installed")
def test_the_system_is_asked_what_the_door_was_asked(tmp_path: Path):
    """What strace sees a process make, sync and rename below outputs/ is what the door's log of it holds."""
    small_config(tmp_path)
    script = (
        "import sys; sys.path[:0] = sys.argv[1:3]; from door import Log, stand_before; log = Log();"
        "stand_before(log); from regress_cli import load_config, run;"
        "run(load_config('small.yaml', ['plots.pictures=[loss]']));"
        "print(*(name for name, _, _ in log.calls if name in ('make_folder', 'rename', 'sync')))"
    )
    trace = tmp_path / "trace"
    watched = ["strace", "-qq", "-f", "-y", "-o", str(trace), "-e", "trace=mkdir,rename,fsync"]
    python = [sys.executable, "-B", "-c", script, str(ROOT / "tests" / "faults"), str(ROOT)]
    done = subprocess.run([*watched, *python], cwd=tmp_path, capture_output=True, text=True, check=False)
    if "ptrace" in done.stderr:
        pytest.skip(f"strace may not watch processes here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    names = {"mkdir": "make_folder", "rename": "rename", "fsync": "sync"}
    seen = [
        names[match[1]]
        for line in trace.read_text().splitlines()
        if (match := _SYSTEM_CALLS.search(line)) and (match[1] == "fsync" or "outputs" in match[2])
    ]
    assert len(seen) > len(RUN_FILES)
    assert seen == done.stdout.split()


def _changes_nothing(call: ast.Call) -> bool:
    """Whether a call opens a file to read it, or is the replace of a text, which takes two arguments."""
    texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    name = ast.unparse(call.func).rpartition(".")[2]
    return (name == "open" and texts == ["rb"]) or (name == "replace" and len(call.args) == 2)
