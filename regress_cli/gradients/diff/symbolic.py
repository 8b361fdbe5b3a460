"""Derivatives as formulas, by SymPy, which no other file imports.

SymPy is an optional library. Its expression is built from the parsed tree, so that no text is ever evaluated.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from regress_cli.expression import Expression
from regress_cli.gradients.diff.domain import is_within_floats, taken_parts
from regress_cli.gradients.diff.from_sympy import from_sympy
from regress_cli.gradients.diff.time_limit import OutOfTime, time_limit
from regress_cli.gradients.diff.to_sympy import to_sympy
from regress_cli.gradients.point import Point

# A larger derivative is not differentiated again, and not read by anybody either.
_MOST_OPERATIONS = 1500
# What SymPy may try to make shorter: beyond that it could take for ever.
_MOST_SIMPLIFIED, _HIGHEST_SIMPLIFIED_POWER = 60, 12
# A form that is hardly shorter is worth less than the one that follows the expression as it is written.
_WORTHWHILE = 0.9
_DIGITS = 30
# For all formulas together, and for making one of them shorter.
_SECONDS, _SIMPLIFYING_SECONDS = 5.0, 0.5

By = tuple[str, ...]


class NoFormulasError(Exception):
    """SymPy gives no formulas; the message says why."""


@dataclass(frozen=True)
class Symbolic:
    """A derivative as SymPy gives it.

    Attributes:
        formula: Its text, in the expressions' own grammar but for functions that this does not have.
        value: Its value at the point, computed with 30 digits; None where it is not real or not finite.
    """

    formula: str
    value: float | None


def formulas(expression: Expression, wanted: Sequence[By], point: Point) -> dict[By, Symbolic]:
    """Return each derivative as a formula with its value.

    Kinks and jumps are differentiated as if they were not there, as autograd does: the derivative of ``abs``
    is its sign, and that of a sign is 0.

    Raises:
        NoFormulasError: SymPy is not installed, or the expression is too much for it.
    """
    try:
        import sympy
    except ImportError:
        raise NoFormulasError("SymPy is not installed; pip install 'regress-cli[symbolic]'") from None
    try:
        with time_limit(_SECONDS):
            return _formulas(sympy, expression, wanted, point)
    except OutOfTime:
        raise NoFormulasError("the formula takes SymPy too long") from None
    except NoFormulasError:
        raise
    except Exception as error:
        # Whatever SymPy does, the other two ways are kept.
        reason = f"SymPy can't differentiate this expression ({type(error).__name__})"
        raise NoFormulasError(reason) from error


def _formulas(sympy: Any, expression: Expression, wanted: Sequence[By], point: Point) -> dict[By, Symbolic]:
    known: dict[By, Any] = {(): to_sympy(sympy, expression.tree)}
    for by in wanted:
        _differentiate(sympy, known, by)
    has_value = is_within_floats(taken_parts(expression.tree, point), point)
    return {
        by: Symbolic(from_sympy(sympy, known[by]), _value(sympy, known[by], point) if has_value else None)
        for by in wanted
    }


def _differentiate(sympy: Any, known: dict[By, Any], by: By) -> Any:
    """Return a derivative, by way of the lower ones that lead to it."""
    if by not in known:
        lower = _differentiate(sympy, known, by[:-1])
        if sympy.count_ops(lower) > _MOST_OPERATIONS:
            raise NoFormulasError("the formula grows too long for SymPy")
        derivative = sympy.diff(lower, sympy.Symbol(by[-1], real=True))
        known[by] = _shortest(sympy, derivative.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0)))
    return known[by]


def _shortest(sympy: Any, expression: Any) -> Any:
    """Return an expression in a shorter form, if one is found at once."""
    if sympy.count_ops(expression) > _MOST_SIMPLIFIED:
        return expression
    ways = [sympy.powsimp]
    if _is_tame(sympy, expression):
        ways += [sympy.together, sympy.factor]
    forms = [expression]
    with suppress(OutOfTime), time_limit(_SIMPLIFYING_SECONDS):
        # One by one, so that what is found in time is kept.
        forms.extend(way(expression) for way in ways)
    lengths = [len(str(form)) for form in forms]
    return forms[lengths.index(min(lengths))] if min(lengths) < _WORTHWHILE * lengths[0] else expression


def _is_tame(sympy: Any, expression: Any) -> bool:
    """Return whether an expression can be multiplied out: no high powers, and none of rounded numbers."""
    powers = (power.exp for power in expression.atoms(sympy.Pow) if power.exp.is_Rational)
    return not expression.has(sympy.Float) and all(
        abs(exponent) <= _HIGHEST_SIMPLIFIED_POWER for exponent in powers
    )


def _value(sympy: Any, expression: Any, point: Point) -> float | None:
    values = {sympy.Symbol(name, real=True): sympy.Float(value, _DIGITS) for name, value in point.items()}
    try:
        # A branch that is not taken may have no value, and SymPy works out each one.
        taken = expression.replace(sympy.Piecewise, lambda *pairs: _taken(pairs, values))
        found = sympy.N(taken, _DIGITS, subs=values)
        # Where terms cancel to the last of very many digits, SymPy gives a tiny number of no digits.
        value = 0.0 if found.is_Float and found._prec == 1 else float(found)
    except (TypeError, ValueError, ArithmeticError):  # It is complex, or divides by zero.
        return None
    return value if math.isfinite(value) else None


def _taken(pairs: Any, values: dict[Any, Any]) -> Any:
    """Return the branch of a piecewise function that holds where the variables have these values."""
    return next(branch for branch, condition in pairs if condition.subs(values) == True)  # noqa: E712
