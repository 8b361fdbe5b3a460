"""Small tables for the tests: written to a file and read as an experiment reads them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from regress_cli.config import load_config
from regress_cli.data import Dataset, Streams, build_dataset

Load = Callable[..., Dataset]


def load_table(path: Path, content: str | bytes, target: str = "y", seed: int = 0, **keys: Any) -> Dataset:
    """Write ``content`` to ``path`` and return the dataset that an experiment makes of it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_existing(path, target, seed, **keys)


def load_existing(path: Path, target: str = "y", seed: int = 0, **keys: Any) -> Dataset:
    """Return the dataset that an experiment makes of the file at ``path``."""
    section = {"kind": "table", "path": str(path), "target": target, **keys}
    experiment = load_config({"data": section, "model": {"kind": "linear"}})
    return build_dataset(experiment.data, Streams.spawn(seed))
