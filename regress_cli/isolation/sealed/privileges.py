"""What a process gives up: capabilities, its user, and the way to new rights."""

import ctypes
import os
import struct
from contextlib import suppress

from regress_cli.isolation.sealed import system

_CAPABILITY_VERSION = 0x20080522
# Users that no system gives to anyone, and the usual one without rights where there are none such.
_FIRST_STRANGER, _STRANGERS = 0x60000000, 1 << 28
_NOBODY = 65534


def become_stranger(*, keep_files: bool) -> None:
    """Become a user of one's own, if this is root; each process that does so is another one.

    Processes and threads are counted by user: no one else's count against those of this process.

    Args:
        keep_files: Go on opening files as root, so that a Python in root's own folder can be read; what else
            root may do goes with the capabilities.

    Raises:
        OSError: the system refuses.
    """
    if os.getuid() != 0:
        return
    os.setgroups([])
    stranger = _FIRST_STRANGER + int.from_bytes(os.urandom(4)) % _STRANGERS
    try:
        _become(stranger, keep_files=keep_files)
    except OSError:  # A container may know no such users.
        _become(_NOBODY, keep_files=keep_files)


def drop_capabilities() -> None:
    """Give up every capability, and the way to regain one.

    Raises:
        OSError: the system refuses.
    """
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    with suppress(OSError):  # Kernels before 4.3 have none.
        system.prctl(system.PR_CAP_AMBIENT, system.PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION, 0), 8)
    system.capset(header, ctypes.create_string_buffer(24))


def _become(user: int, *, keep_files: bool) -> None:
    effective = 0 if keep_files else user
    os.setresgid(user, effective, effective)
    os.setresuid(user, effective, effective)
