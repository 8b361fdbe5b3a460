"""The workloads: configs in workloads/, and files that every program starts from."""

from pathlib import Path

from places import HERE, PYTHON, WORKLOADS
from timing import run_once

WORKLOAD_NAMES = (
    "line",
    "polynomial",
    "mlp-relu",
    "mlp-tanh",
    "mlp-batch-32",
    "mlp-batch-256",
    "mlp-wide-float32",
    "mlp-wide-float64",
)


def config_of(name: str) -> Path:
    """Return the workload's config."""
    return WORKLOADS / f"{name}.yaml"


def prepare_workload(name: str, folder: str) -> str:
    """Write the file that the workload's programs start from, and return its path."""
    path = str(Path(folder, f"{name}.npz"))
    run_once([PYTHON, str(HERE / "prepare_workload.py"), str(config_of(name)), path])
    return path
