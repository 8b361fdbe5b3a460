"""One question and one answer through a socket, within a time, whatever the other side does."""

import secrets
import socket
import time
from collections.abc import Callable

from regress_cli.isolation.channel import framed, receive
from regress_cli.isolation.frames import ProtocolError, Value, pack, unpack
from regress_cli.isolation.limits import MOST_OUTPUT

# An answer holds a little more than its arrays.
MOST_ANSWER = MOST_OUTPUT + (1 << 20)
# So often it is looked whether the other process is still there; others may hold its end of the socket.
_LOOK_SECONDS = 0.1


class Conversation:
    """The parent's side of the channel.

    Args:
        connection: The socket.
        is_alive: Says whether the other process is there.
    """

    def __init__(self, connection: socket.socket, is_alive: Callable[[], bool]) -> None:
        self._connection, self._is_alive = connection, is_alive
        self._deadline = 0.0

    def expect_ready(self, seconds: float) -> None:
        """Wait until the other process is ready for questions.

        Raises:
            TimeoutError, EOFError, ProtocolError: it is not.
        """
        self._deadline = time.monotonic() + seconds
        match self._answer():
            case (str("ready"), int(0)):
                return
        raise ProtocolError("does not begin with a greeting")

    def ask(self, kind: str, *question: Value, seconds: float) -> Value:
        """Return the answer to a question.

        Raises:
            TimeoutError: there is none within the time.
            EOFError: the other process is gone, or has closed its end.
            ProtocolError: something else came.
        """
        self._deadline = time.monotonic() + seconds
        # Nothing that was written before this question was asked can hold its number.
        number = secrets.randbits(62)
        self._send(framed(pack((kind, number, *question))))
        match self._answer():
            case (int(answered), body) if answered == number:
                return body
        raise ProtocolError("does not belong to the question")

    def _answer(self) -> Value:
        return unpack(receive(self._read, MOST_ANSWER))

    def _send(self, content: bytes) -> None:
        self._connection.settimeout(self._left())
        try:
            self._connection.sendall(content)
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError from error

    def _read(self, count: int) -> bytes:
        content = bytearray()
        while len(content) < count:
            piece = self._piece(min(count - len(content), 1 << 20))
            if piece == b"":
                raise EOFError
            content += piece or b""
        return bytes(content)

    def _piece(self, most: int) -> bytes | None:
        """Return what has come, nothing at the end, or None if nothing has come yet."""
        was_alive = self._is_alive()
        self._connection.settimeout(min(self._left(), _LOOK_SECONDS))
        try:
            return self._connection.recv(most)
        except TimeoutError:
            # What was written before the process ended has come by now.
            return None if was_alive else b""
        except OSError:
            return b""

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
