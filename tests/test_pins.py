"""What is installed is pinned: the files in constraints/ agree with pyproject.toml and with each other."""

import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES = sorted((ROOT / "constraints").glob("*.txt"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


def pins(path: Path) -> dict[str, set[str]]:
    """Return the versions of each package; other Pythons and systems may have another one."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def wanted(*extras: str) -> list[Requirement]:
    """Return what pyproject.toml asks for, to build, to run, and for the extras."""
    texts = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    return [Requirement(text) for text in texts + [text for extra in extras for text in EXTRAS[extra]]]


def test_every_extra_has_its_pins():
    """Beside those of the extras there are pins for the plain install, the floors and the tools."""
    assert {path.stem for path in FILES} == {*EXTRAS, "base", "lowest", "tools"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pin_has_its_hashes(path: Path):
    """Each line is one version or a hash of it; no index is named, so any that has these bytes will do."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert all(
        re.match(r"[\w.-]+==\S+( ; .+)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$", line) for line in lines
    )
    assert "://" not in path.read_text()


@pytest.mark.parametrize("extra", ["base", *EXTRAS])
def test_the_pins_are_what_the_project_asks_for(extra: str):
    """Each requirement has one pin, within its bounds; a package has the same in every file."""
    found, of_tests = pins(ROOT / "constraints" / f"{extra}.txt"), pins(ROOT / "constraints" / "test.txt")
    for requirement in wanted(*([] if extra == "base" else [extra])):
        [version] = found[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement
    assert {name: found[name] for name in found.keys() & of_tests.keys()} == {
        name: of_tests[name] for name in found.keys() & of_tests.keys()
    }


def test_the_lowest_versions_are_the_floors():
    """`make lowest` tests just the versions that pyproject.toml lets in as the oldest."""
    found = pins(ROOT / "constraints" / "lowest.txt")
    for requirement in wanted("test"):
        [floor] = [Version(bound.version) for bound in requirement.specifier]
        [version] = found[canonicalize_name(requirement.name)]
        assert Version(version) == floor, requirement
