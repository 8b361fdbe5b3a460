"""What a run was made with: versions, machine, linear algebra library, threads."""

import os
import platform
from functools import cache
from importlib.metadata import version

import numpy as np

from regress_cli.runs.blas import blas_in_use
from regress_cli.version import __version__

_PACKAGES = ("numpy", "autograd")
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def describe_environment() -> dict[str, object]:
    """Return the environment as plain data, without names of users, hosts or paths."""
    return {
        **_unchanging(),
        # These may be set anew between two runs of a process.
        **blas_in_use(),
        "threads": {name: os.environ[name] for name in _THREAD_VARIABLES if name in os.environ},
    }


@cache
def _unchanging() -> dict[str, object]:
    """Return what is the same as long as a process lives; a sweep's workers make many runs."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "regress": __version__,
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "blas": f"{blas.get('name')} {blas.get('version')}",
    }
