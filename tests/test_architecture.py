"""The floors of the house: a room imports only from floors below its own."""

import ast
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "regress_cli"

# From the ground up. A room is a folder or a file of the package.
FLOORS = [
    {"errors", "latex", "text", "version"},
    {
        "expression",
        "flat",
        "float_errors",
        "interrupts",
        "primitives",
        "scaling",
        "scipy_parts",
        "spreadsheets",
    },
    {"config", "workers"},
    {"data", "isolation", "models", "tape"},
    {"gradients", "inference", "plots", "runs", "training"},
    {"drawing"},
    {"experiment"},
    {"sweeps"},
    {"reports"},
    {"grading"},
    {"cli"},
]
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}
# The package's door: it names what it offers and is entered by all, for the version.
DOORS = {"__init__", "__main__"}

FILES = sorted(PACKAGE.rglob("*.py"))


def imported_modules(tree: ast.Module) -> set[str]:
    """Return the full name of every module, or name in one, that a file imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_of(modules: set[str]) -> set[str]:
    """Return the rooms of regress that the modules lie in."""
    inside = {module.split(".")[1] for module in modules if module.startswith("regress_cli.")}
    return inside & FLOOR_OF.keys()


def room_of(path: Path) -> str:
    """Return the room that a file of the package lies in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def climbs(room: str, modules: set[str]) -> set[str]:
    """Return the rooms, of those that modules lie in, that are on a room's own floor or above."""
    return {other for other in rooms_of(modules) - {room} if FLOOR_OF[other] >= FLOOR_OF[room]}


def test_every_room_has_a_floor() -> None:
    """A new file or folder at the top of the package is given a floor."""
    assert {room_of(path) for path in FILES} - DOORS == FLOOR_OF.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_lead_down(path: Path) -> None:
    """Each file imports only from floors below its room's own, and from its own room."""
    room = room_of(path)
    if room not in DOORS:
        assert climbs(room, imported_by(path)) == set()


def test_the_floor_test_can_fail() -> None:
    """An import that climbs is seen, wherever in the file it stands."""
    source = "def f():\n    from regress_cli.training.fit import Fit\n    from regress_cli import plots\n"
    assert climbs("models", imported_modules(ast.parse(source))) == {"training", "plots"}


@cache
def tree_of(path: Path) -> ast.Module:
    """Return a file of the package as it is parsed, once."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_by(path: Path) -> set[str]:
    """Return the full name of every module, or name in one, that a file of the package imports."""
    return imported_modules(tree_of(path))


def importers_of(prefix: str) -> set[str]:
    """Return the files that import a module whose name starts so."""
    return {
        str(path.relative_to(PACKAGE))
        for path in FILES
        if any(name.startswith(prefix) for name in imported_by(path))
    }


@pytest.mark.parametrize(
    ("prefix", "home"),
    [
        ("rich", {"cli/live.py", "cli/view.py"}),
        (
            "typer",
            {
                "cli/app.py",
                "cli/bench.py",
                "cli/commands.py",
                "cli/compare.py",
                "cli/compare_manual.py",
                "cli/diff.py",
                "cli/explain.py",
                "cli/fit.py",
                "cli/gradcheck.py",
                "cli/grade.py",
                "cli/grade_submissions.py",
                "cli/grade_proof.py",
                "cli/init.py",
                "cli/options.py",
                "cli/predict.py",
                "cli/report.py",
                "cli/run.py",
                "cli/runs.py",
                "cli/summary.py",
                "cli/sweep.py",
                "cli/verify.py",
            },
        ),
        (
            "matplotlib",
            {
                "plots/axes.py",
                "plots/compare.py",
                "plots/curves.py",
                "plots/derivative.py",
                "plots/errors.py",
                "plots/quantiles.py",
                "plots/ranking.py",
                "plots/render.py",
                "plots/run.py",
                "plots/seeds.py",
                "plots/style.py",
                "plots/sweep.py",
            },
        ),
        ("sympy", {"gradients/diff/symbolic.py"}),
        (
            "subprocess",
            {
                "drawing/helper.py",
                "isolation/process.py",
                "isolation/sealed/bubblewrap.py",
                "isolation/sealed/zygote.py",
                "tape/compiled/build.py",
            },
        ),
        ("autograd.core", {"tape/internals.py"}),
        ("autograd.tracer", {"tape/internals.py"}),
        ("autograd.util", {"tape/internals.py"}),
        (
            "ctypes",
            {
                "isolation/sealed/landlock.py",
                "isolation/sealed/privileges.py",
                "isolation/sealed/probes.py",
                "isolation/sealed/seccomp.py",
                "isolation/sealed/system.py",
                "runs/blas.py",
                "tape/compiled/__init__.py",
                "tape/compiled/build.py",
            },
        ),
        (
            "regress_cli.runs.layout",
            {
                "runs/claim.py",
                "runs/digest.py",
                "runs/index.py",
                "runs/listing.py",
                "runs/record_file.py",
                "runs/removal.py",
                "runs/replacing.py",
                "runs/run.py",
                "runs/tables.py",
                "runs/workplace.py",
            },
        ),
    ],
)
def test_libraries_stay_in_their_rooms(prefix: str, home: set[str]) -> None:
    """A library, or a private matter, is known only to the files that own it."""
    assert importers_of(prefix) <= home


def test_only_the_command_line_prints() -> None:
    """Nothing outside cli/ writes to stdout or stderr."""
    loud = {path for path in FILES if {"print", "sys.stdout", "sys.stderr"} & words(path)}
    assert {room_of(path) for path in loud} <= {"cli"}


def words(path: Path) -> set[str]:
    """Return the functions that a file calls and the attributes that it reads, as they are written."""
    tree = tree_of(path)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return called | {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
