"""One attempt: start a run, end it, look at what is left, and give the same command again."""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endings import Ending
from promise import assert_all_whole, content_of
from shell import call, names_in

HERE = Path(__file__).resolve().parent

CONFIG = """\
name: long
data:
  kind: synthetic
  n: 60
  inputs: {x: {low: -5, high: 5}}
  target: x**3 - 20*x + 10
  noise: 4
  split: {validation: 0.2}
model: {kind: mlp, hidden: [4, 4], activation: tanh}
optimizer: {kind: adam, step_size: 0.01}
training:
  steps: 3000
  batch_size: 7
  early_stopping: {patience: 100000}
  checkpoint_seconds: 0.02
plots: {pictures: [loss, residuals]}
"""

# The code of a process that ends by the signal itself, for Python is not up yet, or it is SIGKILL.
_EXIT_CODES = {1: 129, 2: 130, 15: 143}


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        kind: How the run was ended.
        exit_code: Of the ended process.
        state: What was left: ``nothing``, ``a place``, ``a checkpoint`` or ``the run``.
        fault: What is wrong, if anything.
    """

    kind: str
    exit_code: int
    state: str
    fault: str


def undisturbed(folder: Path) -> tuple[float, dict[str, Any]]:
    """Make the run in a process that nothing ends; return its seconds and its content."""
    started = time.perf_counter()
    subprocess.run(_command(folder, None), cwd=folder, check=True, capture_output=True)
    seconds = time.perf_counter() - started
    [run] = (folder / "outputs").iterdir()
    return seconds, content_of(run)


def attempt(ending: Ending, expected: dict[str, Any]) -> Outcome:
    """Return what came of one ending; ``expected`` is the content of the undisturbed run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exit_code, stderr = _end(folder, ending)
        state = _state(folder / "outputs")
        try:
            _check_end(ending, exit_code, stderr)
            assert_all_whole(folder / "outputs")
            _check_rerun(folder, expected)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it is told.
            fault = f"{type(error).__name__}: {error}\n{stderr}"
            return Outcome(ending.kind, exit_code, state, f"{ending}: {fault}")
        return Outcome(ending.kind, exit_code, state, "")


def _end(folder: Path, ending: Ending) -> tuple[int, str]:
    process = subprocess.Popen(
        _command(folder, ending), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if not ending.call:
        time.sleep(ending.seconds)
        for number in ending.signals:
            process.send_signal(number)
    # The helper holds stderr no longer than the run lives: to read to its end shows that it left too.
    _, stderr = process.communicate(timeout=120)
    return process.returncode, stderr


def _command(folder: Path, ending: Ending | None) -> list[str]:
    (folder / "long.yaml").write_text(CONFIG)
    command = ["run", "long.yaml", "-q"]
    if ending is None or not ending.call:
        return [sys.executable, "-m", "regress_cli", *command]
    signals = ",".join(str(int(number)) for number in ending.signals)
    return [sys.executable, str(HERE / "ended.py"), ending.call, str(ending.number), signals, *command]


def _state(outputs: Path) -> str:
    if not outputs.exists() or not names_in(outputs):
        return "nothing"
    [name] = names_in(outputs)
    if not name.startswith("."):
        return "the run"
    return "a checkpoint" if (outputs / name / "checkpoint").exists() else "a place"


def _check_end(ending: Ending, exit_code: int, stderr: str) -> None:
    allowed = {0} | {-number for number in ending.signals}
    allowed |= {_EXIT_CODES[number] for number in ending.signals if number in _EXIT_CODES}
    # A Python that is not up yet tells in its own words that it was interrupted.
    is_early = "init_import_site" in stderr or "Fatal Python error: init_" in stderr
    is_python_up = not is_early and exit_code != -2
    assert exit_code in allowed or not is_python_up, f"exit code {exit_code}"
    assert "Traceback" not in stderr or not is_python_up, "a traceback"


def _check_rerun(folder: Path, expected: dict[str, Any]) -> None:
    again = call("run", folder / "long.yaml", "-q", "--out", folder / "outputs")
    assert again.exit_code == 0, f"the rerun ends with {again.exit_code}: {again.stderr}"
    [name] = names_in(folder / "outputs")
    assert content_of(folder / "outputs" / name) == expected, "the rerun has another result"
