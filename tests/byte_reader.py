"""What reads from bytes as a channel reads from a pipe."""

from collections.abc import Callable


def reader(content: bytes) -> Callable[[int], bytes]:
    """Return a function that gives so many bytes from the beginning of what is left, or raises EOFError."""
    left = bytearray(content)

    def read_exactly(count: int) -> bytes:
        if len(left) < count:
            raise EOFError
        taken = bytes(left[:count])
        del left[:count]
        return taken

    return read_exactly
