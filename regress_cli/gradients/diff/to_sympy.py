"""A parsed tree as SymPy's expression, built node by node."""

import math
from collections.abc import Callable
from typing import Any

from regress_cli.expression import ARITHMETIC, COMPARISONS, Name, Node, Number

# Of a larger power of a number, SymPy would compute every digit.
_HIGHEST_EXACT_POWER = 200


def to_sympy(sympy: Any, node: Node) -> Any:
    """Return a tree as SymPy's.

    Args:
        sympy: The module, which is imported only where formulas are asked for.
        node: The tree.
    """
    if isinstance(node, Number):
        return _number(sympy, node.value)
    if isinstance(node, Name):
        return sympy.Symbol(node.name, real=True)
    arguments = [to_sympy(sympy, argument) for argument in node.arguments]
    if node.function in _OWN:
        return _OWN[node.function](sympy, *arguments)
    if node.function in _OPERATORS:
        return _OPERATORS[node.function].function(*arguments)
    return getattr(sympy, _NAMES.get(node.function, node.function))(*arguments)


def _number(sympy: Any, value: float) -> Any:
    """Return a number exactly, as a fraction where that is how people would write it."""
    if value == math.pi:
        return sympy.pi
    is_short = (8 * value).is_integer() and abs(value) < 1e15
    return sympy.Rational(value) if is_short else sympy.Float(value)


def _power(sympy: Any, base: Any, exponent: Any) -> Any:
    if exponent.is_Rational and abs(exponent) * _highest_power(sympy, base) > _HIGHEST_EXACT_POWER:
        exponent = sympy.Float(exponent)
    return base**exponent


def _highest_power(sympy: Any, base: Any) -> Any:
    powers = (power.exp for power in base.atoms(sympy.Pow) if power.exp.is_Rational)
    return max(map(abs, powers), default=1)


def _where(sympy: Any, condition: Any, chosen: Any, other: Any) -> Any:
    return sympy.Piecewise((chosen, condition), (other, True))


def _abs(sympy: Any, inner: Any) -> Any:
    """Return the absolute value; in two pieces where SymPy does not know that ``inner`` is real."""
    return sympy.Abs(inner) if inner.is_real else _where(sympy, inner < 0, -inner, inner)


def _negative(sympy: Any, inner: Any) -> Any:
    return -inner


_OPERATORS = {**ARITHMETIC, **COMPARISONS}
# What SymPy has under no name, or would take another way.
_OWN: dict[str, Callable[..., Any]] = {
    "negative": _negative,
    "power": _power,
    "where": _where,
    "abs": _abs,
}
# What SymPy calls by another name.
_NAMES = {"arctan": "atan"}
