"""The attempts of the self-test, as a stranger's file would make them: it is run in a sandbox.

Beside it lies ``told.py``, which says what it is after: ``CANARY``, a file outside; ``PARENT``, the process
that grades.
"""

import ctypes
import functools
import importlib
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# Unlike attaching, this stops no one.
_PTRACE_SEIZE = 0x4206
_SYSTEM: Any = ctypes.CDLL(None, use_errno=True)


@functools.cache
def _told() -> Any:
    return importlib.import_module("told")


def _canary() -> Path:
    return Path(_told().CANARY)


def _others() -> tuple[int, int]:
    """Return the process that grades, and the one that has forked this one."""
    return _told().PARENT, os.getppid()


def read_a_file() -> bool:
    """Whether a file outside can be read."""
    return bool(_canary().read_bytes())


def list_a_folder() -> bool:
    """Whether the names in a folder outside can be seen."""
    return any(_canary().parent.iterdir())


def see_processes() -> bool:
    """Whether other processes can be seen."""
    return any(entry.name.isdigit() for entry in Path("/proc").iterdir())


def read_the_environment() -> bool:
    """Whether the environment of the process that grades can be read, or that of the first one here."""
    return any(_succeeds(Path(f"/proc/{process}/environ").read_bytes) for process in (*_others(), 1, "self"))


def write_a_file() -> bool:
    """Whether a file outside can be made or changed."""
    made = _succeeds(lambda: (_canary().parent / "made").write_text("made"))
    return made or _succeeds(lambda: os.close(os.open(_canary(), os.O_WRONLY)))


def change_a_file() -> bool:
    """Whether the mode, the times or the owner of a file outside can be changed, or the file removed."""
    return (
        _succeeds(lambda: _canary().chmod(0o777))
        or _succeeds(lambda: os.utime(_canary(), (1, 1)))
        or _succeeds(lambda: os.chown(_canary(), -1, -1))
        or _succeeds(lambda: _canary().unlink())
    )


def change_the_submission() -> bool:
    """Whether the submission's own files can be changed."""
    return _succeeds(lambda: Path("told.py").write_text("")) or _succeeds(lambda: Path("told.py").unlink())


def open_a_socket() -> bool:
    """Whether there is a way to the network, or to a program that listens here."""
    kinds = [(socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM)]
    kinds.append((socket.AF_UNIX, socket.SOCK_STREAM))
    return any(_succeeds(lambda kind=kind: socket.socket(*kind).close()) for kind in kinds)


def fork() -> bool:
    """Whether another process can be made."""
    if os.fork() == 0:
        os._exit(0)
    return True


def execute() -> bool:
    """Whether another program can be run; if it is, there is no answer."""
    os.execv(sys.executable, [sys.executable, "-c", ""])  # noqa: S606 - that it fails is the point.


def signal_others() -> bool:
    """Whether a signal may be sent to the process that grades, to the one that forked this one, or to all."""
    return any(_succeeds(lambda to=to: os.kill(to, 0)) for to in (*_others(), 1, -1))


def look_into_others() -> bool:
    """Whether another process can be traced."""
    return any(_SYSTEM.ptrace(_PTRACE_SEIZE, to, 0, 0) == 0 for to in _others())


def mount() -> bool:
    """Whether a file system can be mounted, or a link made to elsewhere."""
    scratch = Path("/tmp")  # noqa: S108 - it is the sandbox's own, or can't be written.
    is_mounted = _SYSTEM.mount(b"none", str(scratch).encode(), b"tmpfs", 0, None) == 0
    return is_mounted or _succeeds(lambda: (scratch / "link").symlink_to(_canary()))


def become_root() -> bool:
    """Whether it can become another user, or go to a world of its own."""
    return _succeeds(lambda: os.setuid(0)) or _SYSTEM.unshare(0x10000000) == 0


def differentiate() -> bool:
    """Whether a library that differentiates can be imported, or regress's own answers."""
    return any(map(_can_import, ("autograd.tracer", "regress_cli.gradients", "sympy", "scipy", "jax")))


PROBES: tuple[Callable[[], bool], ...] = (
    read_a_file,
    list_a_folder,
    see_processes,
    read_the_environment,
    write_a_file,
    change_a_file,
    change_the_submission,
    open_a_socket,
    fork,
    signal_others,
    look_into_others,
    mount,
    become_root,
    differentiate,
    execute,
)


def attempts() -> list[bool]:
    """Return which attempts succeed, in the order of `PROBES`."""
    return [_succeeds(probe, by_its_word=True) for probe in PROBES]


def works() -> bool:
    """Whether an honest answer finds what it needs: NumPy, Python's library, its neighbours, a thread."""
    thread = threading.Thread(target=json.dumps, args=({},))
    thread.start()
    thread.join()
    return bool(np.allclose(np.linalg.solve(np.eye(3) * 2, np.ones(3)), 0.5))


def _succeeds(attempt: Callable[[], Any], *, by_its_word: bool = False) -> bool:
    try:
        result = attempt()
    except (OSError, ImportError, PermissionError):
        return False
    return bool(result) if by_its_word else True


def _can_import(name: str) -> bool:
    return _succeeds(lambda: __import__(name))
