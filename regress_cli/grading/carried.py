"""An assignment as plain data that can be sent to another machine, and its files there."""

import functools
import os
import sys
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from regress_cli.errors import ConfigError, explain_os_errors
from regress_cli.grading.assignment.assignment import Assignment
from regress_cli.grading.assignment.read import files_of, read_assignment, read_assignment_file
from regress_cli.grading.assignment.schema import AssignmentFile
from regress_cli.text import printable

LARGEST = 64 << 20
_PREFIX = "regress-grade-"


@dataclass(frozen=True)
class Carried:
    """The files of an assignment.

    Attributes:
        name: The assignment file's, relative to the folder that holds all of them.
        key: The course key's, which like the assignment file is for no one but the grader; empty if there is
            none.
        files: Each file's content by its name, relative to the same folder.
    """

    name: str
    key: str
    files: tuple[tuple[str, bytes], ...]


def carried(path: Path) -> Carried:
    """Return an assignment with what it needs: its references, what they may import, inputs and key.

    Raises:
        ConfigError: its files lie outside of its own folder, or are too large.
    """
    file, _ = read_assignment_file(path)
    contents: dict[str, bytes] = {}
    for place in _places(path, file):
        name = _name_of(place, path.parent)
        with explain_os_errors(f"read {printable(place)}", "check the path"):
            contents[name] = place.read_bytes()
    if sum(map(len, contents.values())) > LARGEST:
        raise ConfigError(
            f"the files of {printable(file.name)} are larger than {LARGEST >> 20} MiB; "
            "give smaller inputs, or grade without a cluster"
        )
    key = "" if file.key is None else _name_of(path.parent / file.key, path.parent)
    return Carried(path.name, key, tuple(contents.items()))


@functools.lru_cache(maxsize=1)
def unpacked(carried: Carried) -> Assignment:
    """Return the assignment, read from a folder that only this user sees.

    The folder is gone when the next assignment comes, or the process ends: until then a reference may read
    from it. What draws the inputs is gone at once, for a process may be ended in ways that leave its folder.
    """
    with explain_os_errors("write the files of the assignment", "check the worker's temporary folder"):
        folder = tempfile.TemporaryDirectory(prefix=_PREFIX)
        for name, content in carried.files:
            place = Path(folder.name, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    _forget_modules()
    try:
        assignment = read_assignment(Path(folder.name, carried.name))
    finally:
        for name in filter(None, (carried.name, carried.key)):
            Path(folder.name, name).unlink(missing_ok=True)
        _forget_modules()
    weakref.finalize(assignment, folder.cleanup)
    return assignment


def _places(path: Path, file: AssignmentFile) -> list[Path]:
    places: dict[Path, None] = {path: None}
    for other in files_of(path, file):
        places[other] = None
        if other.suffix == ".py":
            # A reference may import its neighbours.
            places |= dict.fromkeys(sorted(one for one in other.parent.glob("*.py") if one.is_file()))
    if file.key is not None:
        places[path.parent / file.key] = None
    return list(places)


def _name_of(place: Path, folder: Path) -> str:
    """Return what a file is called from the assignment's folder; links count as what they are called."""
    name = os.path.relpath(os.path.normpath(place), os.path.normpath(folder))
    if Path(name).parts[0] == os.pardir or (place.is_absolute() and not folder.is_absolute()):
        raise ConfigError(
            f"{printable(place)} lies outside of the assignment's folder, and can't be sent to a cluster; "
            "put it beside the assignment, and name it as it is called there"
        )
    return name


def _forget_modules() -> None:
    """Forget what references have imported from their folders: the next one's neighbour may have its name."""
    beginning = os.path.join(tempfile.gettempdir(), _PREFIX)  # noqa: PTH118 - it is the beginning of a name.
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(beginning):
            del sys.modules[name]
