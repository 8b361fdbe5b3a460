"""The file that a picture is written to."""

from pathlib import Path


def format_of(path: Path) -> str:
    """Return the format that a file's ending stands for.

    Raises:
        UserError: the ending is not that of a picture.
    """
    from regress_cli.errors import UserError
    from regress_cli.text import quoted

    file_format = path.suffix.removeprefix(".").lower()
    if file_format not in ("png", "svg", "pdf"):
        raise UserError(f"{quoted(str(path))} in --plot is no picture; end its name with .png, .svg or .pdf")
    return file_format
