"""Formulas as small trees, from which text and LaTeX are written.

The steps of a tape and the derivatives of a textbook are the same kind of thing here: the call of a
function of NumPy on values that have names.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.expression import ARITHMETIC


@dataclass(frozen=True)
class Symbol:
    """A value of the computation, by its name."""

    name: str


@dataclass(frozen=True)
class Gradient:
    """The gradient of the result by a value; text writes its name, LaTeX the quotient."""

    value: str
    name: str


@dataclass(frozen=True)
class Number:
    """A constant number."""

    value: Any


@dataclass(frozen=True)
class Verbatim:
    """Anything else that a step is given, such as ``axis=0`` or ``1:``, as it is written."""

    text: str


@dataclass(frozen=True)
class Call:
    """A function of other formulas, by NumPy's name."""

    function: str
    arguments: tuple["Formula", ...]


Formula = Symbol | Gradient | Number | Verbatim | Call


def parse(template: str, values: Mapping[str, Formula]) -> Formula:
    """Return the formula that a template stands for, with what is plain worked out.

    Args:
        template: Python's arithmetic, with ``@`` and ``.T``.
        values: What each name in it stands for.

    >>> parse("y * x ** (y - 1)", {"x": Symbol("c"), "y": Number(2)})
    Call(function='multiply', arguments=(Number(value=2), Symbol(name='c')))
    """
    return _convert(ast.parse(template, mode="eval").body, values)


def simplified(function: str, *arguments: Formula) -> Formula:
    """Return a call, or what it comes to where its numbers say so.

    >>> simplified("multiply", Number(1), Symbol("x"))
    Symbol(name='x')
    """
    match function, arguments:
        case "negative", (Number(value=value),):
            return Number(-value)
        case "subtract", (Number(value=left), Number(value=right)):
            return Number(left - right)
        case ("multiply", (Number(value=0), _) | (_, Number(value=0))) | ("divide", (Number(value=0), _)):
            return Number(0)
        case "power", (_, Number(value=0)):
            return Number(1)
        case "multiply", (Number(value=1), other):
            return other
        case "multiply", ((Number(value=-1), other) | (other, Number(value=-1))):
            return simplified("negative", other)
        case "multiply" | "divide" | "power", (other, Number(value=1)):
            return other
    return Call(function, arguments)


def as_number(value: Any) -> Number | None:
    """Return a constant as a number, if it is a single one."""
    is_number = isinstance(value, int | float | np.number) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    )
    return Number(value[()] if isinstance(value, np.ndarray) else value) if is_number else None


def _convert(node: ast.AST, values: Mapping[str, Formula]) -> Formula:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return Number(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return simplified("negative", _convert(operand, values))
        case ast.BinOp(op=operator, left=left, right=right):
            return simplified(_OPERATORS[type(operator)], _convert(left, values), _convert(right, values))
        case ast.Compare(left=left, ops=[ast.Gt()], comparators=[right]):
            return Call("greater", (_convert(left, values), _convert(right, values)))
        case ast.Attribute(value=value, attr="T"):
            return Call("transpose", (_convert(value, values),))
        case ast.Subscript(value=value, slice=index):
            return Call("getitem", (_convert(value, values), Verbatim(ast.unparse(index).strip("()"))))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            named = [Verbatim(ast.unparse(keyword)) for keyword in keywords]
            return Call(name, (*(_convert(argument, values) for argument in arguments), *named))
    raise ValueError(f"no template: {ast.unparse(node)}")


_OPERATORS: dict[type, str] = {
    **{operator.syntax: name for name, operator in ARITHMETIC.items()},
    ast.MatMult: "matmul",
}
