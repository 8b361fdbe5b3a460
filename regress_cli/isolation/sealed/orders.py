"""What passes between the parent and the process that forks: orders and reports of a fixed size."""

import struct
from dataclasses import dataclass
from typing import Any

from regress_cli.isolation.frames import ProtocolError

START, END = 1, 2
READY, ENDED, FAILED = 3, 4, 5
_ORDER = struct.Struct("<4sBdq")
_REPORT = struct.Struct("<4sBqB")
_MARK = b"rgz\x01"

ORDER_SIZE, REPORT_SIZE = _ORDER.size, _REPORT.size


@dataclass(frozen=True)
class Order:
    """What the parent wants.

    Attributes:
        kind: To start a process, or to end the one that there is.
        seconds: The longest that a request may take.
        memory: Bytes of memory beyond what is in use.
    """

    kind: int
    seconds: float = 0.0
    memory: int = 0

    def content(self) -> bytes:
        """Return the order as bytes."""
        return _ORDER.pack(_MARK, self.kind, self.seconds, self.memory)


@dataclass(frozen=True)
class Report:
    """What has happened.

    Attributes:
        kind: It is ready for orders; a process has ended; one could not be started.
        status: The exit status of what has ended, negative for a signal; or the number of an error.
        is_spent: Whether something was left behind, so that the next process needs a new sandbox.
    """

    kind: int
    status: int = 0
    is_spent: bool = False

    def content(self) -> bytes:
        """Return the report as bytes."""
        return _REPORT.pack(_MARK, self.kind, self.status, self.is_spent)


def order_of(content: bytes) -> Order:
    """Return the order that bytes stand for.

    Raises:
        ProtocolError: they stand for none.
    """
    mark, kind, seconds, memory = _taken_apart(_ORDER, content)
    if mark != _MARK or kind not in (START, END):
        raise ProtocolError("is no order")
    return Order(kind, seconds, memory)


def report_of(content: bytes) -> Report:
    """Return the report that bytes stand for.

    Raises:
        ProtocolError: they stand for none.
    """
    mark, kind, status, is_spent = _taken_apart(_REPORT, content)
    if mark != _MARK or kind not in (READY, ENDED, FAILED) or is_spent > 1:
        raise ProtocolError("is no report")
    return Report(kind, status, bool(is_spent))


def _taken_apart(form: struct.Struct, content: bytes) -> tuple[Any, ...]:
    if len(content) != form.size:
        raise ProtocolError("ends too early")
    return form.unpack(content)
