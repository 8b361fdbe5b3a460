"""The filter for system calls: what is not on the list gives EPERM, for this process and for good."""

import ctypes
import errno
import functools
import os
import platform
import struct
from collections.abc import Iterable

from regress_cli.isolation.sealed import system
from regress_cli.isolation.sealed.syscalls import ARCHITECTURES, X32, allowed, conditional

# Instructions of the kernel's filter language: load a word, compare, and leave.
_LOAD, _IS_EQUAL, _IS_AT_LEAST, _AND, _LEAVE = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EPERM
_NO_SUCH_CALL = 0x00050000 | errno.ENOSYS
# Where the number, the machine and the arguments' lower halves lie in what the filter is given.
_NUMBER, _MACHINE = 0, 4
_FIRST, _SECOND = 16, 24
_LITTLE = 0xFFFFFFFF

_SECCOMP_MODE_FILTER = 2
# A thread shares all with its process; a namespace of its own is none.
_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020080
# Duplicate, and read or set the flags of a descriptor; not to whom signals about it are sent.
_FCNTL = (0, 1, 2, 3, 4, 1030)
# Whether it is a terminal, how wide, how much is there, whether it blocks or is inherited.
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# The name of a thread, and of a piece of memory.
_PRCTL = (15, 16, 0x53564D41)

_INSTRUCTION = struct.Struct("=HBBI")
_Instruction = tuple[int, int, int, int]


def refuse_all_else() -> None:
    """Let this process make the calls of the list only; it needs ``no_new_privs`` first.

    Raises:
        OSError: the kernel does not take a filter, or the machine is none of those that are known.
    """
    content = program(platform.machine(), os.getpid())
    buffer = ctypes.create_string_buffer(content, len(content))
    head = struct.pack("@HP", len(content) // _INSTRUCTION.size, ctypes.addressof(buffer))
    descriptor = ctypes.create_string_buffer(head, len(head))
    system.prctl(system.PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(descriptor))


def program(machine: str, process: int) -> bytes:
    """Return the filter for a process on a kind of machine.

    Raises:
        OSError: the machine is not known.
    """
    numbers = conditional(machine) if machine in ARCHITECTURES else {}
    made = _same_for_all(machine)
    made += _packed(_when(numbers["kill"], _only(_FIRST, [process])))
    made += _packed(_when(numbers["tgkill"], _only(_FIRST, [process])))
    made += _packed(_when(numbers["prlimit64"], _only(_FIRST, [0, process])))
    return made + _packed([(_LEAVE, 0, 0, _REFUSE)])


@functools.cache
def _same_for_all(machine: str) -> bytes:
    """Return the part of the filter that is the same for every process."""
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    made = [(_LOAD, 0, 0, _MACHINE), (_IS_EQUAL, 1, 0, ARCHITECTURES[machine]), (_LEAVE, 0, 0, _REFUSE)]
    made.append((_LOAD, 0, 0, _NUMBER))
    if machine == "x86_64":
        made += [(_IS_AT_LEAST, 0, 1, X32), (_LEAVE, 0, 0, _REFUSE)]
    for number in allowed(machine):
        made += _when(number, [(_LEAVE, 0, 0, _ALLOW)])
    numbers = conditional(machine)
    made += _when(numbers["clone"], _only_threads())
    # glibc takes clone where there is no clone3, whose flags lie where a filter can't see them.
    made += _when(numbers["clone3"], [(_LEAVE, 0, 0, _NO_SUCH_CALL)])
    made += _when(numbers["fcntl"], _only(_SECOND, _FCNTL))
    made += _when(numbers["ioctl"], _only(_SECOND, _IOCTL))
    made += _when(numbers["prctl"], _only(_FIRST, _PRCTL))
    return _packed(made)


def _packed(instructions: Iterable[_Instruction]) -> bytes:
    return b"".join(_INSTRUCTION.pack(*each) for each in instructions)


def _when(number: int, then: list[_Instruction]) -> list[_Instruction]:
    return [(_IS_EQUAL, 0, len(then), number), *then]


def _only(argument: int, values: Iterable[int]) -> list[_Instruction]:
    """Allow the call if an argument has one of some values, all of which fit in 32 bits."""
    made: list[_Instruction] = [(_LOAD, 0, 0, argument)]
    for value in values:
        made += [(_IS_EQUAL, 0, 1, value & _LITTLE), (_LEAVE, 0, 0, _ALLOW)]
    return [*made, (_LEAVE, 0, 0, _REFUSE)]


def _only_threads() -> list[_Instruction]:
    return [
        (_LOAD, 0, 0, _FIRST),
        (_AND, 0, 0, _CLONE_THREAD | _CLONE_NAMESPACES),
        (_IS_EQUAL, 0, 1, _CLONE_THREAD),
        (_LEAVE, 0, 0, _ALLOW),
        (_LEAVE, 0, 0, _REFUSE),
    ]
