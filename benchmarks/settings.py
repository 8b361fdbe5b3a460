"""What the command line decides for every benchmark."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The rounds to measure, and the interpreter that has PyTorch, JAX and scikit-learn."""

    rounds: int
    peers_python: Path
