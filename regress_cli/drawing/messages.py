"""What goes through the pipes between the two processes: a length, then as many bytes."""

from typing import BinaryIO

# The length that stands before nothing: a picture that could not be drawn.
_NOTHING = 2**64 - 1
_MOST_BYTES = 1 << 20


def send(pipe: BinaryIO, content: bytes | None) -> None:
    """Write one message; None says that there is nothing to send."""
    length = _NOTHING if content is None else len(content)
    for part in (length.to_bytes(8, "little"), content or b""):
        left = memoryview(part)
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
        # Not all at once: room is made for as many bytes as are asked for.
        piece = pipe.read(min(length - len(content), _MOST_BYTES))
        if not piece:
            raise EOFError
        content += piece
    return bytes(content)
