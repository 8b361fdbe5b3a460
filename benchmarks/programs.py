"""The programs that train the workloads: regress, and those that it is held against."""

from pathlib import Path

from places import PEERS, PYTHON

# regress's engines, by the names that the tables have for them.
ENGINES = {"regress, tape": "tape", "regress, compiled": "compiled"}
# The other programs' files in peers/.
_IN_PROJECT = {"NumPy by hand": "numpy_by_hand", "autograd": "autograd_tutorial"}
_IN_PEERS = {
    "PyTorch": "pytorch_eager",
    "JAX": "jax_scan",
    "JAX, last axis": "jax_last_axis",
    "scikit-learn": "scikit_learn",
}
# It trains networks alone, from a start of its own.
_NETWORKS_ONLY = "scikit-learn"
# Their matrix products are left to BLAS, so they are not compiled.
_NOT_COMPILED = {"mlp-wide-float32", "mlp-wide-float64"}
_NO_NETWORKS = {"line", "polynomial"}


def programs(workload: str, path: str, peers_python: Path) -> dict[str, list[str]]:
    """Return each program's command for a workload; regress and autograd use the same NumPy."""
    commands = {name: [PYTHON, _file("regress_fit"), path, engine] for name, engine in ENGINES.items()}
    commands |= {name: [PYTHON, _file(stem), path] for name, stem in _IN_PROJECT.items()}
    commands |= {name: [str(peers_python), _file(stem), path] for name, stem in _IN_PEERS.items()}
    if workload in _NO_NETWORKS:
        del commands[_NETWORKS_ONLY]
    if workload in _NOT_COMPILED:
        del commands["regress, compiled"]
    return commands


def has_same_start(program: str) -> bool:
    """Return whether a program starts from the workload's parameters, so that its loss must agree."""
    return program != _NETWORKS_ONLY


def _file(stem: str) -> str:
    return str(PEERS / f"{stem}.py")
