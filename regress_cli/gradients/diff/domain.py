"""Where an expression, or its slope, is not finite: which part of it is to blame."""

import math
from collections.abc import Iterable, Iterator

from regress_cli.errors import UserError
from regress_cli.expression import ARITHMETIC, FUNCTIONS, Apply, Expression, Name, Node, parts
from regress_cli.gradients.diff.automatic import forward
from regress_cli.gradients.diff.formula import formula
from regress_cli.gradients.diff.sides import resolved, value_of
from regress_cli.gradients.point import Point, shown_point
from regress_cli.text import all_digits, printable

# What an infinite number is easily put through.
_EASY = {"negative", *ARITHMETIC} - {"power"}
_NOUNS = {"divide": "the quotient", "multiply": "the product", "power": "the power"}
_SMOOTH = FUNCTIONS.keys() - {"where"} | {"negative", *ARITHMETIC}


def finite_value(expression: Expression, point: Point) -> float:
    """Return the function's value.

    Raises:
        UserError: it is not finite; the message names the innermost part that is not.
    """
    value = value_of(expression.tree, point)
    if not math.isfinite(value):
        # Of a where, only the branch that is taken can be to blame.
        reason = blamed_value(resolved(expression.tree, point), point)
        raise UserError(
            f"{reason or f'f is {all_digits(value)}'} at {shown_point(point)}; choose another point"
        )
    return value


def blamed_value(tree: Node, point: Point) -> str | None:
    """Return what is wrong with the innermost part whose value is not finite; None if all are.

    >>> from regress_cli.expression import Expression
    >>> blamed_value(Expression.parse("1 + log(x)").tree, {"x": -1.0})
    'log(x) is not a number'
    """
    for part in parts(tree):
        value = value_of(part, point)
        if not math.isfinite(value):
            return f"{_shown(part)} {_what_is_wrong(part, value, point)}"
    return None


def blamed_slope(tree: Node, point: Point, order: int) -> str | None:
    """Return what is wrong with the innermost part whose value is finite, but not its derivatives.

    >>> from regress_cli.expression import Expression
    >>> blamed_slope(Expression.parse("1 + sqrt(x - 1)").tree, {"x": 1.0}, 1)
    'the slope of sqrt at 0, in sqrt(x - 1), is not finite'
    """
    for part in parts(tree):
        if not isinstance(part, Apply) or part.function not in _SMOOTH:
            continue
        for times in range(1, order + 1):
            steep = _steep_argument(part, point, times)
            if steep is not None:
                return _steep_words(part, steep, point, times)
    return None


def is_within_floats(some_parts: Iterable[Node], point: Point) -> bool:
    """Return whether none of some parts takes a function of an infinite number.

    A number too large for a float is easily divided by; what has to be computed of its exponential, or of its
    sine, may have more digits than fit into memory.
    """
    return not any(
        math.isinf(value_of(argument, point))
        for part in some_parts
        if isinstance(part, Apply) and part.function in _SMOOTH - _EASY
        for argument in part.arguments
    )


def taken_parts(tree: Node, point: Point) -> Iterator[Node]:
    """Yield the parts on which the value at a point rests: of a ``where``, the condition and one branch."""
    yield tree
    if isinstance(tree, Apply):
        arguments = tree.arguments
        if tree.function == "where":
            condition, chosen, other = arguments
            arguments = (condition, chosen if value_of(condition, point) else other)
        for argument in arguments:
            yield from taken_parts(argument, point)


def _what_is_wrong(part: Node, value: float, point: Point) -> str:
    if math.isnan(value):
        return "is not a number"
    if isinstance(part, Apply):
        arguments = [value_of(argument, point) for argument in part.arguments]
        if part.function == "divide" and arguments[1] == 0:
            return "divides by zero"
        if 0 in arguments:
            return "is infinite"
    return "is too large for a float"


def _steep_argument(part: Apply, point: Point, order: int) -> Node | None:
    """Return the argument, of those that hold a variable, by which a function has no finite derivative."""
    values = {f"_{place}": value_of(argument, point) for place, argument in enumerate(part.arguments)}
    alone = Expression("", Apply(part.function, tuple(map(Name, values))))
    for name, argument in zip(values, part.arguments, strict=True):
        is_variable = bool(Expression("", argument).names)
        if is_variable and not math.isfinite(forward(alone, [name] * order, values)):
            return argument
    return None


def _steep_words(part: Apply, argument: Node, point: Point, order: int) -> str:
    value = value_of(argument, point)
    if part.function == "power" and argument is part.arguments[1]:
        return f"{_shown(part)} has no slope by its exponent where {_shown(part.arguments[0])} is negative"
    what = "slope" if order == 1 else f"derivative of order {order}"
    function = _NOUNS.get(part.function, part.function)
    return f"the {what} of {function} at {all_digits(value)}, in {_shown(part)}, is not finite"


def _shown(part: Node) -> str:
    try:
        return printable(formula(part), 100)
    except RecursionError:  # Python's writer goes down several times as many levels as the parser.
        return "a part of it"
