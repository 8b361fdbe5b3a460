"""The arguments of bubblewrap: a system in which there is Python, NumPy, the file, and nothing else."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from regress_cli.isolation.sealed.visible import Visible

# Where things appear inside.
SUBMISSION = "/submission"
PACKAGES = "/packages"
SCRATCH = "/tmp"  # noqa: S108 - it is a folder of the sandbox's own.

# So much may be written to the folder for passing files, in bytes.
MOST_SCRATCH = 16 << 20
DEVICES = (Path("/dev/null"), Path("/dev/urandom"))
_ASK_SECONDS = 10.0
# Root needs no user namespace, and keeps what the forked ones give up: to become others, and to end them.
_OF_ROOT = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")


def program() -> str | None:
    """Return bubblewrap's path, None if there is none."""
    return shutil.which("bwrap")


def version_of(bwrap: str) -> str:
    """Return what bubblewrap calls itself, such as ``bubblewrap 0.8.0``."""
    try:
        told = subprocess.run(  # noqa: S603 - the program that is used later on.
            [bwrap, "--version"], capture_output=True, timeout=_ASK_SECONDS, check=False, text=True
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return "bubblewrap"
    return told.strip()[:60] or "bubblewrap"


def arguments(seen: Visible, submission: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield bubblewrap's arguments up to the command.

    Args:
        seen: What of this system appears inside.
        submission: The folder with the files that are to be run.
        environment: All variables of the command.
    """
    yield from _namespaces()
    for folder in ("/usr", "/usr/lib", "/etc", "/dev", "/python", PACKAGES):
        yield from ("--perms", "0755", "--dir", folder)
    for device in DEVICES:
        yield from ("--dev-bind", str(device), str(device))
    yield from _libraries(seen)
    # Links to libraries lie in the second, on some systems.
    for path in (str(seen.cache), "/etc/alternatives"):
        yield from ("--ro-bind-try", path, path)
    yield from ("--ro-bind", str(seen.executable), str(seen.neutral(seen.executable)))
    for folder in (*seen.packages.values(), *seen.companions):
        yield from ("--ro-bind", str(folder), f"{PACKAGES}/{folder.name}")
    yield from ("--ro-bind", str(submission), SUBMISSION)
    yield from ("--perms", "1777", "--size", str(MOST_SCRATCH), "--tmpfs", SCRATCH)
    yield from ("--remount-ro", "/", "--chdir", SUBMISSION, "--clearenv")
    for name, value in environment.items():
        yield from ("--setenv", name, value)


def environment_of(seen: Visible) -> dict[str, str]:
    """Return the variables that Python needs inside."""
    if seen.belongs_to_the_system:
        return {}
    # Its shared library was put where its program looks for it, which is elsewhere here.
    return {"LD_LIBRARY_PATH": str(seen.neutral(seen.prefix / "lib"))}


def _namespaces() -> Iterator[str]:
    for kind in ("pid", "net", "ipc", "uts", "cgroup-try"):
        yield f"--unshare-{kind}"
    yield from ("--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
    if os.geteuid() == 0:
        for capability in _OF_ROOT:
            yield from ("--cap-add", capability)
    else:
        yield from ("--unshare-user", "--disable-userns")


def _libraries(seen: Visible) -> Iterator[str]:
    for folder in seen.libraries:
        place = seen.neutral(folder)
        for parent in reversed(place.parents[:-1]):
            yield from ("--perms", "0755", "--dir", str(parent))
        yield from ("--ro-bind", str(folder), str(place))
    for folder in seen.hidden():
        yield from ("--perms", "0755", "--tmpfs", str(seen.neutral(folder)))
        yield from ("--remount-ro", str(seen.neutral(folder)))
    # As links on this system, such as /lib to usr/lib.
    for name in ("/lib", "/lib64"):
        if Path(name).is_symlink():
            yield from ("--symlink", str(Path(name).readlink()), name)
