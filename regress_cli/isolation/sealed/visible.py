"""What of this system a stranger's file may see: Python's own library, NumPy, and the system's libraries."""

import functools
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A Python that does not belong to the system appears here, wherever it lies.
_NEUTRAL_PREFIX = Path("/python")
# Where packages that are installed lie, whoever installed them.
_INSTALLED = {"dist-packages", "site-packages"}


@dataclass(frozen=True)
class Visible:
    """Where things lie here.

    Attributes:
        executable: Python's program.
        prefix: The folder that Python was installed into.
        libraries: Folders of Python's library and of what its parts need.
        packages: The folders of packages that may be imported, by the packages' names.
        companions: Folders with shared libraries of those packages.
        cache: The list of the system's libraries.
    """

    executable: Path
    prefix: Path
    libraries: tuple[Path, ...]
    packages: dict[str, Path]
    companions: tuple[Path, ...]
    cache: Path = Path("/etc/ld.so.cache")

    @property
    def belongs_to_the_system(self) -> bool:
        """Whether Python lies where a system's programs lie."""
        return self.prefix.is_relative_to("/usr")

    def neutral(self, path: Path) -> Path:
        """Return where a path of Python appears in a place of its own."""
        if self.belongs_to_the_system or not path.is_relative_to(self.prefix):
            return path
        return _NEUTRAL_PREFIX / path.relative_to(self.prefix)

    def hidden(self) -> Iterator[Path]:
        """Yield the folders of installed packages beneath what is visible."""
        for library in self.libraries:
            for folder in (*library.glob("python*/*-packages"), *library.glob("*-packages")):
                if folder.name in _INSTALLED:
                    yield folder

    def readable(self) -> Iterator[Path]:
        """Yield the largest folders and files that hold all that is visible, and no package besides."""
        hidden = {*self.hidden()}
        for library in self.libraries:
            yield from _without(library, hidden)
        yield from (*self.packages.values(), *self.companions, self.cache)


@functools.cache
def visible(packages: tuple[str, ...]) -> Visible:
    """Return what may be seen, with some packages.

    Args:
        packages: The names of packages that may be imported besides Python's own.
    """
    found = {name: folder for name in packages if (folder := _folder_of(name)) is not None}
    companions = (folder.with_name(f"{name}.libs") for name, folder in found.items())
    prefix = Path(sys.base_prefix).resolve()
    return Visible(
        _executable(prefix),
        prefix,
        tuple(_libraries(prefix)),
        found,
        tuple(folder for folder in companions if folder.is_dir()),
    )


def _folder_of(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    return Path(found.origin).resolve().parent if found is not None and found.origin else None


def _executable(prefix: Path) -> Path:
    program = prefix / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    return program.resolve() if program.exists() else Path(sys.executable).resolve()


def _libraries(prefix: Path) -> Iterator[Path]:
    """Yield the folders that libraries lie in, without those that lie in one before."""
    of_the_machine = sysconfig.get_config_var("MULTIARCH") or ""
    # Those of Python itself, and not of the environment around it.
    bases = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    wanted = [Path(sysconfig.get_path(name, vars=bases)) for name in ("stdlib", "platstdlib")]
    if not prefix.is_relative_to("/usr") or prefix == Path("/usr/local"):
        wanted = [prefix / "lib", *wanted]
    places = [Path("/usr/lib") / of_the_machine, Path("/lib") / of_the_machine, Path("/usr/lib64")]
    if not of_the_machine or not places[0].is_dir():
        places.append(Path("/usr/lib"))
    seen: list[Path] = []
    for folder in (*wanted, *places, Path("/lib64")):
        real = folder.resolve()
        if real.is_dir() and not any(real.is_relative_to(other) for other in seen):
            seen.append(real)
            yield real


def _without(folder: Path, hidden: set[Path]) -> Iterator[Path]:
    """Yield a folder, or what is in it if one of those that are hidden lies beneath."""
    if folder in hidden:
        return
    if not any(other.is_relative_to(folder) for other in hidden):
        yield folder
        return
    for entry in folder.iterdir():
        yield from _without(entry, hidden)
