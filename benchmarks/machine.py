"""What the figures were measured on, without the name of the host, of a user or of a folder."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from timing import THREADS, run_once

_PACKAGES = ("numpy", "autograd", "matplotlib", "polars", "pydantic", "typer")
_PEER_PACKAGES = ("numpy", "torch", "jax", "jaxlib", "scikit-learn")


def describe_machine(peers_python: Path) -> dict[str, str]:
    """Return the description, a line for each idea."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "libraries": _listed(_PACKAGES, [version(package) for package in _PACKAGES]),
        "the peers' libraries": _listed(_PEER_PACKAGES, _versions_under(peers_python)),
        "threads": ", ".join(f"{name}={value}" for name, value in THREADS.items())
        + ", torch.set_num_threads(1)",
    }


def _listed(packages: Sequence[str], versions: Sequence[str]) -> str:
    return ", ".join(f"{package} {number}" for package, number in zip(packages, versions, strict=True))


def _versions_under(python: Path) -> list[str]:
    """Return the versions of the peers' packages in another interpreter."""
    code = (
        f"import importlib.metadata as m, json; print(json.dumps([m.version(p) for p in {_PEER_PACKAGES}]))"
    )
    return json.loads(run_once([str(python), "-c", code]).stdout)


def _processor() -> str:
    """Return the processor's model as Linux names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
