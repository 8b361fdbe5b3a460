"""Reading csv, tsv and parquet: every number as it is written, every doubtful cell refused by its place."""

import csv
import datetime
import functools
import io
import math
import os

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain import is_one_plain_line, refusal_of
from tables import load_existing, load_table

from regress_cli.data.table import TableFile, read_table
from regress_cli.errors import ConfigError, DataError


@pytest.fixture
def path(tmp_path):
    """Return where the test's table is written."""
    return tmp_path / "t.csv"


def refusal(path, content, **keys):
    """Return the message with which a table of this content is refused."""
    with pytest.raises(DataError) as caught:
        load_table(path, content, **keys)
    return str(caught.value)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["*", "^.*$", "^x$"])
def test_a_name_that_polars_takes_for_a_pattern_is_a_name(tmp_path, name, ending):
    """A column called so is read as itself, beside the others and alone."""
    table = pl.DataFrame({"x": [1.5, 2.5], name: [3.0, 4.0], "word": ["a", "b"], "y": [5.0, 6.0]})
    path = tmp_path / f"t.{ending}"
    table.write_csv(path) if ending == "csv" else table.write_parquet(path)
    for names in (["x", name, "word"], [name, "word"]):
        values = read_table(TableFile(path), names, texts=["word"]).values
        assert {one: values[one].tolist() for one in names} == {one: table[one].to_list() for one in names}


GOOD = "x,y\n1,2\n3,4\n"
SAME = {
    "plain": GOOD,
    "no line end at the end": "x,y\n1,2\n3,4",
    "CRLF": "x,y\r\n1,2\r\n3,4\r\n",
    "BOM": b"\xef\xbb\xbf" + GOOD.encode(),
    "blank lines at the end": GOOD + "\n\n\n",
    "blank CRLF lines at the end": "x,y\r\n1,2\r\n3,4\r\n\r\n\r\n",
    "empty rows of a spreadsheet at the end": GOOD + ",\n,\n,",
    "quotes": '"x","y"\n"1","2"\n"3","4"\n',
    "spaces around numbers": "x,y\n 1, 2\n3 , 4\n",
    "other notations": "x,y\n+1.,2e0\n3.000,.4E1\n",
}


@pytest.mark.parametrize("kind", SAME)
def test_harmless_differences_change_nothing(path, kind):
    """Line ends, a byte order mark, quotes, spaces and blank lines at the end leave the numbers alone."""
    dataset = load_table(path, SAME[kind])
    np.testing.assert_array_equal(dataset.X, [[1], [3]])
    np.testing.assert_array_equal(dataset.y, [2, 4])
    assert (dataset.feature_names, dataset.target_name) == (("x",), "y")


def test_tabs_separate_a_tsv(tmp_path):
    """A file that ends in .tsv is separated by tabs, and its cells may hold commas."""
    dataset = load_table(tmp_path / "t.tsv", "x\tname, first\ty\n1\ta\t2\n3\tb\t4\n")
    assert dataset.feature_names == ("x", "name, first=b")


GERMAN = {"separator": ";", "decimal": ","}
load_german = functools.partial(load_existing, **GERMAN)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
def test_the_separator_can_be_named(tmp_path, name, separator):
    """A separator that the config names goes before the one of the file's ending."""
    content = "x,c,y\n1,a,2\n3,b,4\n".replace(",", separator)
    dataset = load_table(tmp_path / name, content, separator=separator)
    assert dataset.feature_names == ("x", "c=b")
    np.testing.assert_array_equal(dataset.X, [[1, 0], [3, 1]])


@pytest.mark.parametrize(
    "content",
    [
        "x;y\n1,5;2\n-0,25;1e3\n",
        "\ufeffx;y\r\n1,5;2\r\n-0,25;1000,0\r\n;\r\n",
        "x;y\n 1,5 ; 2\n-0,25 ;1E+03 \n",
        'x;y\n"1,5";+2,\n-,25;1,0e3\n',
    ],
)
def test_a_german_table_is_read(path, content):
    """With semicolons and decimal commas, both the fast and the slow path read what is written."""
    dataset = load_table(path, content, **GERMAN)
    np.testing.assert_array_equal(dataset.X, [[1.5], [-0.25]])
    np.testing.assert_array_equal(dataset.y, [2, 1000])


def test_a_tsv_may_have_decimal_commas(tmp_path):
    """Tabs leave the comma free for decimals without another key."""
    dataset = load_table(tmp_path / "t.tsv", "x\ty\n1,5\t2\n3\t4\n", decimal=",")
    np.testing.assert_array_equal(dataset.X, [[1.5], [3]])


@pytest.mark.parametrize("rest", ["", "Dr. A;1;1\n"])
@pytest.mark.parametrize("cell", ["1.500", "1.5", "1.234.567", "1.234,5", "1.5e3"])
def test_a_point_is_no_decimal_beside_commas(path, cell, rest):
    """1.500, which is 1500 to one reader and 1.5 to another, is refused, in one cell or in all."""
    for other in ("2,5", cell):
        message = refusal(path, f"c;x;y\na;{cell};1\nb;{other};2\n{rest}", **GERMAN)
        assert message.startswith("t.csv: row 1 (line 2), column 'x': the text ")
        assert "; write a comma for decimals and nothing for thousands" in message


def test_dates_are_texts_beside_decimal_commas(path):
    """The points of 24.12.1999 make no number of it."""
    dataset = load_table(path, "d;y\n24.12.1999;1\n25.12.1999;2\n", **GERMAN)
    assert dataset.feature_names == ("d=25.12.1999",)


@pytest.mark.parametrize("cells", [("1,5", "2,5"), ("1,5", "2")])
def test_numbers_with_commas_are_answered_with_the_key(path, cells):
    """Where semicolons separate the cells, the message about 1,5 names data.decimal."""
    message = refusal(path, "x;y\n{};1\n{};2\n".format(*cells), separator=";")
    assert message.startswith("t.csv: row 1 (line 2), column 'x': the text '1,5' ")
    assert 'set data.decimal: "," and write nothing for thousands' in message


def test_a_wrong_separator_is_answered_with_the_key(path):
    """A header that is one cell, but for another separator in it, names that separator."""
    assert refusal(path, "x\ty\n1\t2\n3\t4\n").endswith(
        r'its header is separated by tabs; set data.separator: "\t"'
    )
    assert refusal(path, "x,y\n1,2\n3,4\n", separator="|").endswith(
        'its header is separated by commas; set data.separator: ","'
    )


@pytest.mark.parametrize(
    ("name", "keys", "key"),
    [
        ("t.csv", {"decimal": ","}, "data.decimal"),
        ("t.CSV", {"decimal": ","}, "data.decimal"),
        ("t.tsv", {"decimal": ",", "separator": ","}, "data.decimal"),
        ("t.parquet", {"separator": ";"}, "data.separator"),
        ("t.parquet", {"decimal": ","}, "data.decimal"),
        ("t.csv", {"separator": ":"}, "data.separator"),
        ("t.csv", {"decimal": ";"}, "data.decimal"),
    ],
)
def test_a_notation_that_cannot_be_is_refused(tmp_path, name, keys, key):
    """Commas for two purposes, other marks, and marks for a parquet file are refused by key."""
    with pytest.raises(ConfigError, match=key):
        load_table(tmp_path / name, GOOD, **keys)


def test_blanks_around_names_are_no_part_of_them(path):
    """Columns are known by their names without the blanks around them."""
    dataset = load_table(path, " a b ,c\t, y \n1,u,2\n3,v,4\n", features=["c", "a b"])
    assert (dataset.feature_names, dataset.target_name) == (("c=v", "a b"), "y")
    np.testing.assert_array_equal(dataset.X, [[0, 1], [1, 3]])


@pytest.mark.parametrize("header", ["x, x,y", "x,x ,y", " x,x,y"])
def test_names_that_differ_in_blanks_are_refused(path, header):
    """Two columns may not be called the same but for blanks."""
    assert refusal(path, f"{header}\n1,2,3\n4,5,6\n") == (
        "t.csv: two columns are called 'x'; rename one in the header"
    )


def test_blanks_around_names_of_parquet_are_no_part_of_them(tmp_path):
    """A parquet file's columns are known without blanks, too."""
    dataset = load_existing(parquet(tmp_path, **{" x ": [1, 2], "y ": [3, 4]}))
    assert (dataset.feature_names, dataset.target_name) == (("x",), "y")


def test_missing_cells_are_counted(path):
    """Two more cells are, one more is."""
    assert "the cell is missing (2 more are missing); " in refusal(path, "x,y\n,2\n,4\n,6\n")


def test_the_ending_may_be_in_capitals(tmp_path):
    """A file called .CSV is a csv file."""
    np.testing.assert_array_equal(load_table(tmp_path / "T.CSV", GOOD).y, [2, 4])


def test_the_matrix_is_column_major(path):
    """Each feature is contiguous in memory, as float64."""
    dataset = load_table(path, "a,b,y\n1,2,3\n4,5,6\n")
    assert dataset.X.flags.f_contiguous
    assert dataset.X.dtype == dataset.y.dtype == np.float64


def test_features_are_chosen_in_the_order_that_is_given(path):
    """The matrix has the columns that the config names, in its order, whatever else the file holds."""
    dataset = load_table(path, "a,b,c,y\n1,2,abc,3\n4,5,,6\n", features=["b", "a"])
    assert dataset.feature_names == ("b", "a")
    np.testing.assert_array_equal(dataset.X, [[2, 1], [5, 4]])


HEADER = "x,y\n1,2\n"
REFUSED = {
    "": "t.csv: the file is empty; give it a header and rows",
    "x,y\n": "t.csv: the table has no rows; a fit needs at least two",
    "x,y": "t.csv: the table has no rows; a fit needs at least two",
    "x,y\n1,2\n": "t.csv: the table has one row; a fit needs at least two",
    "x,x,y\n1,2,3\n4,5,6\n": "t.csv: two columns are called 'x'; rename one in the header",
    "x,y,y\n1,2,3\n4,5,6\n": "t.csv: two columns are called 'y'; rename one in the header",
    ",x,y\n0,1,2\n1,3,4\n": "t.csv: column 1 has no name; name it in the header",
    "x,y,\n1,2,\n3,4,\n": "t.csv: column 3 has no name; name it in the header",
    "x,prise\n1,2\n3,4\n": "t.csv: there is no column 'y' (data.target); use one of: prise, x",
    "y\n1\n2\n": "'t.csv': no column is left to predict from; add a feature column",
    HEADER + "3,4,5\n": "t.csv: line 3 has 3 cells, the header 2; quote cells that hold a separator",
    HEADER + "3\n": (
        "t.csv: row 2 (line 3), column 'y': the cell is missing; fill it in, or set data.missing to drop"
    ),
    "x;y\n1;2\n3;4\n": (
        "t.csv: there is no column 'y' (data.target); "
        'its header is separated by semicolons; set data.separator: ";"'
    ),
    "x;y\n1,5;2\n3,5;4\n": (
        "t.csv: line 2 has 2 cells, the header 1; "
        'its header is separated by semicolons; set data.separator: ";"'
    ),
    HEADER + "abc,4\n": (
        "t.csv: row 2 (line 3), column 'x': the text 'abc' stands among numbers; "
        "correct it; if the column holds categories, name it in data.categorical"
    ),
    HEADER + "3,abc\n": (
        "t.csv: row 2 (line 3), column 'y': the text 'abc' stands among numbers; "
        "correct it; if the column holds categories, name it in data.categorical"
    ),
    HEADER + "inf,4\n": (
        "t.csv: row 2 (line 3), column 'x': the number is infinite; correct it or drop the row"
    ),
    HEADER + "3,-Infinity\n": (
        "t.csv: row 2 (line 3), column 'y': the number is infinite; correct it or drop the row"
    ),
    HEADER + "1e999,4\n": (
        "t.csv: row 2 (line 3), column 'x': the number is infinite; correct it or drop the row"
    ),
    HEADER + "\n3,4\n": (
        "t.csv: row 2 (line 3), column 'x': the cell is missing (1 more is missing); "
        "fill it in, or set data.missing to drop"
    ),
    'x,y\n"1,5",2\n"2,5",4\n': (
        "t.csv: row 1 (line 2), column 'x': the text '1,5' is a number with a comma; write a point for "
        'decimals and nothing for thousands (or save it with semicolons, for data.separator: ";" and '
        'data.decimal: ","), or name the column in data.categorical'
    ),
    "x,y\n1,a\n2,b\n": "t.csv: row 1 (line 2), column 'y': 'a' can't be a target; name a column of numbers",
    "c,y\na,1\na,2\n": "'c': the same text stands in every row; add a feature column that varies",
    'x,y\n"1,2\n3,4\n': "t.csv: line 3: unexpected end of data; repair it",
}


@pytest.mark.parametrize("content", REFUSED, ids=repr)
def test_a_doubtful_table_is_refused_by_its_place(path, content):
    """The message names the file, the row, line and column or the header, and what to do."""
    assert refusal(path, content) == REFUSED[content]


@pytest.mark.parametrize("content", [GOOD.encode("utf-16"), "x\u00e9,y\n1,2\n3,4\n".encode("latin-1")])
def test_another_encoding_is_said_so(path, content):
    """A file that is not UTF-8 is told apart from one that is damaged."""
    assert refusal(path, content) == "t.csv: the file is not UTF-8; save it as UTF-8"


def test_a_latin_1_cell_is_said_so(path):
    """A single byte that is not UTF-8, far down in a text column, is told like a whole file of them."""
    content = b"c,y\n" + b"a,1\nb,2\n" * 2000 + b"\xe9,3\n"
    assert refusal(path, content) == "t.csv: the file is not UTF-8; save it as UTF-8"


@pytest.mark.parametrize("cell", ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "-nan"])
def test_every_way_to_write_a_missing_number_is_refused(path, cell):
    """A missing cell is refused by row and column, and the others are counted."""
    assert refusal(path, f"x,y\n1,2\n{cell},4\n5,6\n{cell},8\n") == (
        "t.csv: row 2 (line 3), column 'x': the cell is missing (1 more is missing); "
        "fill it in, or set data.missing to drop or mean"
    )


LONG = "x,y\n" + "".join(f"{i},{i}\n" for i in range(3000))


def test_a_fraction_after_thousands_of_whole_numbers_is_read(path):
    """A column of whole numbers may turn to fractions anywhere."""
    np.testing.assert_array_equal(load_table(path, LONG + "0.5,1\n").X[-2:, 0], [2999, 0.5])


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("oops", "the text 'oops' stands among numbers"),
        ("", "the cell is missing"),
        ("inf", "the number is infinite"),
    ],
)
def test_a_wrong_cell_is_found_after_row_1000(path, cell, problem):
    """A wrong cell is named by row, line and column however far down it stands."""
    message = refusal(path, LONG + f"{cell},1\n3,4\n")
    assert message.startswith(f"t.csv: row 3001 (line 3002), column 'x': {problem}; ")


def test_a_long_row_is_found_after_row_1000(path):
    """A row with a cell too many is named by its line however far down it stands."""
    assert refusal(path, LONG + "1,2,3\n").startswith("t.csv: line 3002 has 3 cells, the header 2; ")


def test_numbers_after_thousands_of_missing_cells_are_numbers(path):
    """A column whose first cells are all missing is still a column of numbers."""
    dataset = load_table(path, "x,y\n" + ",1\n" * 2000 + "3,4\n4,5\n", missing="drop")
    np.testing.assert_array_equal(dataset.X, [[3], [4]])


def test_a_number_among_texts_is_refused(path):
    """A column is numbers or texts as a whole, and the message says how to have it as texts."""
    message = refusal(path, "x,y\n" + "a,1\n" * 2000 + "3,4\n")
    assert message.endswith(
        "stands among numbers; correct it; if the column holds categories, name it in data.categorical"
    )


@pytest.mark.parametrize("name", ["[t].csv", "a*.csv", "t?.csv", "{t}.csv", "a b.csv", "é.csv", "%41.csv"])
def test_the_name_of_a_file_is_no_pattern(tmp_path, name):
    """Exactly the named file is read, also where its name would match another file."""
    for other in ("t.csv", "ab.csv", "tx.csv", "A.csv"):
        (tmp_path / other).write_text("x,y\n7,7\n8,8\n", encoding="utf-8")
    np.testing.assert_array_equal(load_table(tmp_path / name, GOOD).y, [2, 4])


@pytest.mark.parametrize("name", ["[t].parquet", "a*.parquet"])
def test_the_name_of_a_parquet_file_is_no_pattern(tmp_path, name):
    """Exactly the named parquet file is read."""
    for other, value in (("t.parquet", 7), ("ab.parquet", 8), (name, 2)):
        with (tmp_path / other).open("wb") as file:
            pl.DataFrame({"x": [1, 2], "y": [value, value]}).write_parquet(file)
    np.testing.assert_array_equal(load_existing(tmp_path / name).y, [2, 2])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("none.csv", "there is no such file; check data.path"),
        ("none.xlsx", "this is not a csv, tsv or parquet file; name one that ends so"),
        ("folder.csv", "this is a folder; name a file in it"),
        ("x" * 300 + ".csv", "check data.path"),
        ("nul\0l.csv", "there is no such file; check data.path"),
    ],
)
def test_a_path_that_is_no_table_is_refused(tmp_path, name, problem):
    """What can't be opened as a table is said so."""
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError) as caught:
        load_existing(tmp_path / name)
    assert str(caught.value).endswith(problem)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_without_waiting(path):
    """A named pipe, which nobody writes to, is refused rather than waited for."""
    os.mkfifo(path)
    with pytest.raises(DataError, match="this is not a regular file; name one that is"):
        load_existing(path)


def test_a_missing_column_is_answered_with_the_nearest(path):
    """A misspelt column, wherever the config names it, is answered with the one that was meant."""
    table = "rooms,price\n1,2\n3,4\n"
    assert refusal(path, table, target="prise") == (
        "t.csv: there is no column 'prise' (data.target); did you mean 'price'?"
    )
    for key in ("features", "categorical"):
        assert refusal(path, table, target="price", **{key: ["room"]}) == (
            f"t.csv: there is no column 'room' (data.{key}); did you mean 'rooms'?"
        )
    message = refusal(path, table, target="price", split={"column": "rom"})
    assert message == "t.csv: there is no column 'rom' (data.split.column); did you mean 'rooms'?"


def parquet(tmp_path, **columns):
    """Write a parquet file and return its path."""
    path = tmp_path / "t.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_parquet_is_read(tmp_path):
    """Whole numbers, floats, truth values, decimals and categories of a parquet file are read."""
    path = parquet(
        tmp_path,
        i=[1, 2],
        f=pl.Series([0.5, 1.5], dtype=pl.Float32),
        b=[True, False],
        d=pl.Series([1.25, 2.5]).cast(pl.Decimal(scale=2)),
        c=pl.Series(["u", "v"], dtype=pl.Categorical),
        y=[1.0, 2.0],
    )
    dataset = load_existing(path)
    assert dataset.feature_names == ("i", "f", "b", "d", "c=v")
    np.testing.assert_array_equal(dataset.X, [[1, 0.5, 1, 1.25, 0], [2, 1.5, 0, 2.5, 1]])


@pytest.mark.parametrize("value", [datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1), [1, 2]])
def test_a_parquet_column_that_is_neither_number_nor_text_is_refused(tmp_path, value):
    """Dates and lists are refused by column, and do no harm where they are not asked for."""
    path = parquet(tmp_path, x=[1, 2], d=[value, value], y=[3, 4])
    with pytest.raises(DataError, match=r"^t\.parquet: column 'd' holds .*; leave it out of data\.features$"):
        load_existing(path)
    np.testing.assert_array_equal(load_existing(path, features=["x"]).X, [[1], [2]])


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([1.0, None], "row 2, column 'x': the cell is missing"),
        ([1.0, math.nan], "row 2, column 'x': the cell is missing"),
        ([math.inf, 1.0], "row 1, column 'x': the number is infinite"),
        ([None, None], "row 1, column 'x': the cell is missing (1 more is missing)"),
        (["1", "b"], "row 2, column 'x': the text 'b' stands among numbers"),
    ],
)
def test_a_wrong_cell_of_parquet_is_named_by_its_row(tmp_path, values, problem):
    """A parquet file has rows and no lines."""
    with pytest.raises(DataError) as caught:
        load_existing(parquet(tmp_path, x=values, y=[1, 2]))
    assert str(caught.value).startswith(f"t.parquet: {problem}; ")


@pytest.mark.parametrize("content", [b"", b"hello", b"PAR1" + b"\xff" * 100 + b"PAR1"])
def test_a_damaged_parquet_file_is_refused(tmp_path, content):
    """What only calls itself parquet is refused by name."""
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"^t\.parquet: the file can't be read \(.*\); repair it$"):
        load_existing(tmp_path / "t.parquet")


@pytest.mark.parametrize("reader", ["read_csv", "read_parquet_schema"])
def test_a_panic_of_polars_is_a_refusal(tmp_path, monkeypatch, reader):
    """A panic, which is no Exception of Python's, is told as a file that can't be read."""

    def panic(*arguments, **keywords):
        raise pl.exceptions.PanicException("index out of bounds")

    monkeypatch.setattr(pl, reader, panic)
    path = tmp_path / ("t.csv" if reader == "read_csv" else "t.parquet")
    # The quotes keep it from those who read plain numbers without polars.
    path.write_bytes(b'x,y\n"1",2\n')
    assert not issubclass(pl.exceptions.PanicException, Exception)
    with pytest.raises(DataError, match=r"the file can't be read \(index out of bounds\); repair it$"):
        load_existing(path)


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "[red]x[/red]", "\u202eabc", "'", "a,b", "$x_1$"])
def test_a_strange_column_name_is_shown_safely(path, name):
    """A header from anywhere can be used as it is, and is shown in one plain line."""
    file = io.StringIO()
    csv.writer(file).writerows([[name, "y"], ["1", "2"], ["oops", "4"]])
    assert is_one_plain_line(refusal(path, file.getvalue()))
    good = file.getvalue().replace("oops", "3")
    assert load_table(path, good).feature_names == (name,)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
NUMBER_TEXTS = st.one_of(
    FINITE.map(repr),
    st.integers(-(10**30), 10**30).map(str),
    st.decimals(-1000, 1000, allow_nan=False).map(str),
    st.tuples(st.integers(-(10**20), 10**20), st.integers(-300, 280)).map("{0[0]}e{0[1]}".format),
    st.tuples(FINITE, st.integers(1, 40)).map(lambda pair: f"{pair[0]:.{pair[1]}e}"),
)


@given(st.lists(st.tuples(NUMBER_TEXTS, NUMBER_TEXTS), min_size=2, max_size=20))
@settings(deadline=None)
def test_numbers_are_what_python_reads(tmp_path_factory, rows):
    """Every number has the bits that Python's csv module and float give it."""
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("x", "y"), *rows])
    expected = np.array([[float(cell) for cell in row] for row in rows])
    if np.isinf(expected).any():
        assert refusal_of(load_existing, path)
        return
    dataset = load_existing(path)
    np.testing.assert_array_equal(dataset.X[:, 0], expected[:, 0])
    np.testing.assert_array_equal(dataset.y, expected[:, 1])


@given(st.lists(st.tuples(NUMBER_TEXTS, NUMBER_TEXTS), min_size=2, max_size=20))
@settings(deadline=None)
def test_numbers_with_commas_are_what_python_reads(tmp_path_factory, rows):
    """With commas for points, every number has the bits that Python reads with points."""
    path = tmp_path_factory.getbasetemp() / "commas.csv"
    lines = ["x;y", *(f"{x};{y}".replace(".", ",") for x, y in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    expected = np.array([[float(cell) for cell in row] for row in rows])
    if np.isinf(expected).any():
        assert refusal_of(load_german, path)
        return
    dataset = load_german(path)
    np.testing.assert_array_equal(dataset.X[:, 0], expected[:, 0])
    np.testing.assert_array_equal(dataset.y, expected[:, 1])


@given(st.binary() | st.text(st.sampled_from('xy,;\t\r\n"01.5e-NA ')).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_a_table_or_a_refusal(tmp_path_factory, content):
    """Whatever stands after a good beginning, the table is read, or refused in one plain line."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for start in (b"", b"x,y\n1,2\n3,4\n"):
        path.write_bytes(start + content)
        assert all(map(is_one_plain_line, refusal_of(load_existing, path)))
        path.write_bytes(start.replace(b",", b";") + content)
        assert all(map(is_one_plain_line, refusal_of(load_german, path)))
