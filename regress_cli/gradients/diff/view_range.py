"""How far around a point a function is drawn, so that point, tangent and curve can all be seen."""

import numpy as np

from regress_cli.expression import Expression
from regress_cli.gradients.diff.automatic import forward
from regress_cli.gradients.point import Point

_CURVE_POINTS = 601
_SHAPE = np.linspace(-1.0, 1.0, _CURVE_POINTS)
_INNER = np.abs(_SHAPE) <= 0.5
# Each width that is tried is half of the one before.
_MOST_WIDTHS = 40
# What a readable picture has: values over so much of it, and hardly any that are infinite; an inner half as
# high as this share of all of it; a tangent that rises by at most so many heights on its way to the side.
_LEAST_DEFINED, _MOST_INFINITE, _LEAST_INNER, _MOST_HEIGHTS = 0.6, 0.01, 0.15, 10.0


def shifts_of(name: str, point: Point, expression: Expression) -> np.ndarray:
    """Return the distances from a point, along one variable, over which a function is drawn.

    >>> bool(shifts_of("x", {"x": 700.0}, Expression.parse("exp(x)"))[-1] < 4)
    True
    """
    usual = max(3.0, abs(point[name]) / 2)
    widths = usual * 0.5 ** np.arange(_MOST_WIDTHS)
    # Closer than that, neighbouring points are the same float.
    widths = widths[widths > _CURVE_POINTS * np.spacing(abs(point[name]))]
    slope = abs(float(forward(expression, [name], point)))
    drawable = (width for width in widths if _is_readable(expression, name, point, width, slope))
    return _SHAPE * next(drawable, usual)


def _is_readable(expression: Expression, name: str, point: Point, width: float, slope: float) -> bool:
    moved = {**point, name: point[name] + _SHAPE * width}
    values = np.asarray(forward(expression, [], moved))
    known = np.isfinite(values)
    if known.mean() < _LEAST_DEFINED or np.isinf(values).mean() > _MOST_INFINITE:
        return False
    height, inner = _height(values[known]), _height(values[_INNER & known])
    is_level = not np.isfinite(slope) or width * slope <= _MOST_HEIGHTS * height
    return is_level and inner >= _LEAST_INNER * height


def _height(values: np.ndarray) -> float:
    """Return how high most of a curve is, whatever the rest of it does at a pole."""
    low, high = np.percentile(values, [10, 90]) if len(values) else (0.0, 0.0)
    return float(high - low)
