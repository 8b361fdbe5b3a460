"""What the command line says of a formula: the formula itself, starting values, and bounds."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from regress_cli.errors import UserError
from regress_cli.expression import FUNCTIONS, Expression
from regress_cli.text import quoted

# "=" alone: not the one of <=, >= and ==.
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_FUNCTION_OF = re.compile(r"\s*([A-Za-z]\w*)\s*\([\w\s,]*\)\s*")


@dataclass(frozen=True)
class Formula:
    """A formula, and what it says that is fitted.

    Attributes:
        expression: The right side.
        target: The left side; None where there is none.
    """

    expression: str
    target: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order in which they first appear."""
        return Expression.parse(self.expression).names


def read_formula(text: str) -> Formula:
    """Return a formula such as ``a*x``, ``y ~ a*x``, ``y = a*x`` or ``f(x) = a*x``.

    Raises:
        UserError: a side is missing, or the right one is no arithmetic.

    >>> read_formula("y ~ a*x")
    Formula(expression='a*x', target='y')
    >>> read_formula("f(x) = a*x")
    Formula(expression='a*x', target=None)
    """
    left, right = _sides(text)
    if left is not None and not left.strip():
        raise UserError(f"{quoted(text)} says not what is fitted; write it before the ~, such as y ~ a*x")
    if not right.strip():
        raise UserError(f"{quoted(text)} is no formula; write one, such as a*exp(-b*x) + c")
    Expression.parse(right.strip())
    return Formula(right.strip(), None if left is None else _named(left))


def read_values(text: str, option: str) -> dict[str, float]:
    """Return numbers by name.

    Raises:
        UserError: it is not written like ``a=1,b=0.1``.

    >>> read_values("a=1, b=-2e3", "--start")
    {'a': 1.0, 'b': -2000.0}
    """
    return {name: _number(value, name, option) for name, value in _pairs(text, option, "a=1,b=0.1")}


def read_ranges(text: str, option: str) -> dict[str, list[float | None]]:
    """Return the lower and upper end of ranges by name, None where an end is open.

    Raises:
        UserError: it is not written like ``a=0:10,b=0:``.

    >>> read_ranges("a=0:10,b=0:,c=:5", "--bounds")
    {'a': [0.0, 10.0], 'b': [0.0, None], 'c': [None, 5.0]}
    """
    ranges: dict[str, list[float | None]] = {}
    for name, value in _pairs(text, option, "a=0:10,b=0:"):
        ends = value.split(":")
        if len(ends) != 2 or not value.strip(" :"):
            raise UserError(
                f"{option}: {quoted(value)} is no range; write {name}=0:10, or {name}=0: for no end"
            )
        ranges[name] = [_number(end, name, option) if end.strip() else None for end in ends]
    return ranges


def _sides(text: str) -> tuple[str | None, str]:
    for split in (text.split("~"), _EQUALS.split(text)):
        if len(split) > 2:
            raise UserError(f"{quoted(text)} has more than two sides; write one formula, such as y ~ a*x")
        if len(split) == 2:
            return split[0], split[1]
    return None, text


def _named(left: str) -> str | None:
    """Return what a left side names; gnuplot's ``f(x)`` names nothing."""
    function = _FUNCTION_OF.fullmatch(left)
    is_definition = function is not None and function[1] not in FUNCTIONS
    return None if is_definition else left.strip()


def _pairs(text: str, option: str, example: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise UserError(f"{option}: {quoted(part)} gives no name a value; write {option} {example}")
        if name in seen:
            raise UserError(f"{option}: {quoted(name)} stands there twice; leave one out")
        seen.add(name)
        yield name, value


def _number(text: str, name: str, option: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(
            f"{option}: {quoted(text)} for {quoted(name)} is no number; write one, such as {name}=1"
        )
    return value
