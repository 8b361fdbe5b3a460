"""The main job: a whole `regress run configs/mlp.yaml` against the tutorial's code as a script."""

from comparison import Comparison
from places import CONFIGS, HERE, PYTHON, REGRESS
from timing import interleave

ROUNDS = 7


def measure(rounds: int) -> list[Comparison]:
    """Time both processes from start to end; each begins in an empty folder, so nothing is reused."""
    samples = interleave(
        {
            "regress": [REGRESS, "run", "--quiet", str(CONFIGS / "mlp.yaml")],
            "tutorial": [PYTHON, str(HERE / "tutorial_mlp.py")],
        },
        rounds,
    )
    ours, reference = ([sample.seconds for sample in samples[name]] for name in ("regress", "tutorial"))
    return [Comparison("run", "`regress run configs/mlp.yaml` / tutorial", "s", ours, reference, most=1.0)]
