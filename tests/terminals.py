"""Situations in which a command may be started, a job for each command, and what one says in the other."""

import os
import pty
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from shell import call, houses_config, small_config

ANSWER = "import numpy as np\n\n\ndef grad_tanh(x):\n    return 1 - np.tanh(x) ** 2\n"
ASSIGNMENT = "name: hw\nseed: 1\nchecks:\n  - {name: tanh, function: grad_tanh, against: tanh}\n"

# By the command's function; what is in braces is a folder of a finished run.
JOBS: dict[str, tuple[str, ...]] = {
    "init": ("init", "linear", "--out", "new.yaml", "--force"),
    "run": ("run", "small.yaml", "plots.pictures=[loss]", "--force"),
    "fit": ("fit", "price ~ a*size + b", "houses.csv", "plots.pictures=[fit]", "--force"),
    "sweep": ("sweep", "small.yaml", "seed=0,1", "optimizer.step_size=0.1,1e9", "--jobs", "1"),
    "runs": ("runs", "--out", "made", "--sort", "size"),
    "compare": ("compare", "{houses}", "{other}"),
    "verify": ("verify", "{houses}", "--rtol", "1e-6"),
    "summary": ("summary", "{houses}"),
    "report": ("report", "--out", "made"),
    "predict": ("predict", "{houses}", "houses.csv"),
    "gradcheck": ("gradcheck", "softplus"),
    "compare_manual": ("compare-manual", "answer.py:grad_tanh", "--against", "tanh", "--at", "0.5"),
    "grade": ("grade", "hw.yaml", "answer.py", "--isolation", "limits", "--force"),
    "diff": ("diff", "x**3", "--at", "2"),
    "explain": ("explain", "sigmoid"),
    "bench": ("bench", "small.yaml", "--rounds", "1"),
    "schema": ("schema",),
    # No commands of their own, but ways to end that every command has.
    "help": ("--help",),
    "refusal": ("run", "missing.yaml"),
}


@dataclass(frozen=True)
class Situation:
    """How a command is started.

    Attributes:
        variables: Of the environment; None for one that is not set.
        closed: What the shell closes: ``<&-``, ``>&-`` or ``2>&-``.
        has_reader: Whether anybody reads what stdout says.
        columns: The width of the terminal that stdout and stderr are; None where they are pipes.
        may_draw: Whether bold print and colours are welcome.
    """

    variables: Mapping[str, str | None] = field(default_factory=dict)
    closed: str = ""
    has_reader: bool = True
    columns: int | None = None
    may_draw: bool = False


# Nobody, root included, can make a file there.
_NOT_WRITABLE = "/proc"
_NO_LOCALE = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": None}

SITUATIONS = {
    "dumb": Situation({"TERM": "dumb"}),
    "C locale": Situation({"LANG": "C", "LC_ALL": "C", **_NO_LOCALE}),
    "read-only HOME": Situation({"HOME": _NOT_WRITABLE, "MPLCONFIGDIR": None, "XDG_CACHE_HOME": None}),
    "forced colours": Situation({"FORCE_COLOR": "1", "TERM": "xterm"}, may_draw=True),
    "no colours": Situation({"NO_COLOR": "1", "TERM": "xterm", "PYTHONIOENCODING": "latin-1"}),
    "1 column": Situation({"COLUMNS": "1", "TERMINAL_WIDTH": "1"}),
    "20 columns": Situation({"COLUMNS": "20", "TERMINAL_WIDTH": "20"}),
    "no HOME": Situation({"HOME": None, "MPLCONFIGDIR": None, "XDG_CACHE_HOME": None}),
    "no TERM": Situation({"TERM": None, "COLUMNS": None}),
    "read-only caches": Situation({"MPLCONFIGDIR": _NOT_WRITABLE, "XDG_CACHE_HOME": _NOT_WRITABLE}),
    "no TMPDIR": Situation({"TMPDIR": "/nowhere", "HOME": _NOT_WRITABLE, "MPLCONFIGDIR": None}),
    "stdin closed": Situation(closed="<&-"),
    "stdout closed": Situation(closed=">&-", has_reader=False),
    "stderr closed": Situation(closed="2>&-"),
    "no reader": Situation(has_reader=False),
    "terminal of 20 columns": Situation({"TERM": "xterm", "COLUMNS": None}, columns=20, may_draw=True),
    "dumb terminal": Situation({"TERM": "dumb", "COLUMNS": None}, columns=20),
    "terminal without colours": Situation({"TERM": "xterm", "NO_COLOR": "1"}, columns=80, may_draw=True),
}


@dataclass(frozen=True)
class Told:
    """What a command said; on a terminal all of it is in ``stdout``."""

    exit_code: int
    stdout: str
    stderr: str


def prepare(folder: Path) -> None:
    """Put all that the jobs need into a folder."""
    small_config(folder)
    config = houses_config(folder)
    (folder / "answer.py").write_text(ANSWER)
    (folder / "hw.yaml").write_text(ASSIGNMENT)
    for name, pictures in (("houses", "fit"), ("other", "loss")):
        made = call("run", config, f"plots.pictures=[{pictures}]", "-q", "--out", folder / "made")
        assert made.exit_code == 0
        (folder / name).write_text(made.stdout.strip())
        # So old that its age is told alike for the next hour.
        an_old_time = time.time() - 3.25 * 86400
        os.utime(folder / made.stdout.strip() / "run.json", (an_old_time, an_old_time))


def arguments_of(job: str, folder: Path) -> list[str]:
    """Return the arguments of a job, to be given in the folder."""
    made = {
        f"{{{name}}}": os.path.relpath((folder / name).read_text(), folder) for name in ("houses", "other")
    }
    return [made.get(argument, argument) for argument in JOBS[job]]


def tell(arguments: list[str], situation: Situation, folder: Path) -> Told:
    """Give a command in a situation, in a process of its own without a terminal to fall back on."""
    command = [sys.executable, "-m", "regress_cli", *arguments]
    if situation.closed:
        command = ["bash", "-c", f'"$@" {situation.closed}', "bash", *command]
    given = {**os.environ, **situation.variables}
    environment = {name: value for name, value in given.items() if value is not None}
    reading, writing = os.pipe() if situation.columns is None else pty.openpty()
    if situation.columns is not None:
        termios.tcsetwinsize(writing, (24, situation.columns))
    elif not situation.has_reader:
        os.close(reading)
    stderr = subprocess.PIPE if situation.columns is None else writing
    with subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=writing, stderr=stderr,
    ) as process:  # fmt: skip
        os.close(writing)
        is_open = situation.has_reader or situation.columns is not None
        stdout = _all_of(reading) if is_open or situation.closed else ""
        noted = process.stderr.read().decode(errors="replace") if process.stderr else ""
    return Told(process.returncode, stdout, noted)


def _all_of(descriptor: int) -> str:
    """Return all that can be read, and close it; a terminal ends with an error once nobody writes to it."""
    content = b""
    with suppress(OSError):
        while block := os.read(descriptor, 1 << 16):
            content += block
    with suppress(OSError):
        os.close(descriptor)
    return content.decode(errors="replace")
