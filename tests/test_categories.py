"""Categories become columns of 0 and 1, as scikit-learn makes them; missing cells are settled as asked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder
from tables import load_table

from regress_cli.data.columns import columns_from_json, columns_to_json, decode, encode, make_column
from regress_cli.errors import DataError


@pytest.fixture
def path(tmp_path):
    """Return where the test's table is written."""
    return tmp_path / "t.csv"


def texts(*values):
    """Return a column of texts, as it comes from a table."""
    return np.array(values, dtype=object)


COLUMN = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1)


@pytest.mark.parametrize(("one_hot", "drop"), [("drop_first", "first"), ("full", None)])
@given(values=COLUMN)
def test_one_hot_is_scikit_learn_s(one_hot, drop, values):
    """Columns of texts are encoded as scikit-learn's OneHotEncoder does, but for the order of numbers."""
    values = ["a" + value for value in values]  # None of these looks like a number.
    column = make_column("c", texts(*values), one_hot)
    encoder = OneHotEncoder(drop=drop, sparse_output=False)
    expected = encoder.fit_transform(np.array(values, dtype=object)[:, None])
    np.testing.assert_array_equal(encode([column], {"c": texts(*values)}), expected)


@given(COLUMN, st.sampled_from(["drop_first", "full"]))
def test_decoding_gives_the_texts_back(values, one_hot):
    """What was encoded is decoded to the same texts, also after the columns were kept as plain data."""
    column = make_column("c", texts(*values), one_hot)
    (again,) = columns_from_json(columns_to_json([column]))
    X = encode([column], {"c": texts(*values)})
    assert again == column
    assert list(decode([again], X)["c"]) == values


def test_names_say_column_and_category(path):
    """Each feature is called after its column and category; the first category is dropped by default."""
    table = "c,y\nb,1\na,2\nc,3\n"
    assert load_table(path, table).feature_names == ("c=b", "c=c")
    assert load_table(path, table, one_hot="full").feature_names == ("c=a", "c=b", "c=c")


def test_numbers_can_be_categories(path):
    """A column of numbers that is named categorical is one-hot, in the order of the numbers."""
    dataset = load_table(path, "c,y\n10,1\n9,2\n100,3\n", categorical=["c"], one_hot="full")
    assert dataset.feature_names == ("c=9", "c=10", "c=100")
    np.testing.assert_array_equal(dataset.X, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def test_texts_come_after_numbers():
    """Categories are ordered by value where they are numbers, and after those by text."""
    column = make_column("c", texts("b", "-nan", "10", "a", "9"), "full")
    assert column.categories == ("9", "10", "-nan", "a", "b")


def test_decimal_commas_can_be_categories(path):
    """Numbers with commas are categories only where the config says so."""
    dataset = load_table(path, 'c,y\n"1,5",1\n"2,5",2\n', categorical=["c"])
    assert dataset.feature_names == ("c=2,5",)


def test_an_unknown_category_is_refused():
    """A category that the training table had not is named, with the nearest one that it had."""
    column = make_column("c", texts("north", "south"), "full")
    with pytest.raises(DataError, match=r"row 2, column 'c': the category 'nrth' .*; did you mean 'north'\?"):
        encode([column], {"c": texts("south", "nrth")})


def number_column(*categories):
    """Return a column of numbers that stand for categories, every one with a feature."""
    return make_column("c", texts(*categories), "full")


@pytest.mark.parametrize(
    ("categories", "values", "codes"),
    [
        (["1", "2", "10"], [1, 2, 10], [0, 1, 2]),
        (["1", "2", "10"], [1.0, 10.0, 2.0], [0, 2, 1]),
        (["1", "2", "10"], [np.int64(10), np.float64(1), np.float32(2)], [2, 0, 1]),
        (["1.0", "2.50"], [1, 2.5], [0, 1]),
        (["01", "02"], [2, 1], [1, 0]),
        (["1", "1.0"], [1.0, 1, "1"], [1, 0, 0]),
        (["0.1", "-3"], [np.float32(0.1), -3], [1, 0]),
        (["9007199254740992", "9007199254740993"], [9007199254740993, 9007199254740992], [1, 0]),
    ],
)
def test_a_number_is_the_category_that_it_writes(categories, values, codes):
    """A number from Python is the category it is written as, or else the only one of its value."""
    features = encode([number_column(*categories)], {"c": texts(*values)})
    assert sorted(categories, key=float) == list(number_column(*categories).categories)
    np.testing.assert_array_equal(features.argmax(axis=1), codes)
    np.testing.assert_array_equal(features.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("categories", "value"),
    [
        (["1", "2"], 1.5),
        (["1", "2"], True),
        (["1", "2"], "1.0"),
        (["1", "01"], 1.0),
        (["1_0", "2"], 10),
        (["sNaN", "Infinity"], math.inf),
        (["9007199254740993", "1"], 9007199254740992),
        (["1", "2"], [1]),
    ],
)
def test_what_is_no_category_is_refused(categories, value):
    """What is written otherwise, or could be two categories, becomes none of them silently."""
    values = np.empty(1, dtype=object)
    values[0] = value
    with pytest.raises(DataError, match=r"row 1, column 'c': the category .* was not in the training table"):
        encode([number_column(*categories)], {"c": values})


def test_texts_without_order_are_noted(path):
    """Texts that all differ, and names of parts, are features with a note, unless the config names them."""
    different = "name,x,y\na,1,2\nb,2,3\nc,4,4\n"
    [note] = load_table(path, different).notes
    assert note.startswith("column 'name' holds another text in every row, each a feature of its own; ")
    parts = "part,x,y\ntrain,1,2\ntest,2,3\ntrain,4,4\n"
    [note] = load_table(path, parts).notes
    assert note == (
        "column 'part' holds names of parts and is taken for a feature; "
        "to split by it, name it in data.split.column"
    )
    assert load_table(path, different, features=["name"]).notes == ()
    assert load_table(path, different, categorical=["name"]).notes == ()
    assert load_table(path, parts, split={"column": "part"}).notes == ()
    assert load_table(path, "c,x,y\na,1,2\na,2,3\nb,4,4\n").notes == ()


def test_a_column_of_names_is_refused(path):
    """A column with a text of its own in every row would drown the others, and is refused by name."""
    with pytest.raises(DataError, match="column 'c' holds 1001 different texts, too many"):
        load_table(path, "c,y\n" + "".join(f"k{i},{i}\n" for i in range(1001)))


GAPS = "a,c,y\n1,u,1\n,v,2\n3,,3\n4,u,\n6,v,5\n8,u,6\n"


def test_rows_with_missing_cells_are_dropped(path):
    """With missing: drop, exactly the rows without a missing cell stay, in their order."""
    dataset = load_table(path, GAPS, missing="drop")
    np.testing.assert_array_equal(dataset.y, [1, 5, 6])
    np.testing.assert_array_equal(dataset.X, [[1, 0], [6, 1], [8, 0]])


def test_only_columns_in_use_decide_about_a_row(path):
    """A missing cell in a column that nobody asked for drops no row and is not refused."""
    assert len(load_table(path, GAPS.replace("u,\n", "u,4\n"), features=["c"], missing="drop").y) == 5
    np.testing.assert_array_equal(load_table(path, "a,b,y\n1,,1\n2,,2\n", features=["a"]).y, [1, 2])


def test_dropping_too_much_is_refused(path):
    """When fewer than two rows would be left, the message says so."""
    with pytest.raises(DataError, match="dropping rows with missing cells leaves too few; fill some in"):
        load_table(path, "x,y\n1,2\n,3\n4,\n", missing="drop")


def test_a_missing_number_becomes_the_training_part_s_mean(path):
    """With missing: mean, a gap holds what scikit-learn's SimpleImputer learns from the training rows."""
    cells = ["1", "", "5", "100", "", "7"]
    parts = ["train", "train", "train", "test", "test", "train"]
    rows = "".join(f"{x},{part},{i}\n" for i, (x, part) in enumerate(zip(cells, parts, strict=True)))
    dataset = load_table(path, "x,part,y\n" + rows, missing="mean", split={"column": "part"})
    values = np.array([[float(cell or "nan")] for cell in cells])
    imputer = SimpleImputer().fit(values[[part == "train" for part in parts]])
    np.testing.assert_allclose(dataset.X, imputer.transform(values), rtol=1e-15)


@pytest.mark.parametrize(("content", "place"), [("x,y\n1,2\n3,\n", "'y'"), ("x,y\na,2\n,3\nb,4\n", "'x'")])
def test_a_mean_stands_for_no_target_and_no_text(path, content, place):
    """A missing target, and a missing text, is refused where numbers would be filled in."""
    with pytest.raises(
        DataError, match=rf"t\.csv: row 2 \(line 3\), column {place}: the cell is missing; a mean .* drop$"
    ):
        load_table(path, content, missing="mean")


def test_a_column_without_any_number_has_no_mean(path):
    """A column whose training cells are all missing is refused by name."""
    with pytest.raises(DataError, match="column 'x': every cell of the training part is missing; leave it"):
        load_table(path, "x,y\n,1\n,2\n", missing="mean")


def test_a_wrong_part_is_named_by_its_row_in_the_file(path):
    """Dropped rows do not shift the row that a message names."""
    table = "x,part,y\n,train,1\n2,train,2\n3,tran,3\n"
    with pytest.raises(DataError) as caught:
        load_table(path, table, missing="drop", split={"column": "part"})
    assert str(caught.value) == (
        "t.csv: row 3 (line 4), column 'part': 'tran' is not a part; write one of: train, validation, test"
    )
