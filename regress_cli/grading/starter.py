"""An example to start from: an assignment that grades as it is, its key, a solution and two wrong answers."""

import secrets
from importlib.resources import files
from pathlib import Path

from regress_cli.errors import UserError, explain_os_errors
from regress_cli.runs.durable import make_folders, write_file
from regress_cli.text import printable

_FILES = ("assignment.yaml", "reference.py", "solution.py", "submissions/ada.py", "submissions/ben.py")
_KEY = "course.key"
_KEY_BYTES = 32
# A seed that nobody guesses, and that still fits into a line.
_SEED_BITS = 48


def write_example(folder: Path, *, force: bool = False) -> list[Path]:
    """Write the example into a folder, and return the paths of its files.

    The seed and the key are drawn anew each time. A key that is there is kept, also by ``force``: with
    another one, every student would have other inputs.

    Raises:
        UserError: a file is there already.
        LimitReached, RunFolderError: it can't be written.
    """
    places = {name: folder / name for name in _FILES}
    if not force:
        for place in places.values():
            if place.exists():
                raise UserError(f"{printable(place)} is there already; name another folder, or give --force")
    with explain_os_errors(f"write {printable(folder)}", "choose another folder"):
        for name, place in places.items():
            make_folders(place.parent, [])
            write_file(place, _content(name))
        key = folder / _KEY
        if not key.exists():
            write_file(key, f"{secrets.token_hex(_KEY_BYTES)}\n".encode())
            key.chmod(0o600)
    return [*places.values(), key]


def _content(name: str) -> bytes:
    text = files("regress_cli.grading").joinpath("example", name).read_text(encoding="utf-8")
    return text.replace("SEED", str(secrets.randbits(_SEED_BITS))).encode()
