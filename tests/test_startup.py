"""What is not imported need not be waited for."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CONFIGS
from shell import call, small_config

from regress_cli.drawing.helper import _cores

HEAVY = ["autograd", "matplotlib", "numpy", "polars", "pydantic", "rich"]
# What a fit takes of SciPy, and the packages that this lies in.
SCIPY = ["scipy.optimize._minpack", "scipy.special._ufuncs", "scipy.optimize", "scipy.special"]

# Runs the command line on the arguments, then writes which of the heavy modules it has imported.
REPORT = f"""
import atexit, sys
heavy = {HEAVY + SCIPY!r}
atexit.register(lambda: sys.stderr.write(" ".join(name for name in heavy if name in sys.modules)))
from regress_cli.cli.app import main
main()
"""


def heavy_modules(*arguments: object, cwd: Path) -> list[str]:
    """Return the heavy modules that the command line imports for these arguments."""
    command = [sys.executable, "-c", REPORT, *map(str, arguments)]
    answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    assert answer.stdout
    return answer.stderr.split()


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument: str, tmp_path: Path):
    """Help and version are printed without NumPy and all that is larger."""
    assert heavy_modules(argument, cwd=tmp_path) == []


@pytest.mark.parametrize("command", ["init", "report", "run"])
def test_the_help_of_a_command_imports_nothing_of_ours(command: str, tmp_path: Path):
    """A command's help needs none of them either, but for pydantic, which typer reads options with."""
    assert set(heavy_modules(command, "--help", cwd=tmp_path)) <= {"pydantic"}


def test_a_synthetic_run_imports_no_data_frames(tmp_path: Path):
    """A run on synthetic data reads no table, so polars is not imported; nor, with a helper, matplotlib.

    What draws tables and progress bars is not imported where there are none.
    """
    used = heavy_modules("run", small_config(tmp_path), "plots.pictures=[loss]", "-q", cwd=tmp_path)
    assert [name for name in used if name != "matplotlib"] == ["autograd", "numpy", "pydantic"]
    assert ("matplotlib" in used) == (_cores() < 2)


def test_a_fit_imports_what_it_needs_alone(tmp_path: Path):
    """An ordinary fit needs neither data frames nor the packages of SciPy, of which it takes two modules."""
    arguments = ["fit", "signal ~ a*exp(-k*t) + c", CONFIGS / "decay.csv", "--start", "a=8,k=1,c=1", "-q"]
    used = heavy_modules(*arguments, "--out", tmp_path, cwd=tmp_path)
    assert [name for name in used if name != "matplotlib"] == ["autograd", "numpy", "pydantic", *SCIPY[:2]]


def test_a_finished_run_is_found_without_drawing(tmp_path: Path):
    """Finding a finished run needs no matplotlib."""
    call("run", small_config(tmp_path), "--out", tmp_path / "outputs")
    assert "matplotlib" not in heavy_modules("run", small_config(tmp_path), "-q", cwd=tmp_path)


def test_a_listing_reads_records_alone(tmp_path: Path):
    """Listing runs needs neither models nor tables nor the schema, so that many are listed in a moment."""
    call("run", small_config(tmp_path), "--out", tmp_path / "outputs")
    assert set(heavy_modules("runs", cwd=tmp_path)) <= {"numpy", "pydantic", "rich"}


def test_the_check_can_fail(tmp_path: Path):
    """A command that reads a table with texts does import polars, and the check sees it."""
    (tmp_path / "t.csv").write_text("x,y\na,1\nb,2\n")
    (tmp_path / "t.yaml").write_text("data: {kind: table, path: t.csv, target: y}\nmodel: {kind: linear}\n")
    assert "polars" in heavy_modules("run", "t.yaml", "--dry-run", cwd=tmp_path)


def test_a_plain_table_imports_no_data_frames(tmp_path: Path):
    """A small table of numbers is read without polars."""
    assert "polars" not in heavy_modules("run", CONFIGS / "anscombe.yaml", "--dry-run", cwd=tmp_path)
