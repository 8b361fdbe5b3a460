"""Frames hold plain values and nothing else; whatever other bytes come is refused with one kind of error."""

import math
import struct
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from byte_reader import reader
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from regress_cli.isolation.channel import framed, receive
from regress_cli.isolation.frames import (
    LONGEST_TEXT,
    MOST_VALUES,
    ProtocolError,
    is_sendable,
    pack,
    size_of,
    unpack,
)
from regress_cli.isolation.reply import Failure, Reply, StageReply, read, written
from regress_cli.text import printable

TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]
NATIVE = [np.dtype(name) for name in TYPES]

TEXTS = st.text(max_size=30).map(printable)
ARRAYS = st.sampled_from(NATIVE).flatmap(
    lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=True) | TEXTS | ARRAYS
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple) | st.dictionaries(st.text(max_size=5).map(printable), inner)
    ),
    max_leaves=12,
)

# Bytes that are wrong in one way each.
FORGED = {
    "nothing": b"",
    "an unknown tag": b"Z",
    "half a number": b"i\x01",
    "a text that is not UTF-8": struct.pack("<cQ", b"s", 1) + b"\xff",
    "a text that moves the cursor": struct.pack("<cQ", b"s", 4) + b"\x1b[2J",
    "a text of two lines": struct.pack("<cQ", b"s", 3) + b"a\nb",
    "a text longer than it is": struct.pack("<cQ", b"s", 2**60),
    "a text that is too long": struct.pack("<cQ", b"s", LONGEST_TEXT + 1) + b"a" * (LONGEST_TEXT + 1),
    "a tuple of too many": struct.pack("<cQ", b"t", 2**63),
    "a tuple that ends early": struct.pack("<cQ", b"t", 2) + b"N",
    "tuples in tuples": struct.pack("<cQ", b"t", 1) * 50 + b"N",
    "many empty tuples": struct.pack("<cQ", b"t", MOST_VALUES) + struct.pack("<cQ", b"t", 0) * MOST_VALUES,
    "a key that is no text": struct.pack("<cQ", b"m", 1) + b"NN",
    "a key that is there twice": struct.pack("<cQ", b"m", 2) + (struct.pack("<cQ", b"s", 1) + b"aN") * 2,
    "an array of objects": struct.pack("<cBB", b"a", 99, 0) + b"\0" * 8,
    "an array of many dimensions": struct.pack("<cBB", b"a", 10, 255) + b"\1\0\0\0\0\0\0\0" * 255 + b"\0" * 8,
    "an array that ends early": struct.pack("<cBBQ", b"a", 10, 1, 3) + b"\0" * 16,
    "an array of overflowing size": struct.pack("<cBBQQ", b"a", 10, 2, 2**63, 2),
    "an empty array of endless size": struct.pack("<cBBQQQ", b"a", 10, 3, 0, 2**62, 2**62),
    "a truth value of 2": struct.pack("<cBBQ", b"a", 0, 1, 1) + b"\2",
    "something behind the end": b"NN",
}


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are the same, in type and to the last bit."""
    if isinstance(one, np.ndarray):
        is_array = isinstance(other, np.ndarray) and (one.dtype, one.shape) == (other.dtype, other.shape)
        return is_array and one.tobytes() == other.tobytes()
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(is_same(one[key], other[key]) for key in one)
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@given(VALUES)
def test_values_come_back(value: Any):
    """Whatever can be packed is unpacked as it was."""
    assert is_same(unpack(pack(value)), value)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read(content: bytes):
    """Any bytes are one value, or refused with the protocol's own error; no other error comes out."""
    try:
        value = unpack(content)
    except ProtocolError:
        return
    assert pack(value) is not None


@given(VALUES, st.integers(0), st.binary(min_size=1, max_size=9), st.booleans())
def test_damaged_frames_are_refused_or_read(value: Any, place: int, damage: bytes, keeps_length: bool):
    """A frame in which some bytes are others, or are added, raises nothing but the protocol's own error."""
    content = pack(value)
    place %= len(content) + 1
    with suppress(ProtocolError):
        unpack(content[:place] + damage + content[place + (len(damage) if keeps_length else 0) :])


@given(VALUES)
def test_any_value_is_a_reply_or_refused(value: Any):
    """Plain values that are no reply are refused with the protocol's own error."""
    with suppress(ProtocolError):
        read(value)


@pytest.mark.parametrize("kind", FORGED)
def test_forged_frames_are_refused(kind: str):
    """Each kind of bytes that no frame holds is refused."""
    with pytest.raises(ProtocolError):
        unpack(FORGED[kind])


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        1j,
        [1],
        {1: None},
        "a\nb",
        "\ud800",
        b"bytes",
        np.zeros(1, complex),
        np.zeros(1, object),
        np.zeros(1, "f2"),
        np.ma.array([1.0]),
        np.zeros((1,) * 40),
        np.zeros((0, 2**40)),
        (None,) * MOST_VALUES,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_plain_value_is_not_packed(value: Any):
    """Complex numbers, objects, subclasses, control characters, and too much of anything are refused."""
    with pytest.raises(ProtocolError):
        pack(value)


def test_other_byte_orders_are_sent_as_numbers():
    """A big-endian array arrives with the same numbers."""
    assert np.array_equal(unpack(pack(np.array([1.5, -2], ">f8"))), [1.5, -2])


def test_arrays_that_arrive_can_be_written_to():
    """An array that was unpacked owns its memory."""
    array = unpack(pack(np.zeros(3)))
    array[0] = 1
    assert array.flags.owndata


def test_sizes_are_known_before_memory_is_needed():
    """A view that repeats one number counts as all that it shows."""
    view = np.broadcast_to(1.0, (10**6, 10**6))
    assert size_of(("a", {"b": view, "c": None}, np.zeros(2))) == 8 * 10**12 + 16
    assert is_sendable(view)


def test_replies_come_back():
    """A reply with everything in it is read as it was written, and so is a failure."""
    one, two = np.array(1.5), np.arange(3)
    stage = StageReply(
        "s", ("a", "b"), "s = a + b", "ds/da = 1", {"a": one, "b": two}, two, one, {"a": one, "b": None}, None
    )
    for gradient in (one, (one, two), {"a": one}):
        reply = Reply("stages", gradient, two, (stage, stage), ("noticed",), ("a",))
        assert repr(read(unpack(pack(written(reply))))) == repr(reply)
    failure = Failure("memory", "too much; use less")
    assert read(unpack(pack(written(failure)))) == failure
    assert failure.is_limit
    assert not Failure("raised", "").is_limit


@pytest.mark.parametrize(
    "value",
    [
        None,
        (),
        ("failure", "no such kind", "message"),
        ("failure", np.zeros(2), "message"),
        ("reply", "gradient", None, None, (), (), ()),
        ("reply", "gradient", (np.zeros(1), 1.0), None, (), (), ()),
        ("reply", "other", np.zeros(1), None, (), (), ()),
        ("reply", "gradient", np.zeros(1), None, (), ("a", 1), ()),
        ("reply", "stages", np.zeros(1), np.zeros(1), (("name",),), (), ()),
    ],
)
def test_what_is_no_reply_is_refused(value: Any):
    """Plain values of another structure are refused."""
    with pytest.raises(ProtocolError):
        read(value)


def test_the_channel_finds_the_frames():
    """Two frames come apart again; a foreign mark, a length beyond the limit and an early end are seen."""
    read_both = reader(framed(b"one") + framed(b""))
    assert receive(read_both, 3) == b"one"
    assert receive(read_both, 3) == b""
    with pytest.raises(EOFError):
        receive(read_both, 3)
    with pytest.raises(ProtocolError):
        receive(reader(framed(b"four")), 3)
    with pytest.raises(ProtocolError):
        receive(reader(b"GET / HTTP/1.1\r\n"), 3)
