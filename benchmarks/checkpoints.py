"""What checkpoints cost: the seconds that saving them takes against those of the whole training."""

import json

from comparison import Comparison
from places import HERE, PYTHON
from settings import Settings
from timing import interleave

ROUNDS = 3
_SECONDS = 30
# A shipped network, as it is; and one of two million parameters. There is no bar for the latter: its first
# checkpoint is saved before anybody knows what it takes, and needs longer than this to be made up for.
_CASES = {
    "configs/mlp.yaml": [],
    "2,000,000 parameters": ["model.hidden=[1400, 1400]", "training.batch_size=32"],
}
_BARS = {"configs/mlp.yaml": 0.01}


def measure(settings: Settings) -> list[Comparison]:
    """Train for half a minute, with a checkpoint whenever regress finds one due."""
    program = [PYTHON, str(HERE / "checkpoints_by_regress.py"), str(HERE.parent / "configs" / "mlp.yaml")]
    commands = {name: [*program, str(_SECONDS), *overrides] for name, overrides in _CASES.items()}
    samples = interleave(commands, settings.rounds, warm_up=False)
    results = {name: [json.loads(sample.stdout) for sample in rounds] for name, rounds in samples.items()}
    if not all(result["checkpoints"] for rounds in results.values() for result in rounds):
        raise RuntimeError("a training kept no checkpoint, so there was nothing to measure")
    return [
        Comparison(
            "checkpoints",
            f"checkpoints / training, {name}",
            "s",
            [result["saving"] for result in rounds],
            [result["training"] for result in rounds],
            most=_BARS.get(name),
        )
        for name, rounds in results.items()
    ]
