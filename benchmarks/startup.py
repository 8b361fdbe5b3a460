"""Starting: `regress --help` against `python -c "import numpy"`."""

from comparison import Comparison
from places import PYTHON, REGRESS
from timing import interleave

ROUNDS = 21


def measure(rounds: int) -> list[Comparison]:
    """Time both processes from start to end."""
    samples = interleave({"help": [REGRESS, "--help"], "numpy": [PYTHON, "-c", "import numpy"]}, rounds)
    ours, reference = ([1e3 * sample.seconds for sample in samples[name]] for name in ("help", "numpy"))
    return [Comparison("startup", "`regress --help` / `import numpy`", "ms", ours, reference, most=2.5)]
