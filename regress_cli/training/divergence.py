"""When training has diverged, which number shows it first, and which step size may help."""

from dataclasses import dataclass

import numpy as np

from regress_cli.config.schema import SGD
from regress_cli.training.problem import Problem
from regress_cli.training.stability import curvature_by_power_iteration, largest_stable_step

# A loss so many times its start, or the baseline if that is larger, makes no sense any more.
_BEYOND_SENSE = 1e8


@dataclass(frozen=True)
class Divergence:
    """What was seen.

    Attributes:
        step: The step that could not be taken.
        quantity: What went wrong, in words: ``the loss is nan``.
        parameter: The parameter whose gradient is largest or first not finite.
        suggested_step_size: One that should be stable; None where the start itself makes no sense.
    """

    step: int
    quantity: str
    parameter: str
    suggested_step_size: float | None


def loss_limit(problem: Problem) -> float:
    """Return the objective beyond which training counts as diverged."""
    features, target = problem.objective_train
    start = float(problem.objective(problem.initial, features, target))
    baseline = float(problem.objective.loss(np.full_like(target, target.mean()), target))
    return _BEYOND_SENSE * max(start, baseline, np.finfo(np.float64).tiny)


def find_divergence(
    problem: Problem, step: int, value: float, gradient: np.ndarray, limit: float, good: np.ndarray
) -> Divergence | None:
    """Return what is wrong with a step's objective and gradient; None if nothing is.

    Args:
        problem: What is trained.
        step: The step.
        value: The objective.
        gradient: Its gradient, shape (p,).
        limit: The largest objective that still makes sense.
        good: The last good parameters, where a better step size is looked for.
    """
    if value < limit and np.isfinite(gradient).all():
        return None
    finite = np.isfinite(gradient)
    position = int(np.argmax(np.abs(gradient)) if finite.all() else np.argmin(finite))
    parameter = problem.layout.owner(position)
    if not np.isfinite(value):
        quantity = f"the loss is {value}"
    elif not finite.all():
        quantity = f"the gradient of {parameter} is {gradient[position]}"
    else:
        reached = problem.in_data_units(value)
        quantity = f"the loss is {reached:.3g}, beyond any sense"
    return Divergence(step, quantity, parameter, _suggest(problem, good) if step else None)


def _suggest(problem: Problem, params: np.ndarray) -> float:
    """Return half of the largest stable step size at ``params``, or a tenth of the one used."""
    optimizer = problem.optimizer
    if isinstance(optimizer, SGD):
        curvature = curvature_by_power_iteration(
            lambda vector: problem.value_and_gradient(vector, *problem.objective_train)[1],
            params.astype(np.float64),
        )
        if curvature is not None:
            stable = largest_stable_step(optimizer, curvature) / 2
            return _two_digits(min(stable, optimizer.step_size / 2))
    return _two_digits(optimizer.step_size / 10)


def _two_digits(value: float) -> float:
    return float(f"{value:.1e}")
