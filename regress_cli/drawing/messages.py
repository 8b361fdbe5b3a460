"""What goes through the pipes between the two processes: a length, then as many bytes."""

from typing import BinaryIO

# The length that stands before nothing: a picture that could not be drawn.
_NOTHING = 2**64 - 1


def send(pipe: BinaryIO, content: bytes | None) -> None:
    """Write one message; None says that there is nothing to send."""
    length = _NOTHING if content is None else len(content)
    left = memoryview(length.to_bytes(8, "little") + (content or b""))
    while left:
        left = left[pipe.write(left) :]
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes | None:
    """Read one message.

    Raises:
        EOFError: the other process is gone.
    """
    length = int.from_bytes(_read(pipe, 8), "little")
    return None if length == _NOTHING else _read(pipe, length)


def _read(pipe: BinaryIO, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        piece = pipe.read(length - len(content))
        if not piece:
            raise EOFError
        content += piece
    return bytes(content)
