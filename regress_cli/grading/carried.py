"""An assignment as plain data that can be sent to another machine, and its files there."""

import functools
import os
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from regress_cli.errors import ConfigError, explain_os_errors
from regress_cli.grading.assignment.assignment import Assignment
from regress_cli.grading.assignment.read import files_of, read_assignment, read_assignment_file
from regress_cli.text import printable

LARGEST = 64 << 20


@dataclass(frozen=True)
class Carried:
    """The files of an assignment.

    Attributes:
        name: The assignment file's, relative to the folder that holds all of them.
        files: Each file's content by its name, relative to the same folder.
    """

    name: str
    files: tuple[tuple[str, bytes], ...]


def carried(path: Path) -> Carried:
    """Return an assignment with what it needs: its references, what they may import, inputs and key.

    Raises:
        ConfigError: its files lie outside of its own folder, or are too large.
    """
    file, _ = read_assignment_file(path)
    folder = path.parent.resolve()
    contents: dict[str, bytes] = {}
    for place in _places(path, folder):
        name = os.path.relpath(place, folder)
        if name.startswith(".."):
            raise ConfigError(
                f"{printable(place)} lies outside of the assignment's folder, and can't be sent to a "
                "cluster; put it beside the assignment"
            )
        with explain_os_errors(f"read {printable(place)}", "check the path"):
            contents[name] = place.read_bytes()
    if sum(map(len, contents.values())) > LARGEST:
        raise ConfigError(
            f"the files of {printable(file.name)} are larger than {LARGEST >> 20} MiB; "
            "give smaller inputs, or grade without a cluster"
        )
    return Carried(path.name, tuple(contents.items()))


@functools.lru_cache(maxsize=1)
def unpacked(carried: Carried) -> Assignment:
    """Return the assignment, read from a folder that only this user sees.

    The folder is gone when the next assignment comes, or the process ends: until then a reference may read
    from it.
    """
    folder = tempfile.TemporaryDirectory(prefix="regress-grade-")
    for name, content in carried.files:
        place = Path(folder.name, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    assignment = read_assignment(Path(folder.name, carried.name))
    weakref.finalize(assignment, folder.cleanup)
    return assignment


def _places(path: Path, folder: Path) -> list[Path]:
    file, _ = read_assignment_file(path)
    places: dict[Path, None] = {folder / path.name: None}
    for other in files_of(path, file):
        places[other.resolve()] = None
        if other.suffix == ".py":
            # A reference may import its neighbours.
            places |= dict.fromkeys(sorted(other.resolve().parent.glob("*.py")))
    if file.key is not None:
        places[(path.parent / file.key).resolve()] = None
    return list(places)
