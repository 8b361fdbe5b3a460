"""One attempt: start a run, end it, look at what is left, and give the same command again."""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM
from typing import Any

from endings import Ending
from processes import has_signals_in_hand
from promise import assert_all_whole, content_of
from shell import LONG, call, names_in

HERE = Path(__file__).resolve().parent

CONFIG = LONG.replace("0.05", "0.02").replace("[loss]", "[loss, residuals]")

# The code of a command that a signal ends, once regress has the signals in hand.
_EXIT_CODES = {SIGHUP: 129, SIGINT: 130, SIGTERM: 143}
# What a Python says that is not up yet.
_OF_ITS_START = ("init_import_site", "Fatal Python error: init_")


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        kind: How the run was ended.
        exit_code: Of the ended process.
        state: What was left: ``nothing``, ``a place``, ``a checkpoint``, ``a whole run without its name`` or
            ``the run``.
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
        exit_code, stderr, is_in_hand = _end(folder, ending)
        state = _state(folder / "outputs")
        try:
            check_end(ending, exit_code, stderr, is_in_hand)
            assert_all_whole(folder / "outputs")
            _check_rerun(folder, state, expected)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, it is told.
            fault = f"{type(error).__name__}: {error}\n{stderr}"
            return Outcome(ending.kind, exit_code, state, f"{ending}: {fault}")
        return Outcome(ending.kind, exit_code, state, "")


def _end(folder: Path, ending: Ending) -> tuple[int, str, bool]:
    """Return the exit code, what was said, and whether regress had the signals in hand."""
    is_in_hand = True
    process = subprocess.Popen(
        _command(folder, ending), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if not ending.call:
        time.sleep(ending.seconds)
        is_in_hand = has_signals_in_hand(process.pid)
        for number in ending.signals:
            process.send_signal(number)
    # The helper holds stderr no longer than the run lives: to read to its end shows that it left too.
    _, stderr = process.communicate(timeout=120)
    return process.returncode, stderr, is_in_hand


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
    if (outputs / name / "run.json").exists():
        return "a whole run without its name"
    return "a checkpoint" if (outputs / name / "checkpoint").exists() else "a place"


def check_end(ending: Ending, exit_code: int, stderr: str, is_in_hand: bool) -> None:
    """Check the exit code of an ended run, and that it says nothing that is not for its user.

    Only where regress did not have the signals in hand yet may they end the process by themselves, and may
    Python tell so in its own words.
    """
    allowed = {0} | {_EXIT_CODES[number] for number in ending.signals if number in _EXIT_CODES}
    allowed |= {-number for number in ending.signals if number == SIGKILL or not is_in_hand}
    is_of_its_start = not is_in_hand and (exit_code == -SIGINT or any(map(stderr.count, _OF_ITS_START)))
    assert exit_code in allowed or is_of_its_start, f"exit code {exit_code}"
    assert "Traceback" not in stderr or is_of_its_start, "a traceback"


def _check_rerun(folder: Path, state: str, expected: dict[str, Any]) -> None:
    again = call("run", folder / "long.yaml", "--out", folder / "outputs")
    assert again.exit_code == 0, f"the rerun ends with {again.exit_code}: {again.stderr}"
    if state == "a checkpoint":
        assert "going on from the checkpoint" in again.stderr, "the rerun does not go on from the checkpoint"
    [name] = names_in(folder / "outputs")
    assert content_of(folder / "outputs" / name) == expected, "the rerun has another result"
