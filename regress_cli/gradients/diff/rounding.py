"""How far two ways to the same derivative may be apart for no other reason than rounding."""

from collections.abc import Sequence

import numpy as np

from regress_cli.expression import COMPARISONS, Apply, Expression, Node, parts
from regress_cli.gradients.diff.automatic import forward, reverse
from regress_cli.gradients.point import Point

_EPS = float(np.finfo(float).eps)
# Multiples of eps, of the variables, by which a point is moved.
_NEIGHBOURS = np.arange(-4.0, 5.0)
_RELATIVE = 1e-9
_SAFETY = 32


def noise_of(expression: Expression, by: Sequence[str], point: Point, value: float) -> float:
    """Return how uncertain a derivative is: how much it changes when the point moves by rounding errors.

    Rounding falls differently at each of the neighbours, so that terms which cancel are noticed as well. The
    function's own ``value`` sets how small a difference can matter at all.
    """
    moved = {
        name: at + _EPS * (abs(at) or 1.0) * np.roll(_NEIGHBOURS, place)
        for place, (name, at) in enumerate(point.items())
    }
    found = np.concatenate([mode(expression, by, moved) for mode in (reverse, forward)])
    found = found[np.isfinite(found)]
    spread = float(np.ptp(found)) if len(found) else 0.0
    width = float(np.prod([max(1.0, abs(point[name])) for name in by]))
    # Higher orders of every part would take long, and spread more than this by themselves.
    inside = _largest_inside(expression, by, point) if len(by) == 1 else 0.0
    return _SAFETY * (spread + _EPS * inside) + 1e4 * _EPS * abs(value) / width


def _largest_inside(expression: Expression, by: Sequence[str], point: Point) -> float:
    """Return the largest derivative of a part: what is rounded there is left when such parts cancel."""
    at = {name: np.array([value]) for name, value in point.items()}
    inside = [Expression("", part) for part in parts(expression.tree) if not _is_comparison(part)]
    sizes = [np.abs(forward(part, by, at)).max() for part in inside if set(by) <= set(part.names)]
    return float(max((size for size in sizes if np.isfinite(size)), default=0.0))


def _is_comparison(part: Node) -> bool:
    return isinstance(part, Apply) and part.function in COMPARISONS


def is_same(one: float, other: float, noise: float) -> bool:
    """Return whether two numbers are equal but for rounding.

    >>> is_same(0.1 + 0.2, 0.3, 0.0), is_same(1.0, 1.1, 0.0), is_same(float("nan"), 1.0, 0.0)
    (True, False, False)
    """
    return abs(one - other) <= _RELATIVE * max(abs(one), abs(other)) + noise
