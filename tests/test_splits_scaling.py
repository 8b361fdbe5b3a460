"""Parts of the rows, and scaling that is fitted on the training part and undone in every report."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import StandardScaler
from tables import load_table

from regress_cli.config.schema import Split
from regress_cli.data.splits import random_parts
from regress_cli.errors import DataError
from regress_cli.scaling import Standardizer, fit_scaling

FRACTIONS = st.floats(0, 0.45)


@given(st.integers(2, 500), FRACTIONS, FRACTIONS, st.integers(0, 2**32))
def test_random_parts_share_the_rows(n, validation, test, seed):
    """Every row is in exactly one part, the parts have their sizes, and keep the table's order."""
    try:
        parts = random_parts(n, Split(validation=validation, test=test), np.random.default_rng(seed))
    except DataError:
        assume(False)
    rows = {name: np.arange(n)[chosen] for name, chosen in parts.items()}
    assert sorted(np.concatenate(list(rows.values()))) == list(range(n))
    assert len(rows.get("validation", [])) == round(n * validation)
    assert len(rows.get("test", [])) == round(n * test)
    assert all(np.all(np.diff(chosen) > 0) for chosen in rows.values())


def test_every_row_is_as_likely_to_be_tested():
    """Over many seeds each row is drawn for the test part as often as the fraction says."""
    count = np.zeros(10)
    for seed in range(2000):
        count[random_parts(10, Split(test=0.3), np.random.default_rng(seed))["test"]] += 1
    # The standard deviation of each count is sqrt(2000 * 0.3 * 0.7) = 20.5.
    np.testing.assert_allclose(count, 600, atol=5 * 20.5)


@pytest.mark.parametrize(
    ("n", "split", "problem"),
    [
        (10, {"test": 0.01}, "data.split.test: 0.01 of 10 rows is less than one row; give a larger fraction"),
        (2, {"validation": 0.4, "test": 0.4}, "data.split: no row of 2 is left to train on"),
    ],
)
def test_a_part_without_rows_is_refused(n, split, problem):
    """A part that is asked for and would be empty, the training part too, is refused by name."""
    with pytest.raises(DataError) as caught:
        random_parts(n, Split(**split), np.random.default_rng(0))
    assert str(caught.value).startswith(problem)


def test_a_column_can_name_the_parts(tmp_path):
    """The cells of the split column choose the rows, and the column is no feature."""
    table = "x,part,y\n1,train,1\n2,test,2\n3,validation,3\n4,train,4\n"
    dataset = load_table(tmp_path / "t.csv", table, split={"column": "part"})
    assert dataset.feature_names == ("x",)
    assert {name: list(dataset.part(name)[1]) for name in dataset.parts} == {
        "train": [1, 4],
        "validation": [3],
        "test": [2],
    }


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (["train", "Train"], "t.csv: row 2 (line 3), column 'part': 'Train' is not a part; write one of: "),
        (["0", "1"], "t.csv: row 1 (line 2), column 'part': '0' is not a part; write one of: "),
        (["train", ""], "t.csv: row 2 (line 3), column 'part': the cell is missing; "),
        (
            ["test", "test"],
            "data.split.column: no row of column 'part' says train; mark the rows to train on",
        ),
    ],
)
def test_a_column_with_other_cells_is_refused(tmp_path, cells, problem):
    """A cell that names no part is refused by row and column, and so is a table that can't train."""
    table = "x,part,y\n" + "".join(f"{i},{cell},{i}\n" for i, cell in enumerate(cells))
    with pytest.raises(DataError) as caught:
        load_table(tmp_path / "t.csv", table, split={"column": "part"})
    assert str(caught.value).startswith(problem)


def random_table(seed, n=40):
    """Return csv text of two random features and a target, and the same as an array."""
    values = np.random.default_rng(seed).normal([3, -500, 0.01], [2, 80, 0.001], size=(n, 3))
    text = "a,b,y\n" + "".join(f"{a!r},{b!r},{y!r}\n" for a, b, y in values.tolist())
    return text, values


def test_scaling_is_scikit_learn_s_fitted_on_the_training_part(tmp_path):
    """Every part is scaled by the mean and standard deviation of the training rows alone."""
    text, values = random_table(1)
    dataset = load_table(
        tmp_path / "t.csv",
        text,
        split={"validation": 0.2, "test": 0.3},
        standardize={"features": True, "target": True},
    )
    scaler = StandardScaler().fit(values[dataset.parts["train"]])
    for name, rows in dataset.parts.items():
        expected = scaler.transform(values[rows])
        X, y = dataset.scaled_part(name)
        np.testing.assert_allclose(X, expected[:, :2], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(y, expected[:, 2], rtol=1e-12, atol=1e-14)


def test_the_data_stay_in_their_own_units(tmp_path):
    """Scaling is applied on the way to training only: the dataset keeps what the file says."""
    text, values = random_table(2)
    scaled = {"features": True, "target": True}
    dataset = load_table(tmp_path / "t.csv", text, split={"test": 0.5}, standardize=scaled)
    dataset.scaled_part("train")
    np.testing.assert_array_equal(dataset.X, values[:, :2])
    np.testing.assert_array_equal(dataset.y, values[:, 2])


@pytest.mark.parametrize(("features", "target"), [(False, False), (True, False), (False, True)])
def test_only_what_is_asked_for_is_scaled(features, target):
    """Features and target are scaled each on their own wish."""
    X, y = np.array([[1.0], [3.0]]), np.array([10.0, 30.0])
    scaling = fit_scaling(X, y, features, target)
    np.testing.assert_array_equal(scaling.features.transform(X), [[-1], [1]] if features else X)
    np.testing.assert_array_equal(scaling.target.transform(y), [-1, 1] if target else y)


# Numbers whose squares can be represented, as a standard deviation needs them.
NUMBERS = st.one_of(
    st.just(0.0), st.floats(1e-100, 1e100), st.floats(-1e100, -1e-100), st.floats(1e6, 1e6 + 1)
)
COLUMNS = arrays(np.float64, st.tuples(st.integers(2, 30), st.just(3)), elements=NUMBERS)


@given(COLUMNS)
def test_scaling_can_be_undone(values):
    """Forward and back again gives every number of the data, within rounding of the column's size."""
    standardizer = Standardizer.fit(values)
    again = standardizer.inverse_transform(standardizer.transform(values))
    assert np.all(np.abs(again - values) <= 1e-12 * np.abs(values).max(axis=0))


@given(COLUMNS)
def test_a_scaled_column_has_mean_0_and_deviation_1_or_is_0(values):
    """What is scaled is centred with unit spread, unless the column holds nothing but rounding."""
    scaled = Standardizer.fit(values).transform(values)
    for column, original in zip(scaled.T, values.T, strict=True):
        if np.any(column):
            # Rounding in the mean of large numbers that lie close together shows in the scaled mean.
            slack = 1e-12 * np.abs(original).max() / original.std()
            assert abs(column.mean()) <= 1e-12 + slack
            assert column.std() == pytest.approx(1, rel=1e-9 + slack)
        else:
            assert np.ptp(original) <= 1e-13 * np.abs(original).max()


@pytest.mark.parametrize("value", [0.1, 1 / 3, -1e10 / 3, 1e-300, 0.0, 123456.789])
@pytest.mark.parametrize("n", [3, 10, 1000, 100_003])
def test_a_constant_column_becomes_exactly_0(value, n):
    """Equal numbers have a computed deviation of about 1e-16 of their size, which is not blown up."""
    values = np.full((n, 1), value)
    standardizer = Standardizer.fit(values)
    np.testing.assert_array_equal(standardizer.transform(values), 0)
    np.testing.assert_allclose(standardizer.inverse_transform(np.zeros((2, 1))), value, rtol=1e-14)


def test_the_rounding_of_a_constant_column_is_real():
    """The case above exists: some constant column has a computed deviation that is tiny and not 0."""
    assert any(0 < np.full(n, 0.1).std() < 1e-15 for n in range(2, 100))


def test_a_column_that_varies_little_is_no_constant():
    """A spread of a billionth of a column's size is data and is scaled."""
    values = 1e3 + 1e-6 * np.array([[1.0], [-1.0]])
    np.testing.assert_allclose(Standardizer.fit(values).transform(values), [[1], [-1]], rtol=1e-6)


def test_a_new_row_may_leave_the_constant(tmp_path):
    """A column that is constant in the training part has no effect on any other row either."""
    table = "x,c,part,y\n1,5,train,1\n2,5,train,2\n3,900,test,3\n"
    dataset = load_table(tmp_path / "t.csv", table, split={"column": "part"}, standardize={"features": True})
    assert dataset.scaled_part("test")[0][0, 1] == 0


def test_a_constant_target_can_be_undone():
    """A constant target is learned as its value, and not lost."""
    y = np.full(4, 0.1)
    target = fit_scaling(np.ones((4, 1)), y, features=False, target=True).target
    np.testing.assert_allclose(target.inverse_transform(target.transform(y)), y, rtol=1e-15)


def test_nothing_is_copied_where_nothing_is_scaled():
    """Without scaling, training sees the very arrays of the data."""
    values = np.ones((3, 2))
    identity = Standardizer.identity((2,))
    assert identity.transform(values) is values
    assert identity.inverse_transform(values) is values
