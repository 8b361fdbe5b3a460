"""Grading: a submission's share of a core, and the usual alternatives, each a process by itself."""

import json
from typing import Any

from comparison import Comparison
from grading_class import CHECKS
from places import HERE, PYTHON
from settings import Settings
from timing import interleave

ROUNDS = 3
# The others are measured on so many submissions, of which none loops: each begins anew, and helps no other.
_FEW, _FEWEST = 20, 2
# What a submission may take of one core, in seconds.
_MOST = 0.3


def measure(settings: Settings) -> list[Comparison]:
    """Time the grading of a class in the sealed tier on all cores, and the alternatives on one."""
    program = [PYTHON, str(HERE / "grading_by_regress.py")]
    commands = {
        "grade": [*program, "grade", str(settings.submissions)],
        "cold": [*program, "cold", str(_FEW)],
        "compare": [*program, "compare", str(_FEWEST)],
    }
    samples = interleave(commands, settings.rounds, warm_up=False)
    told: dict[str, list[dict[str, Any]]] = {
        name: [json.loads(one.stdout) for one in samples[name]] for name in commands
    }
    seconds = {name: [one["seconds"] for one in told[name]] for name in commands}
    cores = told["grade"][0]["cores"]
    what = f"one of {settings.submissions} submissions of {CHECKS} checks, seconds of one of {cores} cores"
    limit = [_MOST] * settings.rounds
    return [
        Comparison("grading", f"{what} / the limit", "s", seconds["grade"], limit, most=1.0),
        Comparison(
            "grading",
            "the same / a cold process that imports NumPy and calls each function once",
            "s",
            seconds["grade"],
            seconds["cold"],
        ),
        Comparison(
            "grading",
            "the same / `regress compare-manual --json` for each check",
            "s",
            seconds["grade"],
            seconds["compare"],
        ),
    ]
