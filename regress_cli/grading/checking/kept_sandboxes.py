"""Sandboxes that outlive a submission: to make one takes as long as to judge one."""

import atexit
import functools
import multiprocessing.util
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from regress_cli.errors import RegressError
from regress_cli.isolation.sealed import Isolation, Sandbox


@dataclass(frozen=True)
class Kind:
    """What a sandbox is for; one of another kind is never lent in its place.

    Attributes:
        with_autograd: Whether autograd may be imported.
        is_visible: Whether it is for visible checks; what hidden ones have seen stays with their like.
    """

    with_autograd: bool
    is_visible: bool


class KeptSandboxes:
    """The sandboxes of this process, each lent to one submission after the other.

    Between two of them it is empty. One in which an answer ended otherwise than by order is not lent again;
    see `Sandbox.exchange`.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[Isolation, Kind], Sandbox] = {}

    @contextmanager
    def lent(self, isolated: Isolation, files: Mapping[str, bytes], kind: Kind) -> Iterator[Sandbox]:
        """Yield a sandbox that holds a submission's files; nobody else has it in the block."""
        key = isolated, kind
        with ExitStack() as ending:
            if key in self._open:
                sandbox = self._open.pop(key)
                ending.push(sandbox)
            else:
                sandbox = ending.enter_context(Sandbox(isolated, {}, with_autograd=kind.with_autograd))
            sandbox.exchange(files)
            yield sandbox
            # What can't be emptied is ended.
            with suppress(RegressError):
                sandbox.exchange({})
                ending.pop_all()
                self._open[key] = sandbox

    def close(self) -> None:
        """End all of them."""
        with ExitStack() as ending:
            while self._open:
                ending.push(self._open.popitem()[1])


@functools.lru_cache(maxsize=1)
def kept_here() -> KeptSandboxes:
    """Return those of this process, which end with it."""
    kept = KeptSandboxes()
    atexit.register(kept.close)
    # A process that is forked to work ends without what was registered so.
    multiprocessing.util.Finalize(None, kept.close, exitpriority=0)
    return kept
