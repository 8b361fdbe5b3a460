"""A table that comes through a pipe: kept beside the runs, so that its fit can be repeated."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from regress_cli.errors import DataError, UserError, explain_os_errors
from regress_cli.runs.durable import write_file
from regress_cli.text import printable

_DIGEST_LETTERS = 12


@contextmanager
def kept_table(content: bytes, outputs: Path) -> Iterator[Path]:
    """Give the path of a file with the table; it stays, unless what the block does is refused.

    The file's name is a digest of its content: the same table is kept once.

    Raises:
        DataError: there is no table.
    """
    if not content.strip():
        raise DataError("stdin: there is no table; pipe one in, or name a file in place of -")
    header = content.partition(b"\n")[0]
    ending = ".tsv" if header.count(b"\t") > header.count(b",") else ".csv"
    digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LETTERS]
    path = outputs / f"stdin-{digest}{ending}"
    was_there = path.exists()
    with explain_os_errors(f"write {printable(path)}", "choose another folder with --out"):
        outputs.mkdir(parents=True, exist_ok=True)
        if not was_there or path.read_bytes() != content:
            write_file(path, content)
    try:
        yield path
    except UserError:
        if not was_there:
            with suppress(OSError):
                path.unlink()
                # Only an empty folder goes, which is one that was made for the table.
                outputs.rmdir()
        raise
