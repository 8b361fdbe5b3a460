"""Where an expression is not the same on all sides of a point: kinks and jumps.

Only ``abs`` and ``where`` change from one formula to another. A little to either side of a point each of
them is one of its branches; with the branches put in place an expression is left whose derivatives at the
point are the one-sided derivatives of the whole. Where that has none at the point itself, as ``sqrt(x**2)``
has none at 0, the point is approached.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from regress_cli.expression import Apply, Expression, Node
from regress_cli.gradients.diff.approach import approached, is_defined
from regress_cli.gradients.diff.automatic import forward
from regress_cli.gradients.point import Point

# How far to the side, relative to the variable: what rounding leaves open of a point.
_ASIDE = 4 * np.finfo(float).eps
# Relative to the larger one; a difference of sides below this is rounding.
_ROUNDING = 1e-9

Side = tuple[int, ...]


@dataclass(frozen=True)
class Break:
    """A derivative that is not the same on all sides of a point.

    Attributes:
        by: The variables of the derivative; without any it is the function itself that jumps.
        along: The variables along which the point is approached.
        sides: From where: -1 or 1 for each variable of ``along``.
        values: The derivative on each side; nan where it settles at none.
    """

    by: tuple[str, ...]
    along: tuple[str, ...]
    sides: tuple[Side, ...]
    values: tuple[float, ...]


def first_break(expression: Expression, by: Sequence[str], point: Point) -> Break | None:
    """Return the lowest derivative on the way to ``by`` that differs from side to side, if any does.

    >>> first_break(Expression.parse("abs(x)"), ("x",), {"x": 0.0}).values
    (-1.0, 1.0)
    >>> first_break(Expression.parse("sqrt(x**2)"), ("x",), {"x": 0.0}).values
    (-1.0, 1.0)
    """
    along = tuple(dict.fromkeys(by))
    sides = tuple(product((-1, 1), repeat=len(along)))
    formulas = [Expression("", resolved(expression.tree, _beside(point, along, side))) for side in sides]
    if len({formula.tree for formula in formulas}) == 1 and _is_smooth(formulas[0], by, point, sides):
        return None
    for lower in _lower_derivatives(by):
        values = tuple(
            _on_side(formula, lower, point, dict(zip(along, side, strict=True)))
            for formula, side in zip(formulas, sides, strict=True)
        )
        if _differ(values):
            return Break(lower, along, sides, values)
    return None


def _is_smooth(formula: Expression, by: Sequence[str], point: Point, sides: Sequence[Side]) -> bool:
    """Return whether a formula without branches has no kink: none is at the edge of its domain either."""
    along = tuple(dict.fromkeys(by))
    return math.isfinite(float(forward(formula, by, point))) or not all(
        is_defined(formula, point, dict(zip(along, side, strict=True))) for side in sides
    )


def _on_side(formula: Expression, by: Sequence[str], point: Point, side: Mapping[str, int]) -> float:
    """Return a derivative at the point itself, or else what it is approached by from a side."""
    here = float(forward(formula, by, point))
    return approached(formula, by, point, side) if math.isnan(here) else here


def resolved(tree: Node, point: Point) -> Node:
    """Return the formula that holds around a point: each ``where`` and ``abs`` gives way to its branch."""
    if not isinstance(tree, Apply):
        return tree
    if tree.function == "where":
        condition, chosen, other = tree.arguments
        return resolved(chosen if value_of(condition, point) else other, point)
    arguments = tuple(resolved(argument, point) for argument in tree.arguments)
    inner = value_of(tree.arguments[0], point) if tree.function == "abs" else 0.0
    if inner > 0:
        return arguments[0]
    return Apply("negative" if inner < 0 else tree.function, arguments)


def value_of(node: Node, point: Point) -> float:
    """Return the value of a part of an expression, without a warning where it has none."""
    values = {name: np.float64(value) for name, value in point.items()}
    with np.errstate(all="ignore"):
        return float(Expression("", node).evaluate(values))


def _beside(point: Point, along: Sequence[str], side: Side) -> Point:
    moves = {name: sign * _ASIDE * (abs(point[name]) or 1.0) for name, sign in zip(along, side, strict=True)}
    return {name: value + moves.get(name, 0.0) for name, value in point.items()}


def _lower_derivatives(by: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the variables of every derivative that has to exist before the last one can."""
    for order in range(len(by) + 1):
        yield from dict.fromkeys(combinations(by, order))


def _differ(values: Sequence[float]) -> bool:
    if all(map(math.isfinite, values)):
        return max(values) - min(values) > _ROUNDING * max(map(abs, values)) + 1e-12
    return len({str(value) for value in values}) > 1
