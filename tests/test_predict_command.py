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
    assert "row 2" in line
    assert "column 'district': the category 'nroth' was not in the training table" in line
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
