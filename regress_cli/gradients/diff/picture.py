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
from regress_cli.gradients.diff.view_range import shifts_of
from regress_cli.gradients.point import Point, shown_point
from regress_cli.text import printable

# A curve that is larger is drawn in units of a power of ten: the ticks of its axis would overflow.
_LARGEST_DRAWN = 1e100
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
    curves = _derivative_curves(derivatives, expression) if single else _cuts(point, expression)
    units = {name: _unit(y) for name, (_, y) in curves.items()}
    lines = {_label(name, units[name]): (x, y / units[name]) for name, (x, y) in curves.items()}
    return {
        "title": f"f = {derivatives.expression} at {shown_point(point)}",
        "x_name": printable(first, _LONGEST_NAME) if single else "distance from the point, along a variable",
        "at": point[first] if single else 0.0,
        "curves": lines,
        "slopes": [
            slope / unit for slope, unit in zip(_slopes(point, expression), units.values(), strict=False)
        ],
        **_errors_and_guides(derivatives),
    }


def _derivative_curves(derivatives: Derivatives, expression: Expression) -> dict[str, Line]:
    """Return the function of a single variable and its derivatives up to the order, around the point."""
    [(name, at)] = derivatives.point.items()
    x = at + shifts_of(name, derivatives.point, expression)
    labels = ["f", *(quotient([name] * order) for order in range(1, derivatives.order + 1))]
    curves = [forward(expression, [name] * order, {name: x}) for order in range(len(labels))]
    # The formula of a derivative may have values where there is no function, as 1/x has left of log(x).
    is_there = np.isfinite(curves[0])
    return {label: (x, np.where(is_there, y, np.nan)) for label, y in zip(labels, curves, strict=True)}


def _cuts(point: Point, expression: Expression) -> dict[str, Line]:
    """Return the function along each variable, the others held, over the distance from the point."""
    shifts = {name: shifts_of(name, point, expression) for name in list(point)[:_MOST_LINES]}
    return {
        f"f along {printable(name)}": (
            distances,
            forward(expression, [], {**point, name: point[name] + distances}),
        )
        for name, distances in shifts.items()
    }


def _unit(y: np.ndarray) -> float:
    """Return the power of ten in which a curve is drawn: 1, unless its middle is too large for an axis.

    >>> _unit(np.array([1.0, 2.0, 3.0])), _unit(np.array([0.0, 2e304, 9e304]))
    (1.0, 1e+304)
    """
    here = abs(float(y[len(y) // 2]))
    return 10.0 ** math.floor(math.log10(here)) if _LARGEST_DRAWN < here < math.inf else 1.0


def _label(name: str, unit: float) -> str:
    return name if unit == 1 else f"{name}, in units of {unit:.0e}"


def _slopes(point: Point, expression: Expression) -> list[float]:
    """Return the first derivative by each variable, for the tangents; nan at a kink, which has none."""
    return [
        math.nan if first_break(expression, [name], point) else float(forward(expression, [name], point))
        for name in list(point)[:_MOST_LINES]
    ]


def _errors_and_guides(derivatives: Derivatives) -> dict[str, Any]:
    """Return the errors of each derivative by its step, in the units of its curve, and what theory says."""
    units = {one.name: _unit(np.array([one.reverse])) for one in derivatives.derivatives}
    errors = {
        _label(name, units[name]): (steps, sizes / units[name])
        for name, (steps, sizes) in _errors(derivatives.derivatives).items()
    }
    unit = units[derivatives.derivatives[0].name]
    guides = {label: (steps, sizes / unit) for label, (steps, sizes) in _guides(derivatives).items()}
    return {"errors": errors, "guides": guides}


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
