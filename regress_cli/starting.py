"""Writing a config to start from."""

from pathlib import Path

from regress_cli.config.starter import EXAMPLE_TABLE, starter_yaml
from regress_cli.errors import UserError, explain_os_errors
from regress_cli.text import printable


def write_starter(kind: str, path: Path, *, force: bool = False) -> list[Path]:
    """Write a starter config to ``path``, and the table that it names; return what was written.

    Raises:
        UserError: a file is there already, or can't be written.
    """
    files = {path: starter_yaml(kind)}
    if kind == "table" and (force or not (path.parent / "table.csv").exists()):
        files[path.parent / "table.csv"] = EXAMPLE_TABLE
    for file, content in files.items():
        remedy = "name another file with --out"
        with explain_os_errors(f"write {printable(file)}", remedy):
            try:
                with file.open("w" if force else "x", encoding="utf-8") as stream:
                    stream.write(content)
            except FileExistsError as error:
                message = f"{printable(file)}: the file is there already; {remedy}, or use --force"
                raise UserError(message) from error
    return list(files)
