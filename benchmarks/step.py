"""A training step's gradient: the tutorial's loss under autograd alone against regress's objective."""

import json

from comparison import Comparison
from places import HERE, PYTHON
from settings import Settings
from timing import run_once

ROUNDS = 41


def measure(settings: Settings) -> list[Comparison]:
    """Time both in one process, in turn."""
    sample = run_once([PYTHON, str(HERE / "step_both.py"), str(settings.rounds)])
    times = json.loads(sample.stdout)
    title = "value and gradient, one step of mlp / tutorial's loss"
    return [Comparison("step", title, "us", times["regress"], times["tutorial"])]
