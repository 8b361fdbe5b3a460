"""System calls that Python has no name for, through ctypes.

The packages that wrap Landlock and seccomp (landlock, py-landlock, pyseccomp) are pre-releases without
maintenance, or need a library of the system; what is called here takes a few lines.
"""

import ctypes
import functools
import os
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

# The same on every machine of 64 bits but for capset.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446


@functools.cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: Any) -> int:
    """Make a system call by its number.

    Raises:
        OSError: the system refuses.
    """
    return _checked(_libc().syscall(ctypes.c_long(number), *map(_argument, arguments)))


def prctl(option: int, *arguments: int) -> int:
    """Change what the system knows of this process.

    Raises:
        OSError: the system refuses.
    """
    padded = [*arguments, 0, 0, 0, 0][:4]
    return _checked(_libc().prctl(ctypes.c_int(option), *map(ctypes.c_ulong, padded)))


def capset(header: Any, data: Any) -> None:
    """Set the capabilities of this process.

    Raises:
        OSError: the system refuses.
    """
    _checked(_libc().capset(header, data))


def _argument(value: Any) -> Any:
    return ctypes.c_long(value) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
