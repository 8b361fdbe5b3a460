"""The workloads: configs in workloads/, and files that every program starts from."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from places import HERE, PYTHON, REGRESS, WORKLOADS
from timing import run_once

_ORDER = (
    "line",
    "polynomial",
    "mlp-relu",
    "mlp-tanh",
    "mlp-batch-32",
    "mlp-batch-256",
    "mlp-wide-float32",
    "mlp-wide-float64",
)

# The exit code of a config that must be changed.
_REFUSED = 2


def workload_names() -> list[str]:
    """Return the workloads that this version of regress can run; say which one is left out."""
    if accepts("training.dtype=float32"):
        return list(_ORDER)
    left_out = "mlp-wide-float32"
    print(f"{left_out} is left out: this regress does not know training.dtype", file=sys.stderr)
    return [name for name in _ORDER if name != left_out]


def config_of(name: str) -> Path:
    """Return the workload's config."""
    return WORKLOADS / f"{name}.yaml"


def prepare_workload(name: str, folder: str) -> str:
    """Write the file that the workload's programs start from, and return its path."""
    path = str(Path(folder, f"{name}.npz"))
    run_once([PYTHON, str(HERE / "prepare_workload.py"), str(config_of(name)), path])
    return path


@cache
def accepts(override: str) -> bool:
    """Return whether this version of regress knows a key.

    Raises:
        RuntimeError: it failed otherwise than by refusing the config.
    """
    command = [REGRESS, "run", "--dry-run", "--quiet", str(config_of("line")), override]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode not in (0, _REFUSED):
        raise RuntimeError(f"exit code {process.returncode} of: {' '.join(command)}\n{process.stderr}")
    return process.returncode == 0
