"""Standing before the one door to the disk: every call of a run can be counted, refused, or be its last."""

from collections.abc import Callable
from functools import partial
from typing import Any

from regress_cli.runs.disk import Disk, disk

CALLS = [name for name in vars(Disk) if not name.startswith("_")]

# Takes the name of a call, the call itself and its arguments, and does in its place what it likes.
Hook = Callable[..., Any]
# Puts an attribute in place: setattr, or that of pytest's monkeypatch, which takes it back.
Put = Callable[[object, str, object], None]


def stand_before(hook: Hook, put: Put = setattr) -> None:
    """Let every call go through the hook."""
    for name in CALLS:
        put(disk, name, partial(hook, name, getattr(disk, name)))


class Log:
    """Lets every call pass, and keeps its name, its arguments and what it returned."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], Any]] = []

    def __call__(self, name: str, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make the call."""
        # A view of bytes is gone once they are written.
        kept = tuple(bytes(item) if isinstance(item, memoryview) else item for item in arguments)
        result = call(*arguments)
        self.calls.append((name, kept, result))
        return result

    def count(self, name: str) -> int:
        """Return how often a call was made."""
        return sum(called == name for called, _, _ in self.calls)
