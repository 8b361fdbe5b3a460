"""What the figures were measured on, without the name of the host, of a user or of a folder."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from timing import THREADS

_PACKAGES = ("numpy", "autograd", "matplotlib", "polars", "pydantic", "typer")


def describe_machine() -> dict[str, str]:
    """Return the description, a line for each idea."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{package} {version(package)}" for package in _PACKAGES),
        "threads": ", ".join(f"{name}={value}" for name, value in THREADS.items()),
    }


def _processor() -> str:
    """Return the processor's model as Linux names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
