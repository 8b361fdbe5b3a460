"""Starting: `regress --help` against `python -c "import numpy"`."""

from comparison import Comparison
from places import PYTHON, REGRESS
from settings import Settings
from timing import interleave

ROUNDS = 21


def measure(settings: Settings) -> list[Comparison]:
    """Time both processes from start to end."""
    samples = interleave(
        {"help": [REGRESS, "--help"], "numpy": [PYTHON, "-c", "import numpy"]}, settings.rounds
    )
    ours, reference = ([1e3 * sample.seconds for sample in samples[name]] for name in ("help", "numpy"))
    return [Comparison("startup", "`regress --help` / `import numpy`", "ms", ours, reference, most=2.5)]
