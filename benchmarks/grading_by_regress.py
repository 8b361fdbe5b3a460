"""Grades a class and prints how many seconds of a core each submission took, and how many cores there are.

Arguments: the way, and how many submissions. The ways are ``grade``: `regress grade` in the sealed tier, on
all cores; ``cold``: for each submission a process that imports NumPy, runs the file and calls each function
once; ``compare``: for each check of each submission `regress compare-manual --json`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from grading_class import FUNCTIONS, LOSS_INPUTS, write_class
from places import PYTHON, REGRESS

# Passed, and failed: a wrong answer, or one that was stopped.
_EXPECTED = {0, 3, 5}
_COLD = """\
import sys
import numpy as np
rng = np.random.default_rng(0)
answer = {}
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), answer)
for name in ("grad_sigmoid", "grad_tanh", "grad_relu", "grad_softplus", "grad_sigmoid", "grad_tanh"):
    answer[name](rng.uniform(-3, 3, 8))
for rows in (8, 16, 24, 40):
    answer["grad_loss"](rng.normal(size=(rows, 3)), rng.normal(size=rows), rng.normal(size=3), 0.5)
"""


def main() -> None:
    """Print ``seconds`` of a core for each submission, and ``cores``."""
    way, count = sys.argv[1], int(sys.argv[2])
    folder = Path.cwd()
    write_class(folder, count)
    cores = len(os.sched_getaffinity(0))
    started = time.perf_counter()
    if way == "grade":
        _run(REGRESS, "grade", "assignment.yaml", "submissions", "--isolation", "sealed", "--quiet")
    else:
        for path in sorted((folder / "submissions").iterdir()):
            _cold(path) if way == "cold" else _compare(path)
    seconds = (time.perf_counter() - started) / count
    print(json.dumps({"seconds": seconds * (cores if way == "grade" else 1), "cores": cores}))


def _cold(path: Path) -> None:
    subprocess.run([PYTHON, "-c", _COLD, str(path)], stderr=subprocess.DEVNULL, check=False)


def _compare(path: Path) -> None:
    Path("inputs.json").write_text(json.dumps(LOSS_INPUTS))
    for function, against in FUNCTIONS:
        more = ["--inputs", "inputs.json", "--wrt", "w,b"] if function == "grad_loss" else []
        target = f"{path}:{function}"
        _run(REGRESS, "compare-manual", target, "--against", against, "--timeout", "2", "--json", *more)


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in _EXPECTED:
        raise RuntimeError(f"exit code {done.returncode} of: {' '.join(command)}\n{done.stderr}")


if __name__ == "__main__":
    main()
