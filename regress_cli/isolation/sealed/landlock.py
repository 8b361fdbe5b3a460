"""Landlock: which files a process may open, and for what; whatever is not named it may not."""

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress

from regress_cli.isolation.sealed import system

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 5
_MAKE_REG, _TRUNCATE = 1 << 8, 1 << 14
# How many rights over files each version of Landlock knows, counted from the first.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_BIND_TCP_AND_CONNECT_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
_WITH_NETWORK, _WITH_SCOPES = 4, 6
_RULE_PATH_BENEATH = 1
_VERSION = 1
_O_PATH = 0o10000000


def version() -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    with suppress(OSError, AttributeError, ValueError):
        return system.call(system.LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    return 0


class Ruleset:
    """What may be opened; everything else may not, in whatever process it is put into force.

    Args:
        readable: Files and folders with all beneath them that may be read.
        writable: Devices that may be read and written.
        scratch: A folder in which files may be made, empty for none.

    Attributes:
        descriptor: The system's name for it, which has to stay open until it is in force.

    Raises:
        OSError: the kernel has no Landlock.
    """

    def __init__(self, readable: Iterable[str], writable: Iterable[str], scratch: str) -> None:
        known = version()
        if not known:
            raise OSError(errno.ENOSYS, "the kernel has no Landlock")
        self._rights = (1 << _FILE_RIGHTS.get(known, 16)) - 1
        self.descriptor = self._made(known)
        for path in readable:
            self._allow(path, _READ_FILE | _READ_DIR)
        for path in writable:
            self._allow(path, _READ_FILE | _WRITE_FILE)
        if scratch:
            self._allow(scratch, _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE)

    def enforce(self) -> None:
        """Put it into force in this process, for good; it needs ``no_new_privs`` first.

        Raises:
            OSError: the kernel refuses.
        """
        system.call(system.LANDLOCK_RESTRICT_SELF, self.descriptor, 0)
        os.close(self.descriptor)

    def _made(self, known: int) -> int:
        attributes = struct.pack(
            "=QQQ",
            self._rights,
            _BIND_TCP_AND_CONNECT_TCP if known >= _WITH_NETWORK else 0,
            _ABSTRACT_SOCKETS_AND_SIGNALS if known >= _WITH_SCOPES else 0,
        )
        # A kernel takes fewer fields as they were, and more if they are zero.
        buffer = ctypes.create_string_buffer(attributes, len(attributes))
        return system.call(system.LANDLOCK_CREATE_RULESET, buffer, len(attributes), 0)

    def _allow(self, path: str, rights: int) -> None:
        try:
            beneath = os.open(path, _O_PATH | os.O_CLOEXEC)
        except OSError:  # What is not there need not be allowed.
            return
        try:
            if not stat.S_ISDIR(os.fstat(beneath).st_mode):
                rights &= _READ_FILE | _WRITE_FILE | _EXECUTE | _TRUNCATE
            # A kernel without a right to shorten a file does not take it.
            rule = struct.pack("=Qi", rights & self._rights, beneath)
            buffer = ctypes.create_string_buffer(rule, len(rule))
            system.call(system.LANDLOCK_ADD_RULE, self.descriptor, _RULE_PATH_BENEATH, buffer, 0)
        finally:
            os.close(beneath)
