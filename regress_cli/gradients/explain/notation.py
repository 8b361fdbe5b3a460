"""Formulas, numbers and arrays as text: operators between their operands, functions as calls.

What is written is Python, so that it can be tried.
"""

from typing import Any

import numpy as np

from regress_cli.gradients.explain.formula import Call, Formula, Gradient, Number, Symbol, Verbatim

_ATOM, _POWER, _SIGN = 6, 5, 4
# Of each number where there are several, or no room for all digits.
_DIGITS = 4


def formula_text(formula: Formula) -> str:
    """Return a formula as text, with no more parentheses than it needs.

    >>> formula_text(Call("divide", (Number(1), Call("add", (Number(1.0), Symbol("b"))))))
    '1 / (1 + b)'
    """
    return _written(formula)[0]


def number_text(value: Any) -> str:
    """Return a number with all of its digits, and no more: whole ones have no point.

    >>> number_text(-2.0), number_text(0.1), number_text(np.float32(0.1))
    ('-2', '0.1', '0.1')
    """
    text = str(value)
    return text.removesuffix(".0")


def value_text(value: np.ndarray) -> str:
    """Return a number with all of its digits, or a small array with four each.

    >>> value_text(np.array(2.0)), value_text(np.array([[1 / 3, 2.0]]))
    ('2', '[[0.3333, 2]]')
    """
    return number_text(value[()]) if value.ndim == 0 else short_text(value)


def short_text(value: Any) -> str:
    """Return a number or an array with four digits each.

    >>> short_text(np.array(1 / 3))
    '0.3333'
    """
    if np.ndim(value):
        return f"[{', '.join(map(short_text, value))}]"
    number = value[()]
    return f"{number:.{_DIGITS}g}" if isinstance(number, np.floating) else str(number)


def _written(formula: Formula) -> tuple[str, int]:
    """Return a formula as text, and how tightly its outermost operator binds."""
    match formula:
        case Symbol(name=name) | Gradient(name=name):
            return name, _ATOM
        case Verbatim(text=text):
            return text, _ATOM
        case Number(value=value):
            text = number_text(value)
            return text, _SIGN if text.startswith("-") else _ATOM
        case Call(function="negative", arguments=(operand,)):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case Call(function="transpose", arguments=(matrix,)):
            return f"{_within(matrix, _ATOM)}.T", _ATOM
        case Call(function="getitem", arguments=(array, index)):
            return f"{_within(array, _ATOM)}[{_index_text(index)}]", _ATOM
        case Call(function="power", arguments=(base, exponent)):
            return f"{_within(base, _ATOM)} ** {_within(exponent, _SIGN)}", _POWER
        case Call(function=function, arguments=(left, right)) if function in INFIX:
            sign, strength = INFIX[function]
            return f"{_within(left, strength)} {sign} {_within(right, strength + 1)}", strength
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(formula_text, arguments))})", _ATOM


def _index_text(index: Formula) -> str:
    """Return an index as it stands in brackets: a tuple without its parentheses."""
    text = formula_text(index)
    return text[1:-1] if isinstance(index, Verbatim) and text.startswith("(") else text


def _within(formula: Formula, strength: int) -> str:
    """Return a formula as an operand, in parentheses where it binds more loosely than its place."""
    text, own = _written(formula)
    return text if own >= strength else f"({text})"


# The sign of each function that is written between its two arguments, and how tightly it binds.
INFIX: dict[str, tuple[str, int]] = {
    "less": ("<", 1),
    "less_equal": ("<=", 1),
    "greater": (">", 1),
    "greater_equal": (">=", 1),
    "add": ("+", 2),
    "subtract": ("-", 2),
    "multiply": ("*", 3),
    "divide": ("/", 3),
    "matmul": ("@", 3),
    "dot": ("@", 3),
}
