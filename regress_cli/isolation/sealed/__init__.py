"""A sandbox: a stranger's file can turn inputs into arrays in it, and do nothing else.

parent    found.py         which tier holds here, by a self-test
          probes.py        the attempts of the self-test
          sandbox.py       one submission's files, and one answer after the other
          zygote.py        start the warm process, give it orders, end it
          bubblewrap.py    the arguments of the tier that is sealed
          visible.py       what of this system is to be seen inside
          bundle.py        regress's own modules, sent as bytes
          tier.py          the tiers
between   orders.py        orders and reports
inside    boot.py          import what was sent
          forking.py       the warm process, which forks one for each answer
          ending.py        the end of a process and of all that it has started
          stand_in.py      an autograd that differentiates nothing
          lock.py          how a forked process shuts itself in:
          privileges.py    without capabilities, as another user,
          landlock.py      with few files,
          seccomp.py       and few system calls, which are listed in
          syscalls.py
          system.py        system calls by ctypes
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regress_cli.isolation.sealed.found import find_isolation
    from regress_cli.isolation.sealed.sandbox import Sandbox
    from regress_cli.isolation.sealed.tier import TIERS, Isolation, Tier

__all__ = ["TIERS", "Isolation", "Sandbox", "Tier", "find_isolation"]

_HOMES = {
    "Isolation": "regress_cli.isolation.sealed.tier",
    "Sandbox": "regress_cli.isolation.sealed.sandbox",
    "TIERS": "regress_cli.isolation.sealed.tier",
    "Tier": "regress_cli.isolation.sealed.tier",
    "find_isolation": "regress_cli.isolation.sealed.found",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
