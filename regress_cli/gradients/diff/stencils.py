"""Numerical derivatives: central differences, over a sweep of steps.

The first difference is (f(x + h) - f(x - h)) / 2h, the second one (f(x + h) - 2 f(x) + f(x - h)) / h**2,
and a higher one applies these one after the other, as a mixed one does to each variable in turn. All are of
second order: the error of the formula falls with h**2, and that of rounding grows with 1 / h**order, so that
there is a best step between the two (Fornberg 1988, https://doi.org/10.1090/S0025-5718-1988-0935077-0).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from regress_cli.expression import Expression
from regress_cli.gradients.point import Point


@dataclass(frozen=True)
class Difference:
    """A numerical derivative.

    Attributes:
        step: Relative: the step in each variable x is ``step * max(1, |x|)``.
        value: Not finite where a neighbour lies outside the function's domain.
        error: The distance from the derivative by autograd.
    """

    step: float
    value: float
    error: float


def steps_for(order: int) -> list[float]:
    """Return the steps of a sweep: step**order, the divisor, begins at 0.1 and falls by a factor of 10.

    So rounding takes over well before the last one, whatever the order.

    >>> [f"{step:.0e}" for step in steps_for(1)][:3], len(steps_for(1))
    (['1e-01', '1e-02', '1e-03'], 12)
    """
    return [10.0 ** (-decade / order) for decade in range(1, 12 + order)]


def sweep(expression: Expression, by: Sequence[str], point: Point, exact: float) -> list[Difference]:
    """Return the derivative for each step, with its distance from ``exact``."""
    steps = np.array(steps_for(len(by)))
    with np.errstate(all="ignore"):
        values = _central_differences(expression, by, point, steps)
        errors = np.abs(values - exact)
    return [Difference(*row) for row in zip(steps.tolist(), values.tolist(), errors.tolist(), strict=True)]


def best_of(differences: Sequence[Difference]) -> Difference | None:
    """Return the difference with the smallest error; none if no error is known."""
    known = [difference for difference in differences if np.isfinite(difference.error)]
    return min(known, key=lambda difference: difference.error, default=None)


def stencil(order: int) -> dict[int, float]:
    """Return the weight of each neighbour of a central difference, by its distance in steps.

    >>> stencil(1), stencil(2)
    ({-1: -0.5, 1: 0.5}, {-1: 1.0, 0: -2.0, 1: 1.0})
    """
    weights = np.ones(1)
    for part in [[-0.5, 0.0, 0.5]] * (order % 2) + [[1.0, -2.0, 1.0]] * (order // 2):
        weights = np.convolve(weights, part)
    reach = len(weights) // 2
    return {index - reach: float(weight) for index, weight in enumerate(weights) if weight}


def _central_differences(
    expression: Expression, by: Sequence[str], point: Point, steps: np.ndarray
) -> np.ndarray:
    """Return one derivative for each step."""
    orders = Counter(by)
    widths = {name: steps * max(1.0, abs(point[name])) for name in orders}
    total = np.zeros_like(steps)
    for neighbour in product(*(stencil(order).items() for order in orders.values())):
        moves = dict(zip(orders, neighbour, strict=True))
        values = {
            name: value + moves[name][0] * widths[name] if name in moves else value
            for name, value in point.items()
        }
        weight = np.prod([weight for _, weight in neighbour])
        total = total + weight * np.asarray(expression.evaluate(values), dtype=float)
    return total / np.prod([widths[name] ** order for name, order in orders.items()], axis=0)
