"""Texts in csv files: no spreadsheet computes one, and regress reads back what it wrote."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import call

from regress_cli import load_config, run
from regress_cli.config.schema import LONGEST_COLUMN_NAME
from regress_cli.data.table import MISSING, column_names, read_table
from regress_cli.data.table_file import TableFile
from regress_cli.errors import DataError
from regress_cli.runs import csv_text
from regress_cli.spreadsheets import GUARDED, guarded, unguarded

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\ufeff", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+x",
    "-x",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\ufeff=1",
    " =1",
    "\uff1d1",
    "-1",
    "'=1",
]
PLAIN = ["a", "w[size]", "x^2", "'t is", "''", "a=1", "5 % off", "'", "%", "|x"]

# Half a pair of surrogates is no text that a file could hold, and polars ends a text at a zero byte.
_letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_bits = st.sampled_from([*SIGNS, "'", " ", '"', ",", "\v", "\u00a0"]) | _letters
texts = st.lists(_bits, min_size=1, max_size=8).map("".join)
cells = texts.filter(lambda text: text not in MISSING)
headers = texts.map(str.strip).filter(lambda text: 0 < len(text) <= LONGEST_COLUMN_NAME)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_stands_behind_a_quote(text: str):
    """What a spreadsheet would compute is written with a quote before it, and read without."""
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_an_ordinary_text_stays_as_it_is(text: str):
    """A text that is no formula is written and read as it is, quotes at its beginning included."""
    assert guarded(text) == unguarded(text) == text


@given(texts)
def test_every_text_reads_back(text: str):
    """The quote is taken off exactly where it was put, in Python's and in Rust's regular expressions."""
    written = guarded(text)
    assert not written.lstrip(" \u00a0\u3000\f\v").startswith(SIGNS)
    assert unguarded(written) == text
    assert pl.Series([written]).str.replace(GUARDED, "$1")[0] == text


@pytest.mark.parametrize("many_rows", [1, 1000])
@settings(max_examples=40)
@given(columns=st.dictionaries(headers, st.tuples(cells, cells), min_size=1, max_size=3))
def test_a_table_reads_back(many_rows: int, columns: dict[str, tuple[str, str]]):
    """Whatever stands in header and cells, either writer's file holds no formula and reads as it was."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(csv_text, "_MANY_ROWS", many_rows)
        text = csv_text.csv_text({name: np.array(column, dtype=object) for name, column in columns.items()})
        path = Path(folder) / "t.csv"
        path.write_bytes(text.encode())
        read = read_table(TableFile(path), column_names(TableFile(path)), texts=list(columns))
    assert {name: tuple(values) for name, values in read.values.items()} == columns
    assert not [
        cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if cell.startswith(SIGNS)
    ]


def test_numbers_stay_numbers():
    """A negative number is no formula, and texts that are numbers read back as such."""
    assert csv_text.csv_text({"x": np.array([-1.5, 2.0]), "n": [-1, None]}) == "x,n\n-1.5,-1\n2.0,\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(csv_text.csv_text({"x": ["-1", "+2", "3"]}))
        assert path.read_text() == "x\n'-1\n'+2\n3\n"
        assert read_table(TableFile(path), ["x"]).values["x"].tolist() == [-1.0, 2.0, 3.0]


def test_a_foreign_quote_is_read_as_ours(tmp_path: Path):
    """A quote before a formula is not part of the name, whoever wrote it; so two names may be one."""
    table = TableFile(tmp_path / "t.csv")
    table.path.write_text("'=a,''=b,'c\n1,2,3\n")
    assert column_names(table) == ["=a", "'=b", "'c"]
    table.path.write_text("'=a,=a\n1,2\n")
    with pytest.raises(DataError, match="two columns are called '=a'"):
        column_names(table)


def test_parquet_is_read_as_it_is(tmp_path: Path):
    """Parquet has types, so that no spreadsheet takes its texts for formulas, and no quote is taken off."""
    table = TableFile(tmp_path / "t.parquet")
    pl.DataFrame({"'=a": ["'=1", "'-2"]}).write_parquet(table.path)
    assert column_names(table) == ["'=a"]
    assert read_table(table, ["'=a"]).values["'=a"].tolist() == ["'=1", "'-2"]


def test_a_run_and_its_predictions_read_back(tmp_path: Path):
    """Formulas as names and categories stay texts in all csv files of a run, which a run can be made of."""
    rows = ["=cmd|A0,1,2", "@b,2,3", "=cmd|A0,3,5", "-c,4,4", "@b,5,6", "-c,7,8"]
    (tmp_path / "t.csv").write_text("\n".join(["=1+1,+x,y", *rows]) + "\n")
    (tmp_path / "c.yaml").write_text(
        "name: formulas\ndata: {kind: table, path: t.csv, target: y}\n"
        "model: {kind: linear}\noptimizer: {kind: exact}\n"
    )
    made = run(load_config(tmp_path / "c.yaml"), tmp_path)
    predictions = made.folder / "predictions.csv"
    assert predictions.read_text().startswith("part,'=1+1,'+x,y,prediction\ntrain,'=cmd|A0,1.0,")
    shown = call("predict", made.folder, tmp_path / "t.csv")
    assert shown.stdout.startswith("'=1+1,'+x,prediction\n'=cmd|A0,1.0,")
    (tmp_path / "own.csv").write_text(shown.stdout)
    again = call("predict", made.folder, tmp_path / "own.csv", "--out", tmp_path / "again.csv")
    assert again.exit_code == 0
    assert (tmp_path / "again.csv").read_text() == shown.stdout
    config = load_config(
        tmp_path / "c.yaml", [f"data.path={predictions}", "data.features=['=1+1', '+x']", "name=again"]
    )
    assert run(config, tmp_path).record["metrics"] == made.record["metrics"]
