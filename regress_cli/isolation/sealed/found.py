"""Which tier holds here: the best one in whose sandbox every attempt of the self-test fails."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.errors import LimitReached, UserError
from regress_cli.isolation.limits import Limits
from regress_cli.isolation.process import CANNOT_START, MAKE_ROOM
from regress_cli.isolation.reply import Failure
from regress_cli.isolation.sealed import bubblewrap, landlock
from regress_cli.isolation.sealed.bundle import loader_of
from regress_cli.isolation.sealed.sandbox import Sandbox
from regress_cli.isolation.sealed.tier import TIERS, Isolation, Tier
from regress_cli.text import did_you_mean, printable, quoted

_PROBES = "regress_cli.isolation.sealed.probes"
_SELF_TEST = Limits(seconds=20.0)
_INSTALLERS = {
    "apt-get": "apt-get install bubblewrap",
    "dnf": "dnf install bubblewrap",
    "pacman": "pacman -S bubblewrap",
    "zypper": "zypper install bubblewrap",
    "apk": "apk add bubblewrap",
}
# Switches of kernels that keep bubblewrap from working, with what they read then.
_SWITCHES = {
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "user/max_user_namespaces": ("0", "10000"),
}


class _DoesNotHold(Exception):
    """Why a tier can't be used here, and what helps."""


def find_isolation(only: Tier | None = None) -> Isolation:
    """Return the best tier that holds here and now.

    A tier is never taken by its version or by what the system says of itself: a real sandbox is made, and
    real attempts to do harm are made in it.

    Args:
        only: Look at this tier alone.

    Raises:
        UserError: that tier does not hold, or there is none of that name.
    """
    if only is not None and only not in TIERS:
        raise UserError(f"{quoted(only)} is no tier of isolation; {did_you_mean(only, TIERS)}")
    reasons: list[str] = []
    for tier in TIERS if only is None else (only,):
        try:
            return _held(tier, "; ".join(reasons))
        except _DoesNotHold as error:
            reasons.append(f"not {tier}: {error}")
    raise UserError("; ".join(reasons))


def _held(tier: Tier, remedy: str) -> Isolation:
    """Return a tier that passes its self-test.

    Raises:
        _DoesNotHold: it does not.
    """
    if tier == "limits":
        _try(Isolation("limits"), has_harm=False)
        return Isolation("limits", "limits: time, memory and processes only; nothing is shut in", remedy)
    if sys.platform != "linux":
        raise _DoesNotHold("only Linux can shut a process in like this; use Linux, or a container of it")
    program = bubblewrap.program() if tier == "sealed" else ""
    if program is None:
        raise _DoesNotHold(f"bubblewrap is not installed; {_how_to_install()}")
    version = landlock.version()
    if tier == "locked" and not version:
        raise _DoesNotHold("the kernel has no Landlock; use Linux 5.13 or later with it switched on")
    count = _try(Isolation(tier, program=program), has_harm=True)
    parts = [bubblewrap.version_of(program)] if program else []
    parts += [f"Landlock {version}"] if version else []
    return Isolation(
        tier, f"{tier}: {', '.join([*parts, 'seccomp'])}; self-test {count} of {count}", remedy, program
    )


def _try(isolated: Isolation, *, has_harm: bool) -> int:
    """Try a tier in a real sandbox, and return how many attempts failed, which is all of them.

    Raises:
        _DoesNotHold: one succeeded, or an honest answer does not work.
    """
    with tempfile.TemporaryDirectory(prefix="regress-") as folder:
        canary = Path(folder) / "canary"
        canary.write_text("canary")
        before = canary.stat()
        told = f"CANARY, PARENT = {str(canary)!r}, {os.getpid()}\n"
        files = {"probes.py": _text_of_probes(), "told.py": told.encode()}
        try:
            with Sandbox(isolated, files) as sandbox:
                _expect_to_work(sandbox)
                count = _expect_no_harm(sandbox) if has_harm else 0
        except LimitReached as error:
            reason = error.messages[0].removeprefix(f"{CANNOT_START}: ").removesuffix(f"; {MAKE_ROOM}")
            raise _DoesNotHold(reason + _what_helps(isolated.tier)) from error
        if [path.name for path in canary.parent.iterdir()] != ["canary"] or canary.stat() != before:
            raise _DoesNotHold("a file outside of the sandbox was changed; use another system")
        return count


def _expect_to_work(sandbox: Sandbox) -> None:
    with sandbox.answer("probes.py", "works", _SELF_TEST) as answer:
        reply = answer.call({})
    if isinstance(reply, Failure):
        raise _DoesNotHold(f"an honest answer does not work in it: {reply.message}")
    if not np.array_equal(np.asarray(reply.gradient), True):
        raise _DoesNotHold("an honest answer gets wrong numbers in it; use another Python")


def _expect_no_harm(sandbox: Sandbox) -> int:
    from regress_cli.isolation.sealed import probes

    names = [probe.__name__ for probe in probes.PROBES]
    with sandbox.answer("probes.py", "attempts", _SELF_TEST) as answer:
        reply = answer.call({})
    if isinstance(reply, Failure):
        raise _DoesNotHold(f"the self-test does not come to its end: {reply.message}")
    harm: Any = np.asarray(reply.gradient)
    if harm.shape != (len(names),):
        raise _DoesNotHold("the self-test does not tell what happened; use another system")
    done = [name.replace("_", " ") for name, is_done in zip(names, harm, strict=True) if is_done]
    if done:
        raise _DoesNotHold(f"what is inside can {', '.join(done)}; use another system")
    return len(names)


def _text_of_probes() -> bytes:
    return loader_of(_PROBES).get_source(_PROBES).encode()


def _how_to_install() -> str:
    for program, command in _INSTALLERS.items():
        if shutil.which(program):
            return command
    return "install it"


def _what_helps(tier: Tier) -> str:
    """Return the command that lets bubblewrap work, if a switch of the kernel keeps it from working."""
    if tier != "sealed" or os.geteuid() == 0:
        return ""
    for name, (reading, better) in _SWITCHES.items():
        path = Path("/proc/sys") / name
        try:
            is_so = path.read_text().strip() == reading
        except OSError:
            continue
        if is_so:
            return f"; sysctl -w {printable(name.replace('/', '.'))}={better}"
    return ""
