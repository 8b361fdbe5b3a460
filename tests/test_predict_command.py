"""``regress predict``: a finished run's predictions for new rows."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shell import HOUSES, call, houses_config, small_config, strict_json

from regress_cli import Run, load_config, predict, run
from regress_cli.errors import DataError


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on numbers and texts, with scaling; its table lies two folders above."""
    folder = tmp_path_factory.mktemp("houses")
    return run(load_config(houses_config(folder)), folder / "outputs")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return the table that the run was trained on."""
    path = tmp_path / "rows.csv"
    path.write_text(HOUSES)
    return path


def column(text: str, name: str) -> list[str]:
    """Return a column of csv text."""
    return [row[name] for row in csv.DictReader(text.splitlines())]


def own_predictions(finished: Run) -> list[str]:
    """Return the cells that the run itself wrote."""
    return column((finished.folder / "predictions.csv").read_text(), "prediction")


def test_csv_goes_to_stdout(houses: Run, table: Path):
    """The run's columns and the prediction are csv on stdout, equal to what the run itself wrote."""
    answer = call("predict", houses.folder, table)
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[0] == "size,rooms,district,prediction"
    assert column(answer.stdout, "prediction") == own_predictions(houses)


def test_parquet_gives_the_same(houses: Run, table: Path):
    """A parquet file of the same rows gives the same predictions."""
    parquet = table.with_suffix(".parquet")
    pl.read_csv(table).write_parquet(parquet)
    assert column(call("predict", houses.folder, parquet).stdout, "prediction") == own_predictions(houses)


def test_out_writes_a_file_and_prints_nothing(houses: Run, table: Path, tmp_path: Path):
    """With --out the csv goes to the file and stdout stays empty."""
    printed = call("predict", houses.folder, table).stdout
    answer = call("predict", houses.folder, table, "--out", tmp_path / "new.csv")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert (tmp_path / "new.csv").read_text() == printed


def test_a_bad_out_is_refused(houses: Run, table: Path, tmp_path: Path):
    """A file that can't be written is one message with the remedy, and exit code 2."""
    answer = call("predict", houses.folder, table, "-q", "--out", tmp_path / "no" / "new.csv")
    assert answer.exit_code == 2
    assert answer.stderr.endswith("No such file or directory; name another file with --out\n")


def test_json_is_a_list_of_rows(houses: Run, table: Path):
    """--json prints one strict JSON list with an object for each row."""
    rows = strict_json(call("predict", houses.folder, table, "--json").stdout)
    assert rows[1] == {
        "size": 61, "rooms": 2, "district": "south", "prediction": float(own_predictions(houses)[1])
    }  # fmt: skip
    assert len(rows) == 12


def test_json_stays_strict_where_a_prediction_overflows(tmp_path: Path):
    """A prediction beyond the largest number is null in JSON."""
    small = run(load_config(small_config(tmp_path)), tmp_path)
    (tmp_path / "far.csv").write_text("x\n1e308\n1\n")
    rows = strict_json(call("predict", small.folder, tmp_path / "far.csv", "--json").stdout)
    assert rows[0]["prediction"] is None
    assert rows[1]["prediction"] == pytest.approx(14, abs=3)


def test_the_order_of_columns_does_not_matter(houses: Run, table: Path):
    """Columns are found by name, in whatever order they stand."""
    pl.read_csv(table).select("district", "size", "rooms").write_csv(table)
    assert column(call("predict", houses.folder, table).stdout, "prediction") == own_predictions(houses)


def test_an_extra_column_is_named_on_stderr(houses: Run, table: Path):
    """A column that the run does not know is ignored, and named; --quiet leaves that out."""
    answer = call("predict", houses.folder, table)
    assert answer.stderr == "note: column 'price' is not one that the run was trained on; it is ignored\n"
    assert call("predict", houses.folder, table, "-q").stderr == ""


def refusal(houses: Run, folder: Path, rows: str) -> str:
    """Return the single message about a csv file that can't be used."""
    (folder / "rows.csv").write_text(rows)
    answer = call("predict", houses.folder, folder / "rows.csv")
    assert answer.exit_code == 2
    assert answer.stdout == ""
    [line] = answer.stderr.splitlines()
    return line


def test_a_missing_column_is_named(houses: Run, tmp_path: Path):
    """A column that the run needs is said by name, with the nearest one that is there."""
    line = refusal(houses, tmp_path, "sizes,rooms,district\n50,2,north\n")
    assert line.startswith("error: rows.csv: there is no column 'size'")
    assert line.endswith("did you mean 'sizes'?")


def test_an_unknown_category_is_named(houses: Run, tmp_path: Path):
    """A text that the training table did not have is said by row and column."""
    line = refusal(houses, tmp_path, "size,rooms,district\n50,2,north\n50,2,nroth\n")
    assert line.startswith(
        "error: rows.csv: row 2 (line 3), column 'district': the category 'nroth' was not "
    )
    assert line.endswith("did you mean 'north'?")


def test_a_missing_cell_is_named(houses: Run, tmp_path: Path):
    """A missing number is said by row, line and column."""
    line = refusal(houses, tmp_path, "size,rooms,district\n50,2,north\n,2,north\n")
    assert line.startswith("error: rows.csv: row 2 (line 3), column 'size': the cell is missing")


def test_a_text_among_numbers_is_named(houses: Run, tmp_path: Path):
    """A cell that is no number is said by row, column and content."""
    line = refusal(houses, tmp_path, "size,rooms,district\n50,2,north\nlarge,2,north\n")
    assert "row 2 (line 3), column 'size': the text 'large' stands among numbers" in line


def test_a_column_of_texts_in_place_of_numbers_is_named(houses: Run, tmp_path: Path):
    """A whole column of texts where the run has numbers is said by its first cell."""
    line = refusal(houses, tmp_path, "size,rooms,district\nbig,2,north\nlarge,2,north\n")
    assert "column 'size': 'big' stands where the run has numbers" in line


def test_a_missing_file_is_said_without_a_key(houses: Run, tmp_path: Path):
    """New rows are in no config, so the message names no key of one."""
    answer = call("predict", houses.folder, tmp_path / "none.csv")
    assert answer.stderr.endswith("none.csv: there is no such file; check the path\n")


def test_another_separator_is_answered_without_a_key(houses: Run, tmp_path: Path):
    """A file that is separated otherwise than the run's own table is to be saved like it."""
    line = refusal(houses, tmp_path, "size;rooms;district\n50;2;north\n")
    assert line.endswith("its header is separated by semicolons; save it with commas, as the run has them")


def german(text: str) -> str:
    """Return csv text as a spreadsheet on a German machine exports it."""
    return text.replace(",", ";").replace(".", ",")


@pytest.fixture(scope="module")
def german_houses(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on semicolons and decimal commas."""
    folder = tmp_path_factory.mktemp("german")
    config = houses_config(folder)
    (folder / "houses.csv").write_text(german(HOUSES.replace("52,", "52.5,")))
    return run(load_config(config, ['data.separator=";"', 'data.decimal=","']), folder / "outputs")


def test_new_files_are_read_as_the_run_s_own(german_houses: Run, tmp_path: Path):
    """The run's separator and decimals hold for new rows, and parquet needs neither."""
    (tmp_path / "new.csv").write_text(german("size,rooms,district\n52.5,2,north\n99.25,4,west\n"))
    predicted = column(call("predict", german_houses.folder, tmp_path / "new.csv").stdout, "prediction")
    assert predicted[0] == own_predictions(german_houses)[0]
    pl.DataFrame({"size": [52.5, 99.25], "rooms": [2, 4], "district": ["north", "west"]}).write_parquet(
        tmp_path / "new.parquet"
    )
    answer = call("predict", german_houses.folder, tmp_path / "new.parquet")
    assert column(answer.stdout, "prediction") == predicted
    np.testing.assert_array_equal(predict(german_houses, tmp_path / "new.csv"), list(map(float, predicted)))


def test_commas_for_two_purposes_are_refused(tmp_path: Path):
    """A run on tabs and decimal commas takes no file whose cells are separated by commas."""
    config = houses_config(tmp_path)
    (tmp_path / "houses.tsv").write_text(HOUSES.replace(",", "\t"))
    changes = ["data.path=houses.tsv", 'data.decimal=","']
    finished = run(load_config(config, changes), tmp_path / "outputs")
    line = refusal(finished, tmp_path, "size,rooms,district\n50,2,north\n")
    assert line.endswith("the run has commas in its numbers; save the table as tsv, with tabs")


def test_an_early_end_is_noted(tmp_path: Path):
    """Predictions of a run that diverged, or met its time limit, come with a note; --quiet leaves it out."""
    (tmp_path / "rows.csv").write_text("x\n1\n")
    for change, words in (
        ("optimizer.step_size=5", "training diverged in this run"),
        ("training.time_limit=1e-9", "the time limit ended this run's training early"),
    ):
        config = load_config(small_config(tmp_path), [change, "training.steps=5000"])
        early = run(config, tmp_path / "outputs")
        answer = call("predict", early.folder, tmp_path / "rows.csv")
        assert answer.exit_code == 0
        assert answer.stderr.startswith(f"note: {words}; the predictions ")
        assert call("predict", early.folder, tmp_path / "rows.csv", "-q").stderr == ""


def test_numbers_from_python_are_categories(tmp_path: Path):
    """Codes that were texts in the file are the same categories as numbers from Python, whole floats too."""
    (tmp_path / "t.csv").write_text("code,y\n1,10\n2,20\n3,35\n1,10\n")
    data = {"kind": "table", "path": str(tmp_path / "t.csv"), "target": "y", "categorical": ["code"]}
    config = load_config({"data": data, "model": {"kind": "linear"}, "optimizer": {"kind": "exact"}})
    finished = run(config, tmp_path / "outputs")
    for codes in ([1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"], np.array([1, 2, 3])):
        np.testing.assert_allclose(predict(finished, {"code": codes}), [10, 20, 35])
    with pytest.raises(DataError, match="data: row 2, column 'code': the category 4 was not in the training"):
        predict(finished, {"code": [1, 4]})


def test_what_is_not_a_run_folder_is_refused(table: Path, tmp_path: Path):
    """A folder without a run and a path that is not there are refused with a remedy."""
    assert "not a whole run" in call("predict", tmp_path, table).stderr
    assert "there is no such run folder" in call("predict", tmp_path / "nothing", table).stderr
    assert call("predict", tmp_path, table).exit_code == 2


def test_a_table_with_no_rows_gives_just_the_header(houses: Run, tmp_path: Path):
    """No rows in, no rows out."""
    (tmp_path / "rows.csv").write_text("size,rooms,district\n")
    answer = call("predict", houses.folder, tmp_path / "rows.csv")
    assert (answer.exit_code, answer.stdout) == (0, "size,rooms,district,prediction\n")


def test_python_predicts_from_a_mapping(houses: Run):
    """From Python, columns by name give an array, equal to the run's own predictions."""
    rows = list(csv.DictReader(HOUSES.splitlines()))
    columns = {name: [row[name] for row in rows] for name in ("size", "rooms", "district")}
    predicted = predict(houses.folder, columns)
    assert predicted.dtype == np.float64
    assert list(map(str, predicted.tolist())) == own_predictions(houses)


def test_python_is_told_of_a_missing_column(houses: Run):
    """A mapping that lacks a column is refused by name."""
    with pytest.raises(DataError, match="there is no column 'rooms'"):
        predict(houses, {"size": [1.0], "district": ["north"]})


def test_python_is_told_that_a_number_is_no_column(houses: Run):
    """A single number in place of a column is refused by name."""
    with pytest.raises(DataError, match="column 'size' is not a list of values"):
        predict(houses, {"size": 1.0, "rooms": [1], "district": ["north"]})


def test_python_is_told_of_columns_of_unequal_length(houses: Run):
    """Columns that do not have the same number of rows are refused by name."""
    with pytest.raises(DataError, match="column 'rooms' has 2 rows, column 'size' has 1"):
        predict(houses, {"size": [1.0], "rooms": [1, 2], "district": ["north"]})


class PandasLike:
    """The little of pandas' DataFrame that is relied on: columns, and a column by its name."""

    def __init__(self, columns: dict[str, list]) -> None:
        self._columns = columns
        self.columns = np.array(list(columns), dtype=object)

    def __getitem__(self, name: str) -> np.ndarray:
        return np.array(self._columns[name], dtype=object if name == "district" else None)


@pytest.mark.parametrize("frame", [pl.DataFrame, PandasLike])
def test_python_predicts_from_a_data_frame(houses: Run, frame: type):
    """A DataFrame of polars, and what is like one of pandas, is read by its columns."""
    columns = pl.read_csv(HOUSES.encode()).to_dict(as_series=False)
    assert list(map(str, predict(houses, frame(columns)).tolist())) == own_predictions(houses)
    with pytest.raises(DataError, match="there is no column 'rooms'"):
        predict(houses, frame({"size": [1.0], "district": ["north"]}))
    with pytest.raises(DataError, match="data: row 2, column 'district': the cell is missing"):
        predict(houses, frame({"size": [1, 1], "rooms": [1, 1], "district": ["north", None]}))


def test_a_missing_text_of_pandas_is_missing(houses: Run):
    """NaN among texts is a missing cell and no category."""
    with pytest.raises(DataError, match="data: row 2, column 'district': the cell is missing"):
        predict(houses, {"size": [1, 1], "rooms": [1, 1], "district": ["north", float("nan")]})


@pytest.mark.parametrize("data", [[[52, 2, "north"]], np.ones((2, 3)), None, 7])
def test_python_is_told_that_data_have_no_names(houses: Run, data: object):
    """What has no columns by name is refused with what to give instead."""
    with pytest.raises(DataError, match="has no columns by name; give a file, a DataFrame, or a mapping"):
        predict(houses, data)
