"""Why no central difference comes near a derivative, where none does."""

from collections.abc import Sequence

import numpy as np

from regress_cli.expression import Expression
from regress_cli.gradients.diff.automatic import forward
from regress_cli.gradients.diff.derivative import Derivative
from regress_cli.gradients.point import Point
from regress_cli.text import all_digits

_EPS = float(np.finfo(float).eps)
# A difference that is off by more than this share of the derivative does not confirm it.
_NEAR = 0.01
# A derivative below this is taken for a zero, of which differences show no more than the rounding of f.
_NOTHING = 1e-9
# How far around the point a derivative is looked at: at a zero, those beside it say what a large error is.
_AROUND = 0.1 * np.arange(-1.0, 2.0)


def why_unconfirmed(derivative: Derivative, expression: Expression, point: Point) -> str | None:
    """Return that no difference comes near a derivative, and why; None where one does."""
    best, known = derivative.best, derivative.known
    if derivative.kink is not None or best is None or not known:
        return None
    exact = abs(next(iter(known.values())))
    value = abs(float(forward(expression, (), point)))
    width = float(np.prod([max(1.0, abs(point[name])) for name in derivative.by]))
    enough = _NEAR * max(exact, _largest_around(expression, derivative.by, point))
    if exact < _NOTHING:
        # What the best step leaves between the formula's error, as h**2, and rounding, as eps/h**order.
        enough += 10 * _EPS ** (2 / (len(derivative.by) + 2)) * value / width
    if best.error <= enough:
        return None
    first, *_, last = derivative.differences
    if _EPS * value / (width * first.step ** len(derivative.by)) > _NEAR * exact:
        reason = "f is so large that what a step changes is lost in its rounding"
    elif (coarse := _coarse_variable(expression, derivative.by, point, enough)) is not None:
        distance = all_digits(np.spacing(abs(point[coarse])))
        next_float = f"the next float after {coarse} = {all_digits(point[coarse])} is {distance} away"
        reason = f"{next_float}, and f bends much on the way there"
    elif best is last or best.error > exact / 2:
        reason = "f bends much within the smallest step that is tried"
    else:
        reason = "f bends much within the larger steps, and the smaller ones are lost in rounding"
    return f"no difference comes near it, the best one is off by {best.error:.1e}, for {reason}"


def _largest_around(expression: Expression, by: Sequence[str], point: Point) -> float:
    """Return the largest size of a derivative at the point and a tenth of the variables' size beside it."""
    nearby = {name: at + _AROUND * max(1.0, abs(at)) * (name in by) for name, at in point.items()}
    sizes = np.abs(forward(expression, by, nearby))
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def _coarse_variable(expression: Expression, by: Sequence[str], point: Point, enough: float) -> str | None:
    """Return a variable whose floats lie so far apart that the derivative is another at the next one."""
    here = forward(expression, by, point)
    for name in dict.fromkeys(by):
        beside = {**point, name: np.nextafter(point[name], np.inf)}
        if not abs(forward(expression, by, beside) - here) <= enough:
            return name
    return None
