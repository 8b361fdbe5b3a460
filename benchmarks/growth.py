"""How the cost grows: a step with the rows, training with the steps. Linear growth has ratios of 1."""

import json

from comparison import Comparison
from places import HERE, PYTHON
from settings import Settings
from timing import interleave

ROUNDS = 5
ROWS = (10_000, 100_000, 1_000_000)
STEPS = (5_000, 10_000, 20_000)
# Rows times steps of a measurement; a step of a million rows is taken a few times at least.
_WORK, _FEWEST_STEPS = 5_000_000, 10


def measure(settings: Settings) -> list[Comparison]:
    """Time regress alone, on the network of mlp-relu.yaml."""
    cases = {f"{n} rows": (n, max(_WORK // n, _FEWEST_STEPS)) for n in ROWS}
    cases |= {f"{steps} steps": (1000, steps) for steps in STEPS}
    program = [PYTHON, str(HERE / "growth_by_regress.py")]
    commands = {name: [*program, str(rows), str(steps)] for name, (rows, steps) in cases.items()}
    samples = interleave(commands, settings.rounds, warm_up=False)
    results = {name: [json.loads(sample.stdout) for sample in rounds] for name, rounds in samples.items()}

    def a_row(n: int) -> list[float]:
        return [1e9 * result["step"] / n for result in results[f"{n} rows"]]

    def a_step(steps: int) -> list[float]:
        return [1e6 * result["total"] / steps for result in results[f"{steps} steps"]]

    return [
        *(
            Comparison("growth", f"a row of a step, {n:,} rows / {ROWS[0]:,}", "ns", a_row(n), a_row(ROWS[0]))
            for n in ROWS[1:]
        ),
        *(
            Comparison(
                "growth", f"training over its steps, {k:,} / {STEPS[0]:,}", "us", a_step(k), a_step(STEPS[0])
            )
            for k in STEPS[1:]
        ),
    ]
