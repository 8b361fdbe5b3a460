"""Times value and gradient of the MLP's loss, written the tutorial's way and regress's way.

Both see the same data and the same parameters, and must agree. The tutorial's arrays are row-major and
its derivatives autograd's own; regress's are column-major, with its primitives' own rules.
"""

import json
import sys
import time

import autograd
import numpy as np
import tutorial_mlp
from places import CONFIGS

from regress_cli import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.tape import value_and_grad

STEPS = 100


def main() -> None:
    """Print the microseconds a step of each, one number a round, as JSON."""
    problem = make_plan(load_config(CONFIGS / "mlp.yaml")).problem
    features, target = problem.train
    params = problem.initial
    layers = [(params[f"W{k}"], params[f"b{k}"]) for k in (1, 2, 3)]
    x, t = np.ascontiguousarray(features), target.reshape(-1, 1).copy()
    by_tutorial, by_regress = autograd.value_and_grad(tutorial_mlp.loss), value_and_grad(problem.objective)

    require_agreement(by_tutorial(layers, x, t), by_regress(params, features, target))
    sides = {
        "regress": lambda: by_regress(params, features, target),
        "tutorial": lambda: by_tutorial(layers, x, t),
    }
    times = {name: [] for name in sides}
    for name in sides:
        microseconds_a_step(sides[name])
    for _ in range(int(sys.argv[1])):
        for name in sides:
            times[name].append(microseconds_a_step(sides[name]))
    print(json.dumps(times))


def require_agreement(tutorial, ours) -> None:
    """Refuse to time two functions that differ by more than rounding."""
    (value, layers), (our_value, grads) = tutorial, ours
    np.testing.assert_allclose(our_value, value, rtol=1e-13)
    for k, (W, b) in enumerate(layers, start=1):
        # Rounding in a sum is relative to its terms, so each array is held against its largest number.
        np.testing.assert_allclose(grads[f"W{k}"], W, rtol=0, atol=1e-13 * np.abs(W).max())
        np.testing.assert_allclose(grads[f"b{k}"], b, rtol=0, atol=1e-13 * np.abs(b).max())


def microseconds_a_step(evaluate) -> float:
    """Return the mean over a short stretch of evaluations."""
    started = time.perf_counter()
    for _ in range(STEPS):
        evaluate()
    return 1e6 * (time.perf_counter() - started) / STEPS


if __name__ == "__main__":
    main()
