"""Each call to the disk fails once, in turn: the promise about run folders holds every time."""

import errno
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from door import stand_before
from promise import assert_all_whole, assert_whole, content_of
from quick_runs import interrupt, make, quick, quick_folder, slow_clock, start_again_from
from shell import RUN_FILES, names_in

from regress_cli.errors import LimitReached, RegressError, RunFolderError
from regress_cli.runs.durable import write_file

__all__ = ["quick", "quick_folder", "slow_clock"]

Fail = Callable[..., Any]


def refused(number: int) -> Fail:
    """Return a call that is refused with an error."""

    def fail(call: Callable[..., Any], *arguments: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


def failing_late(number: int) -> Fail:
    """Return a call that is made, and ends with an error all the same."""

    def fail(call: Callable[..., Any], *arguments: Any) -> Any:
        call(*arguments)
        raise OSError(number, os.strerror(number))

    return fail


def short(call: Callable[..., Any], descriptor: int, content: memoryview) -> int:
    """Write half of it, as the system may at any time."""
    return call(descriptor, content[: (len(content) + 1) // 2])


def full_half_way(call: Callable[..., Any], descriptor: int, content: memoryview) -> int:
    """Write half of it, and have no room for the rest."""
    short(call, descriptor, content)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# What can happen to each call, and the refusal it may end in.
FAULTS: dict[str, tuple[str, Fail, type[RegressError]]] = {
    "no folder for want of room": ("make_folder", refused(errno.ENOSPC), LimitReached),
    "no permission for a folder": ("make_folder", refused(errno.EACCES), RunFolderError),
    "too many open files": ("open_new", refused(errno.EMFILE), LimitReached),
    "a read-only file system": ("open_new", refused(errno.EROFS), RunFolderError),
    "a folder that can't be opened": ("open_folder", refused(errno.EMFILE), LimitReached),
    "a place that can't be opened": ("open_place", refused(errno.ENFILE), LimitReached),
    "a full disk": ("write", full_half_way, LimitReached),
    "a full quota": ("write", refused(errno.EDQUOT), LimitReached),
    "a disk that fails": ("write", refused(errno.EIO), LimitReached),
    "a short write": ("write", short, LimitReached),
    "a failing sync": ("sync", refused(errno.EIO), LimitReached),
    "a failing close": ("close", failing_late(errno.EIO), LimitReached),
    "no permission for a name": ("rename", refused(errno.EACCES), RunFolderError),
    "a failing rename": ("rename", refused(errno.EIO), LimitReached),
    "a file that stays": ("remove_file", refused(errno.EIO), LimitReached),
    "a folder that stays": ("remove_tree", refused(errno.EIO), LimitReached),
}
ALIKE_FAULTS = {
    *("no permission for a folder", "a read-only file system", "a full quota", "a disk that fails"),
    *("a short write", "no permission for a name"),
}


def a_new_run(folder: Path) -> None:
    """Leave the place as it is."""


def an_interrupted_run(folder: Path) -> None:
    """Leave a checkpoint."""
    interrupt(folder)


def a_finished_run(folder: Path) -> None:
    """Leave a run to be replaced."""
    make(folder)


def a_killed_run(folder: Path) -> None:
    """Leave a run that was killed while it was written."""
    interrupt(folder)
    [working] = (folder / "outputs").glob(".working-*")
    (working / "plots").mkdir()
    (working / "plots" / "loss.png").write_bytes(b"half a pic")


SITUATIONS = [a_new_run, an_interrupted_run, a_finished_run]


class OneFault:
    """Lets the n-th call of a name fail, and all others pass."""

    def __init__(self, name: str, number: int, fail: Fail) -> None:
        self.name, self.number, self.left, self.fail = name, number, number, fail

    @property
    def has_happened(self) -> bool:
        """Whether there were that many calls."""
        return self.left <= 0

    def __call__(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make the call, or let it fail."""
        self.left -= name == self.name
        if self.left == 0 and name == self.name:
            return self.fail(call, *arguments)
        return call(*arguments)


def faults_in_turn(name: str, fail: Fail) -> Iterator[OneFault]:
    """Yield a fault at the first call of a name, then at the second, until there are no more calls."""
    for number in count(1):
        fault = OneFault(name, number, fail)
        yield fault
        if not fault.has_happened:
            return


def prepare(template: Path, situation: Callable[[Path], None]) -> None:
    """Make an earlier run, and then the situation."""
    template.mkdir()
    make(template, "earlier")
    situation(template)


# Of faults that regress can't tell apart, the first alone is tried in every other situation every day.
CASES = [
    pytest.param(fault, situation, marks=[pytest.mark.full] if is_like_others or (i + j) % 2 else [])
    for i, fault in enumerate(FAULTS)
    if fault != "a folder that stays"
    for j, situation in enumerate(SITUATIONS)
    for is_like_others in [fault in ALIKE_FAULTS and j > 0]
]
# A folder is removed only where there is one: what a killed process left, or the predecessor.
CASES += [("a folder that stays", a_killed_run), ("a folder that stays", a_finished_run)]
# Half a write is followed by the other half; a run is finished, though its predecessor can't be removed.
_NEVER_REFUSED = {
    *(("a short write", situation) for situation in SITUATIONS),
    ("a folder that stays", a_finished_run),
}


@pytest.mark.parametrize(("fault", "situation"), CASES)
def test_whichever_call_fails_the_promise_holds(quick_folder: Path, fault: str, situation):
    """What has a final name is whole, one clear refusal is told, nothing is left, and later it works."""
    name, fail, refusal = FAULTS[fault]
    force = situation is a_finished_run
    template, folder = quick_folder / "template", quick_folder / "work"
    prepare(template, situation)
    start_again_from(template, folder)
    make(folder, force=force)
    outputs = folder / "outputs"
    [earlier, final] = names_in(outputs)
    expected = {run: content_of(outputs / run) for run in (earlier, final)}
    refusals = 0
    for one_fault in faults_in_turn(name, fail):
        start_again_from(template, folder)
        with pytest.MonkeyPatch.context() as patched:
            stand_before(one_fault, patched.setattr)
            try:
                make(folder, force=force)
            except refusal as error:
                refusals += 1
                assert_one_clear_message(error)
                assert_little_is_left(outputs, name)
                if situation is an_interrupted_run and not (outputs / final).exists():
                    assert_a_checkpoint_is_left(outputs, name)
            else:
                made = content_of(outputs / final)
                if name == "remove_file":  # What can't be removed does no harm; the next run tries again.
                    made.pop("checkpoint", None)
                assert made == expected[final]
        assert_all_whole(outputs)
        assert content_of(outputs / earlier) == expected[earlier]
        assert not force or (outputs / final).exists()
        make(folder)
        assert {run: content_of(outputs / run) for run in names_in(outputs)} == expected
    # What is tried in vain would prove nothing.
    assert one_fault.number > 1, f"no call of {name}"
    assert refusals or (fault, situation) in _NEVER_REFUSED


def assert_one_clear_message(error: RegressError) -> None:
    """Check that a refusal says what is wrong, and what to do."""
    [message] = error.messages
    problem, remedy = message.rsplit("; ", 1)
    assert problem.count("can't") == 1 or "may not outlast a power cut" in problem
    assert remedy


def assert_little_is_left(outputs: Path, failed: str) -> None:
    """Check that of an unfinished run there is a checkpoint or nothing."""
    for hidden in outputs.glob(".working-*"):
        if failed == "open_place":
            # A process that could not lock the folder must not remove it: another one may hold it by now.
            assert names_in(hidden) in ([], ["checkpoint"])
        elif not failed.startswith("remove"):
            assert names_in(hidden) == ["checkpoint"]


def assert_a_checkpoint_is_left(outputs: Path, failed: str) -> None:
    """Check that what was trained is not lost, whatever failed."""
    [working] = outputs.glob(".working-*")
    assert "checkpoint" in names_in(working), failed


@pytest.mark.usefixtures("quick")
def test_a_checkpoint_outlives_a_full_disk(tmp_path: Path):
    """Wherever the disk is full while a run goes on from a checkpoint, one stays to go on from."""
    template, folder = tmp_path / "template", tmp_path / "work"
    prepare(template, an_interrupted_run)
    messages = []
    for one_fault in faults_in_turn("write", full_half_way):
        start_again_from(template, folder)
        with pytest.MonkeyPatch.context() as patched:
            stand_before(one_fault, patched.setattr)
            try:
                make(folder)
            except LimitReached as error:
                messages.append(str(error))
                [working] = (folder / "outputs").glob(".working-*")
                assert names_in(working) == ["checkpoint"]
    assert len(messages) >= len(RUN_FILES)
    assert all("No space left on device; make room on the disk" in message for message in messages)


class SyncFailsAfter:
    """Lets every sync fail once a folder has its final name."""

    def __init__(self) -> None:
        self.is_published = False

    def __call__(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make the call, or let it fail."""
        if name == "sync" and self.is_published:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        result = call(*arguments)
        if name == "rename" and arguments[0].name.startswith(".working-"):
            self.is_published = True
        return result


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_name_that_may_be_lost_is_told(tmp_path: Path, situation):
    """When the last sync fails the run is there and whole, but the refusal says what a power cut may do."""
    folder = tmp_path / "work"
    prepare(folder, situation)
    with pytest.MonkeyPatch.context() as patched:
        stand_before(SyncFailsAfter(), patched.setattr)
        with pytest.raises(LimitReached, match="is finished, but it may not outlast a power cut") as refusal:
            make(folder, force=True)
    assert_one_clear_message(refusal.value)
    final = make(folder).folder
    assert_whole(final)
    assert names_in(final.parent)[1:] == [final.name]


_MADE_FOR_A_FILE = ("open_new", "open_folder", "write", "sync", "close", "rename")


@pytest.mark.parametrize("fault", [fault for fault, (name, *_) in FAULTS.items() if name in _MADE_FOR_A_FILE])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_users_file_is_the_old_or_the_new(tmp_path: Path, fault: str, is_there: bool):
    """A file that commands write by name is whole after any fault, and nothing lies beside it."""
    name, fail, _ = FAULTS[fault]
    path = tmp_path / "p.csv"
    refusals = 0
    for one_fault in faults_in_turn(name, fail):
        path.unlink(missing_ok=True)
        if is_there:
            path.write_bytes(b"old")
        with pytest.MonkeyPatch.context() as patched:
            stand_before(one_fault, patched.setattr)
            try:
                write_file(path, b"new content")
            except OSError:
                refusals += 1
                if name not in ("open_folder", "sync", "close"):  # Those follow the rename as well.
                    assert path.exists() == is_there
                    assert not is_there or path.read_bytes() == b"old"
                elif path.exists():
                    assert path.read_bytes() in ((b"old", b"new content") if is_there else (b"new content",))
            else:
                assert path.read_bytes() == b"new content"
        assert set(names_in(tmp_path)) <= {"p.csv"}
    assert refusals or fault == "a short write"
