"""What is fuzzed: a function for each door that lets in what others have written.

Each takes any bytes and returns, or fails: a refusal in regress's own words is what bad input is for, so
that it is swallowed here once its words are checked; any other exception is a finding.
"""

import atexit
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from byte_reader import reader
from folder_damage import damaged_copy, read_as_commands_do
from plain import is_one_plain_line

from regress_cli import load_config
from regress_cli.data.table import column_names, read_table
from regress_cli.data.table_file import TableFile
from regress_cli.errors import RegressError
from regress_cli.expression import Expression
from regress_cli.isolation.channel import receive
from regress_cli.isolation.frames import ProtocolError, unpack
from regress_cli.isolation.reply import read

# A table is read by its ending, with a separator and a mark before the decimals.
_TABLES = [
    ("csv", None, "."),
    ("csv", ";", ","),
    ("tsv", None, "."),
    ("tsv", None, ","),
    ("parquet", None, "."),
]
_MOST_BYTES_OF_A_REPLY = 1 << 20


def config(content: bytes) -> None:
    """Read the bytes as a config file, with all that the schema asks."""
    path = _folder() / "fuzzed.yaml"
    path.write_bytes(content)
    _allow_refusal(load_config, path)


def expression(content: bytes) -> None:
    """Parse the bytes as an expression and evaluate it."""
    _allow_refusal(_evaluate, content.decode("utf-8", errors="surrogateescape"))


def table(content: bytes) -> None:
    """Read the bytes as a table; the first says of which kind, and whether its columns are texts."""
    if not content:
        return
    ending, separator, decimal = _TABLES[content[0] % len(_TABLES)]
    path = _folder() / f"fuzzed.{ending}"
    path.write_bytes(content[1:])
    _allow_refusal(_read_table, TableFile(path, separator, decimal), content[0] >= 128)


def channel(content: bytes) -> None:
    """Take the bytes for what an isolated process answers."""
    with suppress(ProtocolError, EOFError):
        read(unpack(receive(reader(content), _MOST_BYTES_OF_A_REPLY)))
    # What stands behind a frame's length is reached sooner without one.
    with suppress(ProtocolError):
        read(unpack(content))


def run_folder(content: bytes) -> None:
    """Damage a finished run as the bytes say, make its checksums fit, and read it as every command does."""
    if content:
        _allow_refusal(read_as_commands_do, damaged_copy(_folder(), content))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "config": config,
    "expression": expression,
    "table": table,
    "channel": channel,
    "run_folder": run_folder,
}


@cache
def _folder() -> Path:
    """Return a folder for what is read from a file; in memory where the system offers that."""
    memory = Path("/dev/shm")
    folder = Path(mkdtemp(prefix="regress-fuzz-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _allow_refusal(function: Callable[..., Any], *arguments: Any) -> None:
    try:
        function(*arguments)
    except RegressError as error:
        for message in error.messages:
            assert is_one_plain_line(message), message


def _evaluate(text: str) -> None:
    parsed = Expression.parse(text)
    with np.errstate(all="ignore"):
        value = parsed.evaluate(dict.fromkeys(parsed.names, np.float64(1.5)))
    assert isinstance(value, float | np.ndarray), type(value)


def _read_table(file: TableFile, is_text: bool) -> None:
    names = column_names(file)
    values = read_table(file, names, names if is_text else ()).values
    assert len({len(column) for column in values.values()}) <= 1


def dumped(value: Any) -> bytes:
    """Return a value as JSON bytes, for seeds."""
    return json.dumps(value).encode()
