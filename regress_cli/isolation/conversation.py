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
# An answer rarely has more bytes, and is there in one piece.
_PIECE = 1 << 16


class Conversation:
    """The parent's side of the channel.

    Args:
        connection: The socket.
        is_alive: Says whether the other process is there.
    """

    def __init__(self, connection: socket.socket, is_alive: Callable[[], bool]) -> None:
        self._connection, self._is_alive = connection, is_alive
        self._deadline = 0.0
        self._come = bytearray()

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
        while len(self._come) < count:
            piece = self._piece()
            if not piece:
                raise EOFError
            self._come += piece
        content = bytes(self._come[:count])
        del self._come[:count]
        return content

    def _piece(self) -> bytes:
        """Return what comes next; nothing at the end."""
        was_alive = True
        while True:
            self._connection.settimeout(min(self._left(), _LOOK_SECONDS))
            try:
                return self._connection.recv(_PIECE)
            except TimeoutError:
                # What was written before the process ended has come by now.
                if not was_alive:
                    return b""
                was_alive = self._is_alive()
            except OSError:
                return b""

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
