"""Arithmetic expressions such as ``x**3 - 20*x + 10``, parsed to a small tree and never eval'ed.

The grammar is Python's arithmetic, and no more: numbers, names, ``+ - * / **``, parentheses,
the constant ``pi``, the functions of ``FUNCTIONS``, and ``where(condition, a, b)`` with one
comparison (``< <= > >=``) as its condition. A tree has three kinds of nodes (`Number`, `Name`
and `Apply`), so that a reader of it (evaluation, the expansion to a polynomial) is a short walk.
"""

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.errors import UserError
from regress_cli.text import did_you_mean, printable, quoted

LONGEST = 1000
DEEPEST = 200


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Name:
    """A variable, whose value is given at evaluation."""

    name: str


@dataclass(frozen=True)
class Apply:
    """A function of other nodes; ``function`` is NumPy's name for it."""

    function: str
    arguments: tuple["Node", ...]


Node = Number | Name | Apply


@dataclass(frozen=True)
class Expression:
    """A parsed expression.

    >>> float(Expression.parse("2*x + 1").evaluate({"x": 3.0}))
    7.0
    """

    text: str
    tree: Node

    @classmethod
    def parse(cls, text: str) -> "Expression":
        """Parse ``text``.

        Raises:
            UserError: the text is not plain arithmetic; the message names the part that is not.
        """
        try:
            return cls(text, _convert(_parse(text), depth=0))
        except UserError as error:
            raise _with_repair(error, text) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order in which they first appear."""
        return tuple(dict.fromkeys(part.name for part in parts(self.tree) if isinstance(part, Name)))

    @property
    def uses_pi(self) -> bool:
        """Whether the constant pi stands in the text: in the tree it is a number as any other."""
        return any(isinstance(part, ast.Name) and part.id == "pi" for part in ast.walk(_parse(self.text)))

    @property
    def functions(self) -> frozenset[str]:
        """NumPy's names of the functions that are applied, operators included."""
        found: set[str] = set()
        _collect_functions(self.tree, found)
        return frozenset(found)

    def evaluate(self, values: Mapping[str, Any], numpy: Any = np) -> Any:
        """Return the expression's value, elementwise for arrays.

        Args:
            values: A number or an array for each name.
            numpy: The namespace that holds the functions: ``numpy`` or ``autograd.numpy``.
        """
        return _evaluate(self.tree, values, numpy)


def parts(tree: Node) -> Iterator[Node]:
    """Yield every part of a tree, the innermost ones first, from left to right."""
    if isinstance(tree, Apply):
        for argument in tree.arguments:
            yield from parts(argument)
    yield tree


def _parse(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise UserError(f"the expression has {len(text)} characters; write at most {LONGEST}")
    try:
        with warnings.catch_warnings():
            # Python warns of texts such as "1if x else 2"; what is wrong with them is told below.
            warnings.simplefilter("ignore")
            return _as_written(ast.parse(text.strip(), mode="eval").body, text.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it can't be parsed"
        raise UserError(f"{quoted(text)} is not arithmetic ({reason}); {_REMEDY}") from error


def _as_written(tree: ast.expr, text: str) -> ast.expr:
    """Give names the letters that they are written with, so that columns have the same.

    Python's parser puts others in the place of some, such as the Greek letter for the micro sign (NFKC).
    """
    for part in () if text.isascii() else ast.walk(tree):
        if isinstance(part, ast.Name) and part.id not in RESERVED_NAMES:
            part.id = ast.get_source_segment(text, part) or part.id
    return tree


def _with_repair(error: UserError, text: str) -> UserError:
    """Return ``error`` with the text as it was meant, where that is plain: ``x**2`` for ``x^2``."""
    (message,) = error.messages
    if not message.endswith(_REMEDY):
        return error
    repaired = _GLUED.sub(r"\1*", text.strip().translate(_SIGNS))
    if repaired == text.strip():
        return error
    try:
        _convert(_parse(repaired), depth=0)
    except UserError:
        return error
    return UserError(f"{message.removesuffix(_REMEDY)}write {printable(repaired)}")


def _convert(node: ast.expr, depth: int) -> Node:
    if depth > DEEPEST:
        raise UserError(f"the expression is nested deeper than {DEEPEST} levels; write it flatter")
    match node:
        case ast.Constant(value=complex()):
            written = _shown(node)
            raise UserError(
                f"{written} is an imaginary number, and expressions are of real ones; "
                f"put a * between number and name if j is a name of yours"
            )
        case ast.Constant(value=bool() | str() | bytes() | None):
            pass
        case ast.Constant(value=int() | float() as value):
            return _number(value)
        case ast.Name(id="pi"):
            return Number(math.pi)
        case ast.Name(id=name):
            return Name(name)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _convert(operand, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Apply("negative", (_convert(operand, depth + 1),))
        case ast.BinOp(op=sign, left=left, right=right) if type(sign) in _ARITHMETIC_BY_SYNTAX:
            arguments = (_convert(left, depth + 1), _convert(right, depth + 1))
            return _checked_power(Apply(_ARITHMETIC_BY_SYNTAX[type(sign)], arguments))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments, depth)
    raise UserError(f"{_shown(node)} is not allowed in an expression; {_REMEDY}")


def _shown(node: ast.expr) -> str:
    try:
        return quoted(ast.unparse(node))
    except RecursionError:  # Nothing below a refused node is looked at, so it may be of any depth.
        return "a part of it"


def _number(value: int | float) -> Number:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UserError("the expression holds a number that is too large; write a smaller one")
    return Number(number)


def _call(name: str, arguments: list[ast.expr], depth: int) -> Apply:
    if name not in FUNCTIONS:
        raise UserError(f"{quoted(name)} is not a function of expressions; {did_you_mean(name, FUNCTIONS)}")
    expected = FUNCTIONS[name]
    if len(arguments) != expected:
        raise UserError(f"{name} takes {expected} argument(s), not {len(arguments)}; give {expected}")
    if name == "where":
        condition, *branches = arguments
        nodes = (_comparison(condition, depth + 1), *(_convert(b, depth + 1) for b in branches))
        return Apply("where", nodes)
    return Apply(name, tuple(_convert(argument, depth + 1) for argument in arguments))


def _comparison(node: ast.expr, depth: int) -> Apply:
    match node:
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARISONS_BY_SYNTAX:
            sides = (_convert(left, depth + 1), _convert(right, depth + 1))
            return Apply(_COMPARISONS_BY_SYNTAX[type(sign)], sides)
    raise UserError(f"{_shown(node)} is not a comparison; write where(x < 0, a, b) with one of < <= > >=")


def _checked_power(node: Apply) -> Apply:
    """Refuse towers such as ``x**x**x``, which leave every number's range at once."""
    if node.function == "power" and _has_variable_power(node.arguments[1]):
        raise UserError("an exponent that itself holds a power of variables is refused; write it with exp")
    return node


def _has_variable_power(node: Node) -> bool:
    return any(
        isinstance(part, Apply) and part.function == "power" and not isinstance(part.arguments[1], Number)
        for part in parts(node)
    )


def _collect_functions(node: Node, found: set[str]) -> None:
    if isinstance(node, Apply):
        found.add(node.function)
        for argument in node.arguments:
            _collect_functions(argument, found)


def _evaluate(node: Node, values: Mapping[str, Any], numpy: Any) -> Any:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return values[node.name]
    arguments = [_evaluate(argument, values, numpy) for argument in node.arguments]
    return getattr(numpy, node.function)(*arguments)


_REMEDY = "use numbers, names, + - * / ** and functions such as exp, log, sqrt, sin"

# What stands for an operator on paper and in other programs.
_SIGNS = str.maketrans({"^": "**", "²": "**2", "³": "**3", "\u2212": "-", "\u00b7": "*", "\u00d7": "*"})
# A number, or a closed parenthesis, to which a name or a parenthesis is glued, as in 4x and 2(x + 1).
_GLUED = re.compile(r"((?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\))\s*(?=[^\W\d]|\()")


@dataclass(frozen=True)
class Operator:
    """What is written between two operands.

    Attributes:
        syntax: How Python's parser calls it.
        function: What it does to any two objects that have it.
    """

    syntax: type[Any]
    function: Callable[[Any, Any], Any]


# By NumPy's names.
ARITHMETIC: dict[str, Operator] = {
    "add": Operator(ast.Add, operator.add),
    "subtract": Operator(ast.Sub, operator.sub),
    "multiply": Operator(ast.Mult, operator.mul),
    "divide": Operator(ast.Div, operator.truediv),
    "power": Operator(ast.Pow, operator.pow),
}
COMPARISONS: dict[str, Operator] = {
    "less": Operator(ast.Lt, operator.lt),
    "less_equal": Operator(ast.LtE, operator.le),
    "greater": Operator(ast.Gt, operator.gt),
    "greater_equal": Operator(ast.GtE, operator.ge),
}
_ARITHMETIC_BY_SYNTAX = {sign.syntax: name for name, sign in ARITHMETIC.items()}
_COMPARISONS_BY_SYNTAX = {sign.syntax: name for name, sign in COMPARISONS.items()}

# Each function with the number of its arguments.
FUNCTIONS: dict[str, int] = {
    "exp": 1,
    "log": 1,
    "sqrt": 1,
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "arctan": 1,
    "sinh": 1,
    "cosh": 1,
    "tanh": 1,
    "abs": 1,
    "where": 3,
}
RESERVED_NAMES = frozenset({*FUNCTIONS, "pi"})
