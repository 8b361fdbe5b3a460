"""Arguments from files, and the names that --wrt takes: what is read, and what is refused in a clear line."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from regress_cli.errors import UserError
from regress_cli.gradients.inputs import read_inputs
from regress_cli.gradients.wrt import read_wrt


def bytes_of(array: np.ndarray) -> bytes:
    """Return an array as the content of an npy file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


NUMBERS = bytes_of(np.arange(100.0))
# What an archive holds, by the name of the member, and a part of the message.
ARCHIVES = {
    "a pickle": ({"x.npy": b"\x80\x04N."}, "'x' is no array"),
    "an empty member": ({"x.npy": b""}, "'x' is no array"),
    "a member that is no npy file": ({"x": b"hello"}, "'x' is no array"),
    "a text beside the arrays": ({"x.npy": NUMBERS, "readme.txt": b"hello"}, "'readme.txt' is no array"),
    "objects": ({"x.npy": bytes_of(np.array([None, 1]))}, "is not an npz file of plain arrays"),
    "a member that ends early": ({"x.npy": NUMBERS[:300]}, "is not an npz file of plain arrays"),
    "a header that ends early": ({"x.npy": NUMBERS[:20]}, "is not an npz file of plain arrays"),
    "a text": ({"x.npy": bytes_of(np.array("abc"))}, "'x' holds <U3, not numbers"),
    "complex numbers": ({"x.npy": bytes_of(np.array([1j]))}, "'x' holds complex128, not numbers"),
    "a number that is none": (
        {"x.npy": bytes_of(np.array([np.nan]))},
        "'x' holds a number that is not finite",
    ),
    "nothing": ({}, "holds no arguments"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives_of_something_else_are_refused(kind: str, tmp_path: Path) -> None:
    """An npz file with anything but arrays of numbers is refused, with the member where that can be told."""
    members, words = ARCHIVES[kind]
    with zipfile.ZipFile(tmp_path / "in.npz", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(UserError, match=words):
        read_inputs(tmp_path / "in.npz")


@pytest.mark.parametrize("kind", ["f2", "f4", ">f8", "longdouble"])
def test_floats_of_any_precision_become_float64(kind: str, tmp_path: Path) -> None:
    """What is computed with has 64 bits, whatever the file holds; whole numbers stay whole."""
    np.savez(tmp_path / "in.npz", x=np.array([1.5, -2], dtype=kind), labels=np.array([0, 2]))
    inputs = read_inputs(tmp_path / "in.npz")
    assert inputs["x"].dtype == np.dtype(np.float64)
    assert inputs["labels"].dtype.kind == "i"
    np.testing.assert_array_equal(inputs["x"], [1.5, -2])


def test_names_to_differentiate_by() -> None:
    """Names stand between commas; spaces around them do not count; no option is no choice."""
    assert read_wrt(None) is None
    assert read_wrt("w") == ("w",)
    assert read_wrt(" w , b ") == ("w", "b")


@pytest.mark.parametrize(
    ("text", "words"), [("", "leaves a name out"), ("w,", "leaves a name out"), ("x,x", "'x' is there twice")]
)
def test_names_that_are_none_are_refused(text: str, words: str) -> None:
    """An empty name, and one that is there twice, are refused with what to do."""
    with pytest.raises(UserError, match=words):
        read_wrt(text)
