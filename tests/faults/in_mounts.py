"""What needs a disk of its own; run by test_no_room.py in a process whose mounts nobody else sees.

Arguments: the name of a function below, and a folder to mount on. Prints "held"; any other end is a fault,
but for the code of EPERM, which says that this process may not mount.
"""

import errno
import subprocess
import sys
from pathlib import Path

from promise import assert_whole, content_of
from shell import call, names_in, small_config

_SIZES = (16, 32, 48, 64, 96, 128, 160, 1024)


def small_disk(folder: Path) -> None:
    """Make a run on a disk with no room, then with a little more, until it is made."""
    config = small_config(folder)
    arguments = ("run", config, "plots.pictures=[loss]", "training.checkpoint_seconds=1000", "--out")
    disk = folder / "disk"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={_SIZES[0]}k", "tmpfs", str(disk))
    codes = []
    for size in _SIZES:
        _mount("-o", f"remount,size={size}k", str(disk))
        answer = call(*arguments, disk / "outputs")
        codes.append(answer.exit_code)
        if answer.exit_code == 5:
            assert "No space left on device; make room on the disk" in answer.stderr, answer.stderr
            assert names_in(disk) == []
    assert codes[0] == 5, codes
    assert codes[-1] == 0, codes
    [run] = (disk / "outputs").iterdir()
    assert_whole(run)
    assert call(*arguments, folder / "outputs").exit_code == 0
    assert content_of(run) == content_of(folder / "outputs" / run.name)


def read_only_disk(folder: Path) -> None:
    """Look for a run and make another where nothing can be written."""
    config = small_config(folder)
    disk = folder / "disk"
    assert call("run", config, "--out", disk / "outputs").exit_code == 0
    (disk / "outputs" / ".replaced-small").mkdir()
    _mount("--bind", str(disk), str(disk))
    _mount("-o", "remount,bind,ro", str(disk))
    found = call("run", config, "--out", disk / "outputs")
    assert found.exit_code == 0, found.stderr
    refused = call("run", config, "seed=1", "--out", disk / "outputs")
    assert refused.exit_code == 2, refused.stderr
    assert "Read-only file system; remove it, or choose another folder with --out" in refused.stderr
    assert refused.stderr.count("\n") == 1


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr)
        sys.exit(errno.EPERM)


if __name__ == "__main__":
    {"small_disk": small_disk, "read_only_disk": read_only_disk}[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.write("held\n")
