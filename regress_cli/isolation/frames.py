"""Plain values as bytes: nothing in them is ever executed, and whatever is out of order is refused.

A value is a tag of one byte and what belongs to it, all numbers little-endian:

    N            None
    F, T         False and True
    i            an integer of 64 bits
    d            a float of 64 bits
    s            a count, and a text as so many bytes of UTF-8, one line without control characters
    a            an array: its type and its number of dimensions in a byte each, their sizes, its numbers
    t            a count, and a tuple of so many values
    m            a count, and a dict of so many texts, each with its value
"""

import math
import struct
from typing import Any, TypeAlias

import numpy as np

from regress_cli.text import printable

Value: TypeAlias = "bool | int | float | str | np.ndarray | tuple[Value, ...] | dict[str, Value] | None"

DEEPEST = 8
MOST_VALUES = 10_000
LONGEST_TEXT = 4096
MOST_DIMENSIONS = 32
# No array may claim to be larger, also if it is empty; sizes beyond it can't be multiplied safely.
MOST_ARRAY_BYTES = 1 << 40

# A type's place in this list is its code.
_TYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]
_CODES = {name: code for code, name in enumerate(_TYPES)}
_KINDS = [np.dtype(f"<{name}") for name in _TYPES]
_COUNT = struct.Struct("<cQ")
_INTEGER, _FLOAT, _SIZE = struct.Struct("<q"), struct.Struct("<d"), struct.Struct("<Q")


class ProtocolError(Exception):
    """Bytes that are no frame, or a value that does not fit in one."""


def is_sendable(array: np.ndarray) -> bool:
    """Return whether an array's type is one of those that a frame can hold."""
    return type(array) is np.ndarray and array.dtype.str[1:] in _CODES


def size_of(value: Any) -> int:
    """Return how many bytes the arrays in a value take; they need not be in memory."""
    if isinstance(value, np.ndarray):
        return value.size * value.itemsize
    if isinstance(value, dict):
        value = tuple(value.values())
    return sum(map(size_of, value)) if isinstance(value, tuple) else 0


def pack(value: Any) -> bytes:
    """Return a value as bytes.

    Raises:
        ProtocolError: it holds something else than plain values, or is too large, too deep or too long.
    """
    return _Writer().content(value)


def unpack(content: bytes | bytearray) -> Value:
    """Return the value that bytes stand for; its arrays own their memory and can be written to.

    Raises:
        ProtocolError: the bytes are anything but one value that `pack` could have made.
    """
    reader = _Reader(content)
    value = reader.value(depth=0)
    reader.expect_end()
    return value


class _Writer:
    """Collects the parts of a frame."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._values = 0

    def content(self, value: Any) -> bytes:
        """Return the bytes of a whole value."""
        self._write(value, depth=0)
        return b"".join(self._parts)

    def _write(self, value: Any, depth: int) -> None:
        self._values += 1
        _check(depth <= DEEPEST and self._values <= MOST_VALUES, "is nested too deeply or has too many parts")
        match value:
            case None | False | True:
                self._parts.append({None: b"N", False: b"F", True: b"T"}[value])
            case int():
                _check(-(2**63) <= value < 2**63, "has an integer beyond 64 bits")
                self._parts.append(struct.pack("<cq", b"i", value))
            case float():
                self._parts.append(struct.pack("<cd", b"d", value))
            case str():
                self._write_text(value)
            case np.ndarray():
                self._write_array(value)
            case tuple():
                self._parts.append(_COUNT.pack(b"t", len(value)))
                for entry in value:
                    self._write(entry, depth + 1)
            case dict():
                self._write_dict(value, depth)
            case _:
                raise ProtocolError(f"holds a {type(value).__name__}, which is no plain value")

    def _write_dict(self, value: dict, depth: int) -> None:
        self._parts.append(_COUNT.pack(b"m", len(value)))
        for key, entry in value.items():
            _check(isinstance(key, str), "has a key that is no text")
            self._write_text(key)
            self._write(entry, depth + 1)

    def _write_text(self, text: str) -> None:
        _check_text(text)
        content = text.encode()
        self._parts += [_COUNT.pack(b"s", len(content)), content]

    def _write_array(self, array: np.ndarray) -> None:
        # A type's name takes longer to write than an array.
        if not is_sendable(array):
            raise ProtocolError(f"has an array of the type {array.dtype}")
        _check_shape(array.shape, array.itemsize)
        code = _CODES[array.dtype.str[1:]]
        self._parts.append(struct.pack(f"<cBB{array.ndim}Q", b"a", code, array.ndim, *array.shape))
        self._parts.append(array.astype(_KINDS[code], copy=False).tobytes())


class _Reader:
    """Takes a frame apart, and never more than is there."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._content = memoryview(content)
        self._place = self._values = 0

    def value(self, depth: int) -> Value:
        """Return the next value."""
        self._values += 1
        _check(depth <= DEEPEST and self._values <= MOST_VALUES, "is nested too deeply or has too many parts")
        match self._tag():
            case "a":
                return self._array()
            case "s":
                return self._text()
            case "t":
                return tuple([self.value(depth + 1) for _ in range(self._count())])
            case "m":
                return self._dict(depth)
            case "i":
                return self._number(_INTEGER)
            case "N":
                return None
            case "F":
                return False
            case "T":
                return True
            case "d":
                return self._number(_FLOAT)
        raise ProtocolError("has a part of a kind that there is not")

    def expect_end(self) -> None:
        """Refuse what follows the value."""
        _check(self._place == len(self._content), "goes on after its end")

    def _take(self, count: int) -> memoryview:
        end = self._place + count
        _check(end <= len(self._content), "ends too early")
        taken, self._place = self._content[self._place : end], end
        return taken

    def _tag(self) -> str:
        _check(self._place < len(self._content), "ends too early")
        self._place += 1
        return chr(self._content[self._place - 1])

    def _number(self, form: struct.Struct) -> Any:
        return form.unpack(self._take(8))[0]

    def _count(self) -> int:
        count = self._number(_SIZE)
        _check(count <= MOST_VALUES, "has too many parts")
        return count

    def _text(self) -> str:
        length = self._number(_SIZE)
        _check(length <= 4 * LONGEST_TEXT, "has a text that is too long")
        try:
            text = bytes(self._take(length)).decode()
        except UnicodeDecodeError as error:
            raise ProtocolError("has a text that is not UTF-8") from error
        _check_text(text)
        return text

    def _dict(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for _ in range(self._count()):
            _check(self._tag() == "s", "has a key that is no text")
            key = self._text()
            _check(key not in found, "has the same key twice")
            found[key] = self.value(depth + 1)
        return found

    def _array(self) -> np.ndarray:
        code, dimensions = self._take(2)
        _check(code < len(_TYPES), "has an array of an unknown type")
        _check(dimensions <= MOST_DIMENSIONS, "has an array of too many dimensions")
        kind = _KINDS[code]
        shape = struct.unpack(f"<{dimensions}Q", self._take(8 * dimensions))
        _check_shape(shape, kind.itemsize)
        content = self._take(math.prod(shape) * kind.itemsize)
        if kind.kind == "b":
            _check(not content or max(content) <= 1, "has a truth value that is neither true nor false")
        return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="))


def _check(condition: bool, trouble: str) -> None:
    if not condition:
        raise ProtocolError(trouble)


def _check_text(text: str) -> None:
    _check(printable(text, LONGEST_TEXT) == text, "has a text that is too long or can't be shown")


def _check_shape(shape: tuple[int, ...], itemsize: int) -> None:
    _check(len(shape) <= MOST_DIMENSIONS, "has an array of too many dimensions")
    # Sizes of zero would hide the others.
    claimed = math.prod(max(1, size) for size in shape) * itemsize
    _check(claimed <= MOST_ARRAY_BYTES, "has an array that is too large")
