"""params.npz: plain arrays of float64, as a run writes them, and nothing else.

np.savez takes words of its own among the names of arrays, in each version other ones. np.load takes whatever
a zip file can hold: objects to unpickle, members that unpack to a thousand times their size, headers that
claim more than there is. A run writes none of these, so here none is read: the members are stored as they
are, so that together they can't be larger than the file, and each is a header in NumPy's own words with
just the numbers that it claims.
"""

import io
import math
import re
import struct
import zipfile
from collections.abc import Mapping

import numpy as np
from numpy.lib.format import write_array

_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '([<>]f8)', 'fortran_order': (True|False), 'shape': \(((?:\d{1,18},? ?)*)\), \} *\n"
)
_ENDING = ".npy"
_MOST_DIMENSIONS = 32
# What zipfile raises for what is no zip file, beside its own error.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)


def archive_of(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return the archive of the arrays, as `np.savez` writes it; no array holds objects."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            with archive.open(name + _ENDING, "w", force_zip64=True) as member:
                write_array(member, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


class NotArraysError(Exception):
    """Bytes that are no archive that a run could have written."""


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of an archive by name, float64; they can be written to.

    Raises:
        NotArraysError: the bytes are anything but what `np.savez` makes of arrays of float64.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members, len(content))
            parts = {member.filename.removesuffix(_ENDING): archive.read(member) for member in members}
    except _ZIP_ERRORS as error:
        raise NotArraysError from error
    _check(len(parts) == len(members))
    return {name: _array(part) for name, part in parts.items()}


def _check_members(members: list[zipfile.ZipInfo], most: int) -> None:
    """Refuse what is compressed, encrypted or overlapping, before any of it is read."""
    _check(sum(member.file_size for member in members) <= most)
    for member in members:
        is_stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
        _check(is_stored and not member.flag_bits & 1 and member.filename.endswith(_ENDING))


def _array(content: bytes) -> np.ndarray:
    """Return the array in a .npy file's bytes: a mark, the header's length in 2 bytes, header, numbers."""
    start = len(_MAGIC) + 2
    _check(content.startswith(_MAGIC) and len(content) >= start)
    (length,) = struct.unpack("<H", content[start - 2 : start])
    header = _HEADER.fullmatch(content[start : start + length])
    if header is None:
        raise NotArraysError
    shape = tuple(int(size) for size in header[3].replace(b" ", b"").split(b",") if size)
    numbers = memoryview(content)[start + length :]
    _check(len(shape) <= _MOST_DIMENSIONS and math.prod(shape) * 8 == len(numbers))
    _check(math.prod(max(size, 1) for size in shape) < 1 << 60)
    array = np.frombuffer(numbers, np.dtype(header[1].decode()))
    return array.reshape(shape, order="F" if header[2] == b"True" else "C").astype(np.float64)


def _check(is_right: bool) -> None:
    if not is_right:
        raise NotArraysError
