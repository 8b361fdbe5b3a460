"""What is the same to the last bit, and what to a tolerance, as docs/numbers.md says."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from shell import strict_json

# As docs/numbers.md states them.
TOLERANCE_OF_PARAMETERS, TOLERANCE_OF_METRICS = 1e-12, 1e-9

NET = """\
name: net
data:
  kind: synthetic
  n: 500
  inputs: {x: {low: -1, high: 1}, z: {low: 0, high: 1, spacing: uniform}}
  target: sin(3*x) + z**2
  noise: 0.1
model: {kind: mlp, hidden: [64, 64], activation: tanh}
optimizer: {kind: adam, step_size: 0.01}
training: {steps: 60}
plots: {pictures: []}
"""
TERMS = """\
name: terms
data:
  kind: synthetic
  n: 5000
  inputs: {x: {low: -1, high: 1}, z: {low: 0, high: 1, spacing: uniform}}
  target: sin(3*x) + z**2
  noise: 0.1
model: {kind: polynomial, degree: 5}
optimizer: {kind: exact}
plots: {pictures: []}
"""
CURVE = """\
name: curve
data:
  kind: synthetic
  n: 5000
  inputs: {x: {low: 0, high: 3}}
  target: 4*exp(-2*x) + 1
  noise: 0.1
model: {kind: formula, expression: a*exp(-k*x) + c, initial: {a: 1, k: 1, c: 0}}
optimizer: {kind: levenberg_marquardt}
plots: {pictures: [fit]}
"""
PROGRAM = """\
import sys
from regress_cli import load_config, run
for path in sys.argv[2:]:
    run(load_config(path), sys.argv[1])
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory):
    """Return a function that makes the three runs with some settings, in a process of its own."""
    folder = tmp_path_factory.mktemp("runs")
    paths = []
    for text in (NET, TERMS, CURVE):
        paths.append(folder / f"{text.split()[1]}.yaml")
        paths[-1].write_text(text)

    def make(name: str, **settings: str) -> dict[str, Path]:
        out = folder / name
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
        environment = {**inherited, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", **settings}
        command = [sys.executable, "-c", PROGRAM, str(out), *map(str, paths)]
        subprocess.run(command, env=environment, check=True, timeout=120)
        return {path.name.split("-")[0]: path for path in sorted(out.iterdir())}

    return make


@pytest.fixture(scope="module")
def first(runs) -> dict[str, Path]:
    """Return runs with two threads."""
    return runs("first")


def record_of(folder: Path) -> dict:
    """Return a run's record."""
    return strict_json((folder / "run.json").read_text())


def test_the_same_settings_give_the_same_bytes(runs, first: dict[str, Path]):
    """Every file of a run is the same when it is made again, but for how long it took."""
    again = runs("again")
    assert len(first) == 3
    for name, folder in first.items():
        files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        assert len(files) >= 5 + (name == "curve")
        for file in files:
            if file.name != "run.json":
                assert (folder / file).read_bytes() == (again[name] / file).read_bytes()
        one, other = record_of(folder), record_of(again[name])
        for measured in ("timings", "checksum"):
            assert one.pop(measured) != other.pop(measured)
        assert one == other


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"OPENBLAS_NUM_THREADS": "1"}, id="one thread"),
        pytest.param({"OPENBLAS_CORETYPE": "Prescott"}, id="Prescott"),
        pytest.param({"OPENBLAS_CORETYPE": "Haswell"}, id="Haswell", marks=pytest.mark.full),
    ],
)
def test_other_threads_and_kernels_agree_to_the_stated_tolerance(
    runs, first: dict[str, Path], settings: dict[str, str]
):
    """Parameters and metrics agree as the docs say, and the record tells the settings apart."""
    others = runs("-".join(settings.values()), **settings)
    for name, folder in first.items():
        one, other = record_of(folder), record_of(others[name])
        seen = [(r["environment"]["blas_kernel"], r["environment"]["blas_threads"]) for r in (one, other)]
        if None in seen[0]:
            pytest.skip("NumPy has another library than its own OpenBLAS")
        if seen[0] == seen[1]:
            pytest.skip(f"this processor has no other kernel to offer than {seen[0][0]}")
        with np.load(folder / "params.npz") as expected, np.load(others[name] / "params.npz") as got:
            largest = max(np.abs(expected[key]).max() for key in expected)
            for key in expected:
                room = TOLERANCE_OF_PARAMETERS * largest
                np.testing.assert_allclose(got[key], expected[key], rtol=0, atol=room)
        for metric in ("loss", "rmse", "mae", "r2"):
            expected_metric = one["metrics"]["train"][metric]
            assert other["metrics"]["train"][metric] == pytest.approx(
                expected_metric, rel=TOLERANCE_OF_METRICS
            )


def test_the_record_tells_the_threads(runs, first: dict[str, Path]):
    """The number of threads in run.json is the one that was in force, not the one of the machine."""
    environment = record_of(first["terms"])["environment"]
    if environment["blas_threads"] is None:
        pytest.skip("NumPy has another library than its own OpenBLAS")
    assert environment["blas_threads"] == min(2, os.cpu_count() or 1)
    assert environment["blas_kernel"]
    assert environment["threads"]["OPENBLAS_NUM_THREADS"] == "2"
