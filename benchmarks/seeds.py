"""Seeds as one stack of arrays: a step of a replica in the stack, against one of the same training alone."""

import json
import sys

from comparison import Comparison
from places import HERE, PYTHON
from settings import Settings
from timing import interleave

ROUNDS = 5
REPLICAS = (1, 8, 32, 128)
# 21 microseconds a step and replica for 32 stacked replicas against 39 alone, as plain NumPy takes.
_MOST = {32: 21 / 39}


def measure(settings: Settings) -> list[Comparison]:
    """Train the replicas of configs/mlp.yaml as `regress run --seeds` does, in turn with single trainings."""
    program = [PYTHON, str(HERE / "seeds_by_regress.py"), str(HERE.parent / "configs" / "mlp.yaml")]
    figures = []
    for count in REPLICAS:
        print(f"  {count} replicas ...", file=sys.stderr, flush=True)
        samples = interleave({"both": [*program, str(count)]}, settings.rounds, warm_up=False)["both"]
        results = [json.loads(sample.stdout) for sample in samples]
        figures.append(
            Comparison(
                "seeds",
                f"a step of one of {count} stacked replicas / alone",
                "us",
                [result["stacked"] for result in results],
                [result["alone"] for result in results],
                most=_MOST.get(count),
            )
        )
    return figures
