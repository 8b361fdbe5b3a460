"""A parsed expression, a number and a derivative's name as text."""

import ast
import math
from collections import Counter
from collections.abc import Sequence

from regress_cli.expression import ARITHMETIC, COMPARISONS, Apply, Name, Node, Number


def formula(node: Node) -> str:
    """Return a tree as text of the expressions' grammar, with no more parentheses than it needs.

    >>> from regress_cli.expression import Expression
    >>> formula(Expression.parse("(2*x) + where(x < 0, (-x), log(pi))").tree)
    '2*x + where(x < 0, -x, log(pi))'
    """
    text = ast.unparse(_python(node))
    # Python puts spaces around every operator; as here, sums are easier to see.
    return text.replace(" ** ", "**").replace(" * ", "*").replace(" / ", "/")


def quotient(by: Sequence[str]) -> str:
    """Return the name of a derivative of f.

    >>> quotient(["x"]), quotient(["x", "x"]), quotient(["x", "x", "y"])
    ('df/dx', 'd^2f/dx^2', 'd^3f/dx^2 dy')
    """
    orders = Counter(by)
    parts = (f"d{name}^{order}" if order > 1 else f"d{name}" for name, order in orders.items())
    return f"d{f'^{len(by)}' if len(by) > 1 else ''}f/{' '.join(parts)}"


def _python(node: Node) -> ast.expr:
    """Return the tree as one of Python's, whose rules of precedence are those of the grammar."""
    if isinstance(node, Number):
        return _constant(node.value)
    if isinstance(node, Name):
        return ast.Name(node.name)
    return _application(node, [_python(argument) for argument in node.arguments])


def _application(node: Apply, arguments: list[ast.expr]) -> ast.expr:
    if node.function == "negative":
        return ast.UnaryOp(ast.USub(), arguments[0])
    if node.function in ARITHMETIC:
        left, right = arguments
        return ast.BinOp(left, ARITHMETIC[node.function].syntax(), right)
    if node.function in COMPARISONS:
        left, right = arguments
        return ast.Compare(left, [COMPARISONS[node.function].syntax()], [right])
    return ast.Call(ast.Name(node.function), arguments, [])


def _constant(value: float) -> ast.expr:
    if value == math.pi:
        return ast.Name("pi")
    is_short = value.is_integer() and abs(value) < 1e15
    return ast.Constant(int(value) if is_short else value)
