"""The file that a picture, or a page, is written to."""

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


def refuse_unwritable(path: Path, option: str = "--plot") -> None:
    """Refuse a place where no file can be written, before the work that leads to it.

    Args:
        path: Of the file.
        option: That named it.

    Raises:
        UserError: there is no such folder, it can't be written to, or a device has the name.
    """
    import os

    from regress_cli.errors import UserError
    from regress_cli.text import printable

    folder = path.parent
    if not folder.is_dir():
        wrong = f"there is no folder {printable(folder)}"
    elif path.is_dir():
        wrong = "that is a folder"
    elif path.exists() and not path.is_file():
        wrong = "that is no ordinary file"
    elif not os.access(path if path.exists() else folder, os.W_OK):
        wrong = "it can't be written there"
    else:
        return
    raise UserError(f"{option} {printable(path)}: {wrong}; name another file")


def write_chosen(path: Path, content: bytes, option: str = "--plot") -> None:
    """Write the file that an option named, in place of one that is there.

    Raises:
        UserError, LimitReached: the system does not let it be written.
    """
    from regress_cli.errors import explain_os_errors
    from regress_cli.runs.durable import write_file
    from regress_cli.text import printable

    with explain_os_errors(f"write {printable(path)}", f"name another file with {option}"):
        write_file(path, content)
