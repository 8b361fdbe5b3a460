"""From the derivatives at a point to what their picture is drawn from."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from regress_cli.expression import Expression
from regress_cli.gradients.diff.automatic import forward
from regress_cli.gradients.diff.derivative import Derivative
from regress_cli.gradients.diff.derivatives import Derivatives
from regress_cli.gradients.diff.formula import quotient
from regress_cli.gradients.diff.sides import first_break
from regress_cli.gradients.point import Point, shown_point
from regress_cli.text import printable

_CURVE_POINTS = 601
# How many lines can be told apart in a panel.
_MOST_LINES = 6
# The label of an axis is to keep to one line.
_LONGEST_NAME = 28
_EPS = float(np.finfo(float).eps)

Line = tuple[np.ndarray, np.ndarray]


def picture_of(derivatives: Derivatives, expression: Expression) -> dict[str, Any]:
    """Return what `regress_cli.plots.derivative_figure` takes."""
    point = derivatives.point
    first, single = next(iter(point)), len(point) == 1
    return {
        "title": f"f = {derivatives.expression} at {shown_point(point)}",
        "x_name": printable(first, _LONGEST_NAME) if single else "distance from the point, along a variable",
        "at": point[first] if single else 0.0,
        "curves": _derivative_curves(derivatives, expression) if single else _cuts(point, expression),
        "slopes": _slopes(point, expression),
        "errors": _errors(derivatives.derivatives),
        "guides": _guides(derivatives),
    }


def _derivative_curves(derivatives: Derivatives, expression: Expression) -> dict[str, Line]:
    """Return the function of a single variable and its derivatives up to the order, around the point."""
    [(name, at)] = derivatives.point.items()
    x = at + _shifts(at)
    names = ["f", *(quotient([name] * order) for order in range(1, derivatives.order + 1))]
    return {label: (x, forward(expression, [name] * order, {name: x})) for order, label in enumerate(names)}


def _cuts(point: Point, expression: Expression) -> dict[str, Line]:
    """Return the function along each variable, the others held, over the distance from the point."""
    names = list(point)[:_MOST_LINES]
    shifts = {name: _shifts(point[name]) for name in names}
    return {
        f"f along {printable(name)}": (
            shifts[name],
            forward(expression, [], {**point, name: point[name] + shifts[name]}),
        )
        for name in names
    }


def _shifts(at: float) -> np.ndarray:
    """Return the distances from a point over which a function is drawn."""
    return np.linspace(-1.0, 1.0, _CURVE_POINTS) * max(3.0, abs(at) / 2)


def _slopes(point: Point, expression: Expression) -> list[float]:
    """Return the first derivative by each variable, for the tangents; nan at a kink, which has none."""
    return [
        math.nan if first_break(expression, [name], point) else float(forward(expression, [name], point))
        for name in list(point)[:_MOST_LINES]
    ]


def _errors(derivatives: Sequence[Derivative]) -> dict[str, Line]:
    return {
        derivative.name: (
            np.array([difference.step for difference in derivative.differences]),
            np.array([difference.error for difference in derivative.differences]),
        )
        for derivative in derivatives[:_MOST_LINES]
    }


def _guides(derivatives: Derivatives) -> dict[str, Line]:
    """Return what theory says of the first derivative's error: of the formula, and from rounding."""
    derivative, order = derivatives.derivatives[0], derivatives.order
    steps, errors = _errors([derivative])[derivative.name]
    width = np.prod([max(1.0, abs(derivatives.point[name])) for name in derivative.by])
    rounding = _EPS * abs(derivatives.value) / (steps**order * width)
    guides = {}
    # A formula that is exact, as for a parabola, leaves rounding alone.
    if errors[0] > 100 * rounding[0]:
        guides["error of the formula, as h^2"] = steps, errors[0] * (steps / steps[0]) ** 2
    if derivatives.value:
        guides[f"rounding, as 1/h{f'^{order}' if order > 1 else ''}"] = steps, rounding
    return guides
