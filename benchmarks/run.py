"""The main job: a whole `regress run configs/mlp.yaml` against the tutorial's script and bare imports."""

from comparison import Comparison
from places import CONFIGS, HERE, PYTHON, REGRESS
from settings import Settings
from timing import interleave

ROUNDS = 7


def measure(settings: Settings) -> list[Comparison]:
    """Time the processes from start to end; each begins in an empty folder, so nothing is reused."""
    samples = interleave(
        {
            "regress": [REGRESS, "run", "--quiet", str(CONFIGS / "mlp.yaml")],
            "tutorial": [PYTHON, str(HERE / "tutorial_mlp.py")],
            "imports": [PYTHON, "-c", "import numpy, autograd.numpy, matplotlib.figure"],
        },
        settings.rounds,
    )
    ours, tutorial, imports = ([sample.seconds for sample in rounds] for rounds in samples.values())
    title = "`regress run configs/mlp.yaml`"
    return [
        Comparison("run", f"{title} / tutorial", "s", ours, tutorial, most=1.0),
        Comparison("run", f"{title} / its imports", "s", ours, imports, most=1.35),
    ]
