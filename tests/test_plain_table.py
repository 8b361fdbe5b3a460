"""A small plain table is read without polars: to the same numbers, and with the same refusals."""

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import load_table

from regress_cli.data import plain_table as plain_tables
from regress_cli.data import table as readers
from regress_cli.data.plain_table import plain_table
from regress_cli.data.table import column_names, read_table
from regress_cli.data.table_file import TableFile
from regress_cli.errors import DataError

GOOD = "x,y\n1,2\n3,4\n"


@contextmanager
def polars_alone() -> Iterator[None]:
    """Read every table with polars."""
    with patch.object(readers, "plain_table", lambda file: None):
        yield


@contextmanager
def no_polars() -> Iterator[None]:
    """Fail where polars reads a csv file."""
    with patch.object(pl, "read_csv", None):
        yield


def outcome(path: Path, content: bytes, **keys: Any) -> tuple[Any, ...]:
    """Return all that is read from a table, or the message with which it is refused."""
    path.write_bytes(content)
    file = TableFile(path, **keys)
    try:
        names = column_names(file)
        values = read_table(file, names).values
    except DataError as error:
        return error.messages
    return names, [_exactly(column) for column in values.values()]


def _exactly(column: np.ndarray) -> Any:
    """Return what a column holds, to the last bit."""
    return column.tolist() if column.dtype == object else column.tobytes()


def read_both_ways(path: Path, content: bytes, **keys: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what is read with and without the reader of plain tables."""
    here = outcome(path, content, **keys)
    with polars_alone():
        return here, outcome(path, content, **keys)


def is_number(text: str) -> bool:
    """Whether Python takes a text for a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@pytest.mark.parametrize("content", [GOOD, GOOD[:-1], "x\n1\n", "a b,ü\n-1.5e-3,.5\n+2.,1E5\n", "1,2\n3,4\n"])
def test_a_plain_table_needs_no_polars(tmp_path: Path, content: str):
    """Names and numbers of a plain table are polars's own, and polars reads nothing."""
    path = tmp_path / "t.csv"
    with no_polars():
        here = outcome(path, content.encode())
    with polars_alone():
        assert here == outcome(path, content.encode())


@pytest.mark.parametrize(
    ("name", "separator", "content"),
    [("t.tsv", None, "x\ty\n1\t2\n"), ("t.csv", ";", "x;y\n1;2\n"), ("t.tsv", "|", "x|y\n1|2\n")],
)
def test_other_separators_are_plain_too(tmp_path: Path, name: str, separator: str | None, content: str):
    """Tabs, semicolons and bars separate as commas do."""
    (tmp_path / name).write_text(content)
    plain = plain_table(TableFile(tmp_path / name, separator))
    assert plain is not None
    assert plain.names == ["x", "y"]
    np.testing.assert_array_equal(plain.numbers, [[1, 2]])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "x,y\n",
        "x,y\n1,2\n3,4\n\n",
        "x,y\r\n1,2\r\n",
        "\ufeffx,y\n1,2\n",
        '"x",y\n1,2\n',
        'x,y\n"1",2\n',
        "x,\n1,2\n",
        "x,y\n1, 2\n",
        "x,y\n1,\n",
        "x,y\n1\n",
        "x,y\n1,2,3\n",
        "x,y\n1,nan\n",
        "x,y\n1,inf\n",
        "x,y\n1,1e999\n",
        "x,y\n1,1_0\n",
        "x,y\n1,text\n",
        "x,y\n1,1-2\n",
        "x,y\n1,1;5\n",
        "x,y\n1,\u0661\n",
        "x\x00,y\n1,2\n",
    ],
)
def test_what_is_not_plain_is_left_to_polars(tmp_path: Path, content: str):
    """Anything but a name above numbers leaves a doubt, which polars and its messages settle."""
    path = tmp_path / "t.csv"
    here, there = read_both_ways(path, content.encode())
    assert here == there
    assert plain_table(TableFile(path)) is None


def test_decimal_commas_and_texts_are_left_to_polars(tmp_path: Path):
    """Numbers with decimal commas are not plain, nor are numbers that are to be texts."""
    path = tmp_path / "t.csv"
    path.write_text("x;y\n1;2\n")
    assert plain_table(TableFile(path, ";", decimal=",")) is None
    assert read_table(TableFile(path, ";"), ["x"], texts=["x"]).values["x"].tolist() == ["1"]
    assert plain_table(TableFile(tmp_path / "t.parquet")) is None


def test_a_large_table_is_left_to_polars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """From some size on polars is the faster one."""
    path = tmp_path / "t.csv"
    path.write_text(GOOD)
    monkeypatch.setattr(plain_tables, "_MOST_BYTES", len(GOOD))
    assert plain_table(TableFile(path)) is not None
    monkeypatch.setattr(plain_tables, "_MOST_BYTES", len(GOOD) - 1)
    assert plain_table(TableFile(path)) is None


def test_a_changed_file_is_read_anew(tmp_path: Path):
    """What was read before is not taken for what the file holds now."""
    for number in (1.0, 2.0):
        dataset = load_table(tmp_path / "t.csv", f"x,y\n{number},2\n3,4\n")
        assert dataset.X[0, 0] == number


def test_who_changes_a_column_changes_no_other(tmp_path: Path):
    """Each reading returns arrays of its own."""
    (tmp_path / "t.csv").write_text(GOOD)
    first, second = (read_table(TableFile(tmp_path / "t.csv"), ["x"]).values["x"] for _ in range(2))
    first[:] = 9
    np.testing.assert_array_equal(second, [1, 3])


def test_every_short_number_is_read_alike(tmp_path: Path):
    """All texts of up to six of these characters that Python takes for numbers are that number to polars."""
    texts = ["".join(letters) for n in range(1, 7) for letters in itertools.product("17.+-e", repeat=n)]
    numbers = [text for text in texts if is_number(text)]
    assert len(numbers) > 1500
    here, there = read_both_ways(tmp_path / "t.csv", "\n".join(["x", *numbers]).encode())
    assert len(here) == 2
    assert here == there


_DIGITS = st.text("0123456789", min_size=1, max_size=40)
_WRITTEN = st.builds(
    "{}{}.{}e{}".format, st.sampled_from(["", "-", "+"]), _DIGITS, _DIGITS, st.integers(-345, 300)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr) | _WRITTEN, min_size=20))
def test_every_number_is_the_nearest_to_its_digits(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str]
):
    """Both readers return the number nearest to the digits, however many there are."""
    path = tmp_path_factory.mktemp("numbers") / "t.csv"
    here, there = read_both_ways(path, "\n".join(["x", *numbers]).encode())
    assert here == there
    if all(map(is_number, numbers)):
        assert here[1][0] == np.array([float(text) for text in numbers]).tobytes()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["x", "y", "", " ", "NA", "nan", '"x"', "ü", "1", "#", "\x1f"]), max_size=3),
    st.lists(
        st.lists(st.sampled_from(["1", "-2.5", "1e3", "1.", "", "+", "e", "1e999", "a", "NA"]), max_size=3),
        max_size=3,
    ),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
    st.booleans(),
)
def test_every_small_table_is_read_or_refused_alike(
    tmp_path_factory: pytest.TempPathFactory,
    header: list[str],
    rows: list[list[str]],
    line_end: str,
    ends: bool,
):
    """Whatever a small file holds, both readers return the same, or refuse it with the same words."""
    content = line_end.join(",".join(cells) for cells in [header, *rows]) + line_end * ends
    path = tmp_path_factory.mktemp("tables") / "t.csv"
    here, there = read_both_ways(path, content.encode())
    assert here == there
