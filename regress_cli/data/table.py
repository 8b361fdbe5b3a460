"""Reading a csv, tsv or parquet file strictly: with polars, unless it is small and plain.

A column is numbers or texts as a whole. A text among numbers, a missing cell under a name, a row of
another length, a repeated header: each is refused by name and place, never guessed around.
"""

import csv
import hashlib
import mmap
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regress_cli.config.schema import LONGEST_COLUMN_NAME
from regress_cli.data.plain_table import plain_table
from regress_cli.data.table_file import SEPARATORS, TableFile
from regress_cli.errors import DataError, refuse_no_room
from regress_cli.spreadsheets import GUARDED, unguarded
from regress_cli.text import did_you_mean, printable, quoted

if TYPE_CHECKING:
    import polars as pl

# Texts that stand for a missing cell.
MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL"]
# Texts that are numbers to a person who writes decimals otherwise, by what the file's decimals follow.
_OTHER_NUMBER = {
    ".": r"^\s*[-+]?[0-9]+(,[0-9]+)+(\.[0-9]*)?([eE][-+]?[0-9]+)?\s*$",
    # Not 24.12.1999, which is a date.
    ",": r"^\s*[-+]?[0-9]+(\.[0-9]+|(\.[0-9]{3})+(,[0-9]*)?)([eE][-+]?[0-9]+)?\s*$",
}
# Rows that are looked at to tell numbers from texts before the whole file is read.
_SAMPLE_ROWS = 1000
# Bytes at a file's end in which blank lines are looked for.
_LONGEST_END = 1 << 16


@dataclass(frozen=True)
class Table:
    """Columns of a file: numbers as float64 with NaN for missing, texts as objects with None."""

    values: Mapping[str, np.ndarray]
    file: TableFile


def column_names(file: TableFile) -> list[str]:
    """Return the names of all columns of the file, without the blanks around them.

    Raises:
        DataError: there is no such file, it is of no known kind, or a name is empty or repeated.
    """
    names = [_said(name, file) for name in _written_names(file)]
    counts = Counter(names)
    for position, name in enumerate(names, start=1):
        if not name:
            raise DataError(f"{file.origin}: column {position} has no name; name it in the header")
        if counts[name] > 1:
            raise DataError(f"{file.origin}: two columns are called {quoted(name)}; rename one in the header")
        if len(name) > LONGEST_COLUMN_NAME:
            raise DataError(
                f"{file.origin}: the name of column {position} has {len(name)} characters; "
                f"write at most {LONGEST_COLUMN_NAME}"
            )
    return names


def require_columns(file: TableFile, wanted: Sequence[str], available: Sequence[str], key: str) -> None:
    """Refuse a wanted column that the file has not, with the nearest name that it has."""
    known = set(available)
    for name in wanted:
        if name not in known:
            hint = file.separator_hint(available[0]) if len(available) == 1 else None
            hint = hint or did_you_mean(name, available)
            raise DataError(f"{file.origin}: there is no column {quoted(name)} ({key}); {hint}")


def read_table(file: TableFile, names: Sequence[str], texts: Sequence[str] = ()) -> Table:
    """Read the named columns.

    Args:
        file: A csv, tsv or parquet file.
        names: The columns to read; each must exist.
        texts: Those among them that are texts even where their cells look like numbers.

    Raises:
        DataError: a cell can't be read; the message names it.
    """
    written = {_said(name, file): name for name in _written_names(file)}
    with _explained(file):
        plain = None if texts else plain_table(file)
        if plain is not None:
            return Table({name: plain.column(written[name]) for name in names}, file)
        read = _read_text if file.is_text else _read_parquet
        if file.is_text and any('"' in name for name in written):
            # Where polars reads a header's names, it leaves a quote in them doubled.
            written = dict(zip(written, _read_csv(file, infer_schema=False, n_rows=0).columns, strict=True))
        frame = read(file, [written[name] for name in names], [written[name] for name in texts])
        values = {name: _to_numpy(frame[written[name]], name, name in texts, file) for name in names}
    table = Table(values, file)
    _refuse_infinite(table)
    return table


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of the file's bytes.

    Raises:
        DataError: there is no such file, or it is of no known kind.
    """
    named = TableFile(path)
    _check_file(named)
    with _explained(named), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _written_names(file: TableFile) -> list[str]:
    """Return the names of all columns as they stand in the file."""
    _check_file(file)
    with _explained(file):
        plain = plain_table(file)
        if plain is not None:
            return plain.names
        import polars as pl

        if not file.is_text:
            return list(pl.read_parquet_schema(file.path))
        header = _read_csv(file, has_header=False, infer_schema=False, n_rows=1)
        return [name or "" for name in header.row(0)]


def _said(written: str, file: TableFile) -> str:
    """Return the name that the header writes, without what is there for spreadsheets only."""
    name = written.strip()
    return unguarded(name).strip() if file.is_text else name


def _check_file(file: TableFile) -> None:
    path = file.path
    if path.suffix.lower() not in SEPARATORS:
        raise DataError(f"{printable(path)}: this is not a csv, tsv or parquet file; name one that ends so")
    with _explained(file):
        if path.is_dir():
            raise DataError(f"{printable(path)}: this is a folder; name a file in it")
        if not path.exists():
            raise DataError(f"{printable(path)}: there is no such file; {file.check_path}")
        if not path.is_file():
            raise DataError(f"{printable(path)}: this is not a regular file; name one that is")
    if file.is_text and file.separator == file.decimal:
        raise DataError(f"{file.origin}: the run has commas in its numbers; save the table as tsv, with tabs")


class _explained:  # noqa: N801 - it reads as a verb, like contextlib's own managers.
    """Turn what polars raises for a bad file into a DataError."""

    def __init__(self, file: TableFile) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is None:
            return
        import polars as pl

        origin = self._file.origin
        if isinstance(error, pl.exceptions.NoDataError):
            raise DataError(f"{origin}: the file is empty; give it a header and rows") from error
        # A panic is what polars, which is written in Rust, ends with where it expected the file to be sound;
        # it is no Exception, so that nothing else would catch it.
        if isinstance(error, pl.exceptions.PolarsError | pl.exceptions.PanicException):
            first_line = printable(str(error).splitlines()[0] if str(error) else type(error).__name__)
            raise DataError(f"{origin}: the file can't be read ({first_line}); repair it") from error
        if isinstance(error, OSError):
            refuse_no_room(f"read {origin}", error)
            reason = error.strerror or "it can't be opened"
            raise DataError(
                f"{origin}: the file can't be read ({reason}); {self._file.check_path}"
            ) from error


def _read_parquet(file: TableFile, names: Sequence[str], _: Sequence[str]) -> "pl.DataFrame":
    import polars as pl

    return pl.read_parquet(file.path, columns=_selection(names), glob=False)


def _read_text(file: TableFile, names: Sequence[str], texts: Sequence[str]) -> "pl.DataFrame":
    """Read at full speed what is clean, and cell by cell what is not."""
    import polars as pl

    options: dict[str, Any] = {"columns": _selection(names), "null_values": MISSING}
    # A sample read as texts can't fail where numbers look otherwise further down.
    sample = _read_csv(file, infer_schema=False, n_rows=_SAMPLE_ROWS, **options)
    numeric = [name for name in names if name not in texts and _all_numbers(sample[name], file.decimal)]
    # Beside decimal commas, polars takes 1.500 for 1.5, where its writer may have meant 1500.
    if file.decimal == "," and _holds_point(file.path):
        numeric = []
    types = {name: pl.Float64 if name in numeric else pl.String for name in names}
    try:
        frame = _read_csv(file, schema_overrides=types, **options)
    except pl.exceptions.ComputeError:
        frame = _read_csv(file, infer_schema=False, **options)
    return frame.head(frame.height - _blank_rows_at_end(frame, file.path, file.separator))


def _selection(names: Sequence[str]) -> list[str] | None:
    """Return which columns polars is to read; None for all, where it would take a name for a pattern."""
    is_pattern = any(name == "*" or (name.startswith("^") and name.endswith("$")) for name in names)
    return None if is_pattern else list(names)


def _read_csv(file: TableFile, **options: Any) -> "pl.DataFrame":
    """Read exactly this file: to polars, ``*`` and ``[`` in a path would name others too."""
    import polars as pl

    try:
        return pl.read_csv(
            file.path, separator=file.separator, decimal_comma=file.decimal == ",", glob=False, **options
        )
    except pl.exceptions.ComputeError:
        _refuse_ragged_rows(file)
        raise


def _all_numbers(series: "pl.Series", decimal: str) -> bool:
    numbers = _as_numbers(series, decimal)
    return numbers.null_count() == series.null_count() < len(series)


def _as_numbers(texts: "pl.Series", decimal: str) -> "pl.Series":
    """Return the numbers that the texts write, null where they write none."""
    import polars as pl

    if decimal == ",":
        # Points and commas change places, so that a point makes no number.
        texts = texts.str.replace_many([",", "."], [".", ","])
    return texts.cast(pl.Float64, strict=False)


def _holds_point(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b".") >= 0


def _refuse_ragged_rows(table: TableFile) -> None:
    """Name the first row that is longer than the header, or not text."""
    origin = table.origin
    try:
        with table.path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=table.separator, strict=True)
            # Half a byte order mark is a file of no rows to Python.
            header = next(rows, None)
            if header is None:
                return
            hint = table.separator_hint(header[0]) if len(header) == 1 else None
            remedy = hint or "quote cells that hold a separator"
            for row in rows:
                if len(row) > len(header):
                    cells = f"{len(row)} cells, the header {len(header)}"
                    raise DataError(f"{origin}: line {rows.line_num} has {cells}; {remedy}")
    except UnicodeDecodeError as error:
        raise DataError(f"{origin}: the file is not UTF-8; save it as UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{origin}: line {rows.line_num}: {printable(error)}; repair it") from error


def _blank_rows_at_end(frame: "pl.DataFrame", path: Path, separator: str) -> int:
    """Count the rows that polars reads from lines at the end that are blank, or hold separators only."""
    if not frame.height or any(cell is not None for cell in frame.row(-1)):
        return 0
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_END))
        end = file.read()
    tail = end[len(end.rstrip(b"\r\n" + separator.encode())) :]
    return min(tail.count(b"\n") - tail.endswith(b"\n"), frame.height)


def _to_numpy(series: "pl.Series", name: str, as_text: bool, file: TableFile) -> np.ndarray:
    import polars as pl

    if series.dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
    if series.dtype in (pl.Boolean, pl.Null) or series.dtype.is_numeric():
        series = series.cast(pl.String if as_text else pl.Float64)
    if series.dtype == pl.String:
        if file.is_text and series.str.starts_with("'").any():
            series = series.str.replace(GUARDED, "$1")
        return _texts(series) if as_text else _numbers_or_texts(series, name, file)
    if series.dtype == pl.Float64:
        return _floats(series)
    raise DataError(
        f"{file.origin}: column {quoted(name)} holds {printable(series.dtype)}, neither numbers nor text; "
        "leave it out of data.features"
    )


def _numbers_or_texts(series: "pl.Series", name: str, file: TableFile) -> np.ndarray:
    """Read a column of strings as numbers if any cell is one; then every cell has to be."""
    numbers = _as_numbers(series.str.strip_chars(), file.decimal)
    if numbers.null_count() == len(numbers) > series.null_count():
        _refuse_other_numbers(series, name, file)
        return _texts(series)
    wrong = series.is_not_null() & numbers.is_null()
    if wrong.any():
        row = wrong.arg_true()[0]
        remedy = file.decimal_hint if re.search(_OTHER_NUMBER[file.decimal], series[row]) else "correct it"
        raise DataError(
            f"{file.cell(row, name)}: the text {quoted(series[row])} stands among numbers; "
            f"{remedy}; if the column holds categories, name it in data.categorical"
        )
    return _floats(numbers)


def _floats(series: "pl.Series") -> np.ndarray:
    """Return the numbers in memory of numpy's own, which goes back to the system as soon as it is free."""
    return np.concatenate([chunk.to_numpy() for chunk in series.get_chunks()])


def _refuse_other_numbers(series: "pl.Series", name: str, file: TableFile) -> None:
    """Refuse texts that are numbers to a person, before each becomes a category of its own."""
    if series.drop_nulls().str.contains(_OTHER_NUMBER[file.decimal]).all():
        row = series.is_not_null().arg_true()[0]
        mark = "comma" if file.decimal == "." else "point"
        raise DataError(
            f"{file.cell(row, name)}: the text {quoted(series[row])} is a number with a {mark}; "
            f"{file.decimal_hint}, or name the column in data.categorical"
        )


def _texts(series: "pl.Series") -> np.ndarray:
    return np.array(series.to_list(), dtype=object)


def _refuse_infinite(table: Table) -> None:
    for name, values in table.values.items():
        if values.dtype != object and np.isinf(values).any():
            row = int(np.isinf(values).argmax())
            raise DataError(
                f"{table.file.cell(row, name)}: the number is infinite; correct it or drop the row"
            )
