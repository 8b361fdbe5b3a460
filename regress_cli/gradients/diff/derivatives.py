"""The derivatives of an expression at a point in three ways, side by side."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from regress_cli.errors import UserError
from regress_cli.expression import Expression, parts
from regress_cli.gradients.diff.automatic import forward, reverse
from regress_cli.gradients.diff.derivative import Derivative
from regress_cli.gradients.diff.domain import finite_value
from regress_cli.gradients.diff.formula import quotient
from regress_cli.gradients.diff.remarks import refuse_unknown, remarks_on
from regress_cli.gradients.diff.rounding import noise_of
from regress_cli.gradients.diff.sides import first_break
from regress_cli.gradients.diff.stencils import best_of, sweep
from regress_cli.gradients.diff.symbolic import By, NoFormulasError, Symbolic, formulas
from regress_cli.gradients.point import Point

HIGHEST_ORDER = 6
_MOST_DERIVATIVES = 50
# About half a minute of them.
_MOST_OPERATIONS = 5_000_000


@dataclass(frozen=True)
class Derivatives:
    """All derivatives of one order of an expression at a point.

    Attributes:
        expression: The text.
        point: The value of each variable.
        value: The function's value at the point.
        order: How often it is differentiated.
        derivatives: One, or in several variables each partial derivative.
        remarks: What has to be known of them, a sentence each.
        no_formulas: Why there are no formulas, if there are none.
        agrees: Whether the ways agree for each of the derivatives.
    """

    expression: str
    point: Mapping[str, float]
    value: float
    order: int
    derivatives: Sequence[Derivative]
    remarks: Sequence[str]
    no_formulas: str | None
    agrees: bool


def differentiate(expression: Expression, point: Point, order: int = 1) -> Derivatives:
    """Return the derivatives of an order: by SymPy, by central differences, and by autograd.

    Args:
        expression: What is differentiated.
        point: The value of each variable.
        order: How often; in several variables, all partial derivatives of that order are taken.

    Raises:
        UserError: the order is out of range, or function or derivative are not finite at the point.

    >>> differentiate(Expression.parse("x**3"), {"x": 2.0}).derivatives[0].reverse
    12.0
    """
    wanted = _wanted(expression, tuple(point), order)
    value = finite_value(expression, point)
    known, no_formulas = _formulas(expression, wanted, point)
    derivatives = [_derivative(expression, by, point, value, known.get(by)) for by in wanted]
    remarks = [remark for derivative in derivatives for remark in remarks_on(derivative, expression, point)]
    return Derivatives(
        expression=expression.text.strip(),
        point=point,
        value=value,
        order=order,
        derivatives=derivatives,
        # A kink is the same for every derivative that it spoils.
        remarks=list(dict.fromkeys(remarks)),
        no_formulas=no_formulas,
        agrees=all(derivative.agrees for derivative in derivatives),
    )


def _wanted(expression: Expression, names: Sequence[str], order: int) -> list[By]:
    """Return the variables of each derivative of an order."""
    if not 1 <= order <= HIGHEST_ORDER:
        raise UserError(f"--order is {order}; give 1 to {HIGHEST_ORDER}")
    count = math.comb(len(names) + order - 1, order)
    if count > _MOST_DERIVATIVES:
        raise UserError(
            f"there are {count:,} derivatives of order {order} in {len(names)} variables, which is more than "
            f"{_MOST_DERIVATIVES}; lower --order, or put numbers in place of variables"
        )
    # Each order makes a few operations of every one that there was.
    if sum(1 for _ in parts(expression.tree)) * count * 4**order > _MOST_OPERATIONS:
        raise UserError(f"for --order {order} the expression is too long; shorten it, or lower --order")
    return list(combinations_with_replacement(names, order))


def _formulas(
    expression: Expression, wanted: Sequence[By], point: Point
) -> tuple[Mapping[By, Symbolic], str | None]:
    """Return the formulas, or none and the reason."""
    try:
        return formulas(expression, wanted, point), None
    except NoFormulasError as reason:
        return {}, str(reason)


def _derivative(
    expression: Expression, by: By, point: Point, value: float, symbolic: Symbolic | None
) -> Derivative:
    modes = float(reverse(expression, by, point)), float(forward(expression, by, point))
    exact = [] if symbolic is None or symbolic.value is None else [symbolic.value]
    finite = [number for number in (*modes, *exact) if math.isfinite(number)]
    differences = sweep(expression, by, point, exact=finite[0] if finite else math.nan)
    derivative = Derivative(
        name=quotient(by),
        by=by,
        symbolic=symbolic,
        reverse=modes[0],
        forward=modes[1],
        differences=differences,
        best=best_of(differences),
        rounding=noise_of(expression, by, point, value),
        kink=first_break(expression, by, point),
    )
    refuse_unknown(derivative, expression, point)
    return derivative
