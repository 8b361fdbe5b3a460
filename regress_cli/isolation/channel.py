"""Frames one after the other: each begins with a mark and its length."""

import struct
from collections.abc import Callable

from regress_cli.isolation.frames import ProtocolError

# What a process leaves with when it could not be shut in, when it is ended because it made too many files,
# when it can no longer answer, and when it has no memory left to answer with.
LOCK_FAILED = 95
SCRATCH_FULL = 96
CHANNEL_LOST = 97
MEMORY_LOST = 98

_HEADER = struct.Struct("<4sQ")
_MARK = b"rgr\x01"


def framed(content: bytes) -> bytes:
    """Return a frame's content with the mark and the length in front."""
    return _HEADER.pack(_MARK, len(content)) + content


def receive(read: Callable[[int], bytes], most: int) -> bytes:
    """Return the content of the next frame.

    Args:
        read: Returns exactly as many bytes as it is asked for, or raises EOFError.
        most: So many bytes may come; a frame that promises more is refused before it is read.

    Raises:
        EOFError: the other side is gone.
        ProtocolError: what comes is no frame, or too long a one.
    """
    mark, length = _HEADER.unpack(read(_HEADER.size))
    if mark != _MARK:
        raise ProtocolError("does not begin like one")
    if length > most:
        raise ProtocolError("is too long")
    return read(length)
