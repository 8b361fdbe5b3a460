"""A forked process shuts itself in, before anything of a stranger's reaches it."""

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass

from regress_cli.isolation.limits import confine, lower
from regress_cli.isolation.sealed import privileges, seccomp, system
from regress_cli.isolation.sealed.landlock import Ruleset

_MOST_OPEN = 64


@dataclass(frozen=True)
class Lock:
    """What a process is shut in with.

    Attributes:
        processes: So many processes and threads may its user have; None where nobody can tell how many others
            there are.
        ruleset: What may be opened, None without Landlock.
        is_filtered: Whether system calls are filtered.
        keeps_files: Whether root goes on opening files as root.
    """

    processes: int | None
    ruleset: Ruleset | None
    is_filtered: bool
    keeps_files: bool

    def close(self, memory: int, parent: int) -> None:
        """Shut this process in, for good.

        Args:
            memory: Bytes of memory beyond what is in use now.
            parent: The process that has forked this one; both end together.

        Raises:
            OSError: a part of it does not work here.
        """
        self._limit(memory)
        if sys.platform != "linux":
            return
        privileges.become_stranger(keep_files=self.keeps_files)
        privileges.drop_capabilities()
        # A change of the user forgets it.
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            raise ProcessLookupError
        if self.ruleset is not None:
            self.ruleset.enforce()
        if self.is_filtered:
            seccomp.refuse_all_else()

    def _limit(self, memory: int) -> None:
        import resource

        confine(memory)
        lower(resource.RLIMIT_NOFILE, _MOST_OPEN)
        if self.processes is not None:
            lower(resource.RLIMIT_NPROC, self.processes)
        for name in ("RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE"):
            with suppress(AttributeError):  # Not every system has them.
                lower(getattr(resource, name), 0)


def keep_only(*descriptors: int) -> None:
    """Close every descriptor but standard input, output and error, and those that are named."""
    first = 3
    for descriptor in sorted(descriptors):
        os.closerange(first, descriptor)
        first = max(first, descriptor + 1)
    os.closerange(first, max(os.sysconf("SC_OPEN_MAX"), first))
