"""Checks a network's gradient with regress: every entry, by every oracle."""

from collections.abc import Callable

import numpy as np
from gradcheck_program import run_check
from workload import Workload

from regress_cli.gradients.checking import Outcome, check_gradient
from regress_cli.models import MLP
from regress_cli.tape import evaluate
from regress_cli.training.losses import LOSSES
from regress_cli.training.objective import Objective


def build(workload: Workload) -> Callable[[], bool]:
    """Return the check."""
    arrays = workload.initial
    sizes = (*(len(W) for W in arrays[::2]), 1)
    objective = Objective(MLP(sizes, workload.activation, "normal"), LOSSES["half_mse"](None, 1.0))
    names = [f"{kind}{layer}" for layer in range(1, len(sizes)) for kind in "Wb"]
    params = dict(zip(names, map(np.asarray, arrays), strict=True))
    data = {"features": workload.features, "target": workload.target}

    def check() -> bool:
        verdict = check_gradient(
            lambda p: objective(p, **data), lambda p: evaluate(objective, p, data)[1], params
        )
        return verdict.outcome is Outcome.RIGHT

    return check


if __name__ == "__main__":
    run_check(build)
