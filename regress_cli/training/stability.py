"""How large a step may be before gradient descent diverges.

On a quadratic with largest curvature k, momentum SGD as in `regress_cli.training.optimizers` is stable
for step_size < 2 (1 + m) / ((1 - m) k), and with Nesterov's momentum for
2 (1 + m) / ((1 + 2 m) (1 - m) k): the heavy ball's limit (Polyak 1964), written for a velocity that
takes in (1 - m) of each gradient.
"""

from collections.abc import Callable

import numpy as np

from regress_cli.config.schema import SGD
from regress_cli.data import TRAIN
from regress_cli.models import LinearInParameters, is_linear_in_parameters
from regress_cli.training.objective import Objective
from regress_cli.training.problem import Problem

# Beyond this many columns the eigenvalue costs more than it is worth before a run.
_MOST_COLUMNS = 1000


def largest_stable_step(optimizer: SGD, curvature: float) -> float:
    """Return the step size at which momentum SGD stops being stable.

    >>> largest_stable_step(SGD(mass=0.0), curvature=4.0)
    0.5
    """
    mass = optimizer.mass
    limit = 2 * (1 + mass) / ((1 - mass) * curvature)
    return limit / (1 + 2 * mass) if optimizer.nesterov else limit


def largest_curvature(
    model: LinearInParameters,
    objective: Objective,
    features: np.ndarray,
    roots: np.ndarray | None = None,
) -> float | None:
    """Return the largest eigenvalue of the objective's Hessian; None where it is not constant or finite.

    Args:
        model: The objective's model, linear in its parameters.
        objective: The objective.
        features: The training part's features, shape (n, p).
        roots: The roots of the rows' weights, shape (n,); None where all count alike.
    """
    if objective.loss.curvature is None or features.shape[1] > _MOST_COLUMNS:
        return None
    design = model.design(features)
    n, p = design.shape
    ones = np.ones(n) if roots is None else roots
    design = design if roots is None else design * roots[:, None]
    hessian = np.empty((p + 1, p + 1))
    with np.errstate(over="ignore"):
        hessian[1:, 1:] = design.T @ design
    hessian[0, 1:] = hessian[1:, 0] = ones @ design
    hessian[0, 0] = ones @ ones
    hessian *= objective.loss.curvature / n
    hessian[np.diag_indices(p + 1)] += [0.0, *[objective.l2] * p]
    if not model.intercept:
        hessian = hessian[1:, 1:]
    if not np.isfinite(hessian).all():
        return None
    return float(np.linalg.eigvalsh(hessian)[-1])


def curvature_by_power_iteration(
    gradient: Callable[[np.ndarray], np.ndarray], params: np.ndarray, iterations: int = 20
) -> float | None:
    """Return the largest curvature at ``params``, from differences of gradients along a direction.

    Args:
        gradient: The gradient, shape (p,), at parameters of shape (p,).
        params: Where to look.
        iterations: How often the direction is turned towards that of largest curvature.
    """
    direction = np.random.default_rng(0).standard_normal(len(params))
    distance = 1e-4 * max(1.0, float(np.linalg.norm(params)))
    curvature = 0.0
    for _ in range(iterations):
        direction /= np.linalg.norm(direction)
        change = gradient(params + distance * direction) - gradient(params - distance * direction)
        direction = change / (2 * distance)
        curvature = float(np.linalg.norm(direction))
        if not np.isfinite(curvature) or curvature == 0.0:
            return None
    return curvature


def stable_step_size(problem: Problem) -> float | None:
    """Return the largest stable step size, where it can be told before the first step.

    That is so for momentum SGD on the full batch, a model linear in its parameters and a squared loss.
    """
    optimizer = problem.experiment.optimizer
    if not isinstance(optimizer, SGD) or not is_linear_in_parameters(problem.model):
        return None
    if problem.batch_size < len(problem.train[1]):
        return None
    roots = None if problem.weighting is None else problem.weighting.roots(TRAIN)
    curvature = largest_curvature(problem.model, problem.objective, problem.train[0], roots)
    return largest_stable_step(optimizer, curvature) if curvature else None
