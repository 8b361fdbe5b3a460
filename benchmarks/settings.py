"""What the command line decides for every benchmark."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The rounds to measure, the interpreter that has PyTorch, JAX and scikit-learn, the size of a class."""

    rounds: int
    peers_python: Path
    submissions: int = 500
