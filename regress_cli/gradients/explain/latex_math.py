r"""Formulas, names and values as LaTeX's mathematics.

amsmath and amssymb are enough; names in other scripts than Latin and Greek need XeLaTeX or LuaLaTeX.
"""

import re
from typing import Any

import numpy as np

from regress_cli.gradients.explain.formula import Call, Formula, Gradient, Number, Symbol, Verbatim
from regress_cli.gradients.explain.notation import INFIX, number_text, short_text
from regress_cli.latex import GREEK, GREEK_LETTERS, escaped

_PRODUCT, _SIGN, _POWER, _ATOM = 3, 4, 5, 6


class Mathematics:
    r"""Writes formulas; it has to know the name of the result, of which all gradients are taken.

    >>> Mathematics("s").formula(Call("divide", (Number(1), Symbol("c"))))
    '\\frac{1}{c}'
    """

    def __init__(self, result: str) -> None:
        self._result = result

    def formula(self, formula: Formula) -> str:
        """Return a formula with no more parentheses than it needs."""
        return self._written(formula)[0]

    def total(self, name: str) -> str:
        """Return the gradient of the result by a value."""
        return rf"\frac{{\mathrm{{d}} {symbol(self._result)}}}{{\mathrm{{d}} {symbol(name)}}}"

    def _written(self, formula: Formula) -> tuple[str, int]:
        """Return a formula, and how tightly its outermost operator binds."""
        match formula:
            case Symbol(name=name):
                return symbol(name), _ATOM
            case Gradient(value=value):
                return self.total(value), _POWER
            case Verbatim(text=text):
                return rf"\text{{{escaped(text)}}}", _ATOM
            case Number(value=value):
                text = number(number_text(value))
                return text, _PRODUCT if r"\cdot" in text else _SIGN if text.startswith("-") else _ATOM
            case Call(function="divide", arguments=(Number(value=above), below)) if above < 0:
                return f"-{self.formula(Call('divide', (Number(-above), below)))}", _SIGN
            case Call(function="negative", arguments=(operand,)):
                return f"-{self._within(operand, _POWER)}", _SIGN
            case Call(function=function, arguments=(left, right)) if function in _SIGNS:
                return self._infix(function, left, right)
            case Call(function=function, arguments=arguments) if function in _SHAPES:
                pattern, places, strength = _SHAPES[function]
                parts = (self._within(part, place) for part, place in zip(arguments, places, strict=False))
                return pattern.format(*parts), strength
            case Call(function=function, arguments=arguments):
                return f"{_name(function)}{_parentheses(', '.join(map(self.formula, arguments)))}", _ATOM

    def _infix(self, function: str, left: Formula, right: Formula) -> tuple[str, int]:
        strength = INFIX[function][1]
        after = self._within(right, strength + 1)
        after = _parentheses(after) if after.startswith("-") else after
        return f"{self._within(left, strength)} {_SIGNS[function]} {after}", strength

    def _within(self, formula: Formula, strength: int) -> str:
        text, own = self._written(formula)
        return text if own >= strength else _parentheses(text)


def partial(result: str, argument: str) -> str:
    """Return a local derivative."""
    return rf"\frac{{\partial {symbol(result)}}}{{\partial {symbol(argument)}}}"


def symbol(name: str) -> str:
    r"""Return a name: letters in italics, numbers as an index, words upright.

    >>> symbol("x"), symbol("W1"), symbol("theta"), symbol("%7"), symbol("a_b")
    ('x', 'W_{1}', '\\theta', 'v_{7}', '\\text{a\\_b}')
    """
    letters, digits = re.fullmatch(r"(.*?)([0-9]*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
    letters = GREEK_LETTERS.get(letters, letters)
    if letters in GREEK:
        base = f"\\{letters}"
    elif re.fullmatch("[A-Za-z]", letters):
        base = letters
    elif letters == "%" and digits:
        base = "v"
    else:
        return rf"\text{{{escaped(name)}}}"
    return f"{base}_{{{digits}}}" if digits else base


def number(text: str) -> str:
    r"""Return a number that is written as Python does.

    >>> number("1e-05"), number("-2.5e+20"), number("inf")
    ('1 \\cdot 10^{-5}', '-2.5 \\cdot 10^{20}', '\\infty')
    """
    if text.lstrip("-")[:1].isdigit():
        digits, _, exponent = text.partition("e")
        return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits
    return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")


def value(array: np.ndarray) -> str:
    """Return a number with four digits, or a vector or matrix of such."""
    if array.ndim == 0:
        return _entry(array[()])
    rows = np.reshape(array, (-1, array.shape[-1]))
    body = r" \\ ".join(" & ".join(map(_entry, row)) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _entry(entry: Any) -> str:
    text = short_text(entry)
    return number(text) if isinstance(entry, np.floating) else rf"\text{{{escaped(text)}}}"


def _name(function: str) -> str:
    return f"\\{function}" if function in _COMMANDS else rf"\operatorname{{{escaped(function)}}}"


def _parentheses(text: str) -> str:
    return rf"\left({text}\right)"


_SIGNS = {
    "less": "<",
    "less_equal": r"\le",
    "greater": ">",
    "greater_equal": r"\ge",
    "add": "+",
    "subtract": "-",
    "multiply": r"\cdot",
    "matmul": r"\,",
    "dot": r"\,",
}

# How a function is written, how tightly each argument has to bind, and how tightly the whole does.
_SHAPES: dict[str, tuple[str, tuple[int, ...], int]] = {
    "divide": (r"\frac{{{}}}{{{}}}", (0, 0), _POWER),
    "power": ("{}^{{{}}}", (_ATOM, 0), _POWER),
    "exp": ("e^{{{}}}", (0,), _POWER),
    "sqrt": (r"\sqrt{{{}}}", (0,), _ATOM),
    "abs": (r"\left|{}\right|", (0,), _ATOM),
    "transpose": (r"{}^{{\top}}", (_ATOM,), _ATOM),
    "getitem": ("{}_{{[{}]}}", (_ATOM, 0), _ATOM),
}

_COMMANDS = {"log", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"}
