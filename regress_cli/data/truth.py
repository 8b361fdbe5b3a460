"""The true function as a polynomial, if it is one: so that learned coefficients can be compared."""

import math

from regress_cli.expression import Apply, Expression, Name, Node, Number

# A polynomial by the powers of its variables: 4x + 10 in x is {(1,): 4.0, (0,): 10.0}.
Terms = dict[tuple[int, ...], float]

_HIGHEST_POWER = 50
# Products of more terms than this are not expanded: a hostile power could take for ever.
_MOST_PRODUCTS = 10_000


def polynomial_terms(expression: Expression, names: tuple[str, ...]) -> Terms | None:
    """Return the expression's coefficients by the powers of ``names``; None if it is no polynomial.

    >>> polynomial_terms(Expression.parse("x*(x + 2) - x"), ("x",))
    {(2,): 1.0, (1,): 1.0}
    """
    terms = _expand(expression.tree, names)
    # A product of coefficients may be infinite where the function itself is not.
    if terms is None or not all(map(math.isfinite, terms.values())):
        return None
    return {powers: value for powers, value in terms.items() if value}


def _expand(node: Node, names: tuple[str, ...]) -> Terms | None:
    if isinstance(node, Number):
        return {(0,) * len(names): node.value}
    if isinstance(node, Name):
        return {tuple(int(name == node.name) for name in names): 1.0}
    parts = [_expand(argument, names) for argument in node.arguments]
    if any(part is None for part in parts):
        return None
    return _combine(node, [part for part in parts if part is not None])


def _combine(node: Apply, parts: list[Terms]) -> Terms | None:
    match node.function, parts:
        case "negative", [terms]:
            return _scale(terms, -1.0)
        case "add", [left, right]:
            return _add(left, right)
        case "subtract", [left, right]:
            return _add(left, _scale(right, -1.0))
        case "multiply", [left, right]:
            return _multiply(left, right)
        case "divide", [left, right]:
            divisor = _constant(right)
            return {powers: value / divisor for powers, value in left.items()} if divisor else None
        case "power", [base, right]:
            return _power(base, _constant(right))
    return None


def _power(base: Terms, exponent: float | None) -> Terms | None:
    if exponent is None or not 0 <= exponent <= _HIGHEST_POWER or not exponent.is_integer():
        return None
    variables = len(next(iter(base)))
    result: Terms | None = {(0,) * variables: 1.0}
    for _ in range(int(exponent)):
        result = None if result is None else _multiply(result, base)
    return result


def _constant(terms: Terms) -> float | None:
    """Return the value of a polynomial without variables, or None."""
    ((powers, value), *others) = terms.items()
    return value if not others and not any(powers) else None


def _scale(terms: Terms, factor: float) -> Terms:
    return {powers: value * factor for powers, value in terms.items()}


def _add(left: Terms, right: Terms) -> Terms:
    total = dict(left)
    for powers, value in right.items():
        total[powers] = total.get(powers, 0.0) + value
    return total


def _multiply(left: Terms, right: Terms) -> Terms | None:
    if len(left) * len(right) > _MOST_PRODUCTS:
        return None
    product: Terms = {}
    for left_powers, left_value in left.items():
        for right_powers, right_value in right.items():
            powers = tuple(a + b for a, b in zip(left_powers, right_powers, strict=True))
            product[powers] = product.get(powers, 0.0) + left_value * right_value
    return product
