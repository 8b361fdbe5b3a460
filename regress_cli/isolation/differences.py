"""Finite differences and complex steps, recognized by their text."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from regress_cli.isolation.scope import Scope

# A quotient: the node to show, what is divided, and what by.
_Quotient = tuple[ast.expr | ast.stmt, ast.expr, ast.expr]
_DEEPEST = 3
# Of a quotient that is larger, only a part is looked at.
_MOST_DIFFERENCES = 100
_STEPS = {
    ast.dump(ast.Name(name, ast.Load())) for name in ("h", "eps", "epsilon", "delta", "dx", "step", "tiny")
}


def finite_differences(scope: Scope) -> Iterator[ast.expr | ast.stmt]:
    """Yield what divides a difference of two calls of one function by the step between their arguments.

    A formula may well divide such a difference by something else, as ``(exp(x) - exp(-x)) / (2*y)`` does.
    So the divisor has to be tiny, or has to be what the arguments differ by.
    """
    for node, above, below in _quotients(scope):
        if _is_quotient_of_a_difference(scope, above, below):
            yield node


def complex_steps(scope: Scope) -> Iterator[ast.expr | ast.stmt]:
    """Yield what divides the imaginary part of a call by the imaginary step of its argument."""
    steps = _imaginary_factors(scope)
    if steps is None:
        return
    for node, above, below in _quotients(scope):
        parts = [part for inner in ast.walk(above) for part in _imaginary_part(inner)]
        is_found = False
        with suppress(RecursionError):
            is_of_a_call = any(_calls(scope, part) for part in parts)
            is_found = is_of_a_call and bool(scope.is_small(below) or scope.factors(below) & steps)
        if is_found:
            yield node


def _is_quotient_of_a_difference(scope: Scope, above: ast.expr, below: ast.expr) -> bool:
    differences = islice(_differences(scope, above), _MOST_DIFFERENCES)
    # What is nested too deeply to be looked at must not hide what stands beside it.
    with suppress(RecursionError):
        return any(_is_finite_difference(scope, difference, below) for difference in differences)
    return False


def _quotients(scope: Scope) -> Iterator[_Quotient]:
    for node in ast.walk(scope.code):
        match node:
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                yield node, left, right
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                for product, factor in ((left, right), (right, left)):
                    for meaning in scope.meanings(factor):
                        if isinstance(meaning, ast.BinOp) and isinstance(meaning.op, ast.Div):
                            yield node, product, meaning.right
            case ast.AugAssign(target=ast.Name() as target, op=ast.Div(), value=value):
                for bound in scope.bound_to(target):
                    yield node, bound, value


def _differences(scope: Scope, node: ast.expr) -> Iterator[ast.BinOp]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.expr):
            for meaning in scope.meanings(inner):
                if isinstance(meaning, ast.BinOp) and isinstance(meaning.op, ast.Sub):
                    yield meaning


def _is_finite_difference(scope: Scope, difference: ast.BinOp, below: ast.expr) -> bool:
    for one in _calls(scope, difference.left):
        for other in _calls(scope, difference.right):
            if ast.dump(one.func) == ast.dump(other.func) and _is_step(scope, one, other, below):
                return True
    return False


def _is_step(scope: Scope, one: ast.Call, other: ast.Call, below: ast.expr) -> bool:
    """Whether ``below`` is what two calls' arguments differ by, or is tiny while they have much in common."""
    arguments = [*zip(_arguments(one), _arguments(other), strict=False)]
    different = [(p, q) for p, q in arguments if ast.dump(p) != ast.dump(q)]
    if scope.is_small(below):
        return all(scope.names(p) & scope.names(q) for p, q in different)
    divisors = scope.factors(below)
    if scope.is_imported(one.func):
        # sinh is (np.exp(x) - np.exp(-x)) / 2, and formulas have many such differences.
        divisors &= _STEPS
    if not different:
        # The arguments are changed in place between the calls.
        added = [value for p, _ in arguments for value in scope.added_to(p)]
        return any(scope.factors(value) & divisors for value in added)
    return all(_differ_by(scope, p, q, divisors) for p, q in different)


def _differ_by(scope: Scope, one: ast.expr, other: ast.expr, divisors: set[str]) -> bool:
    terms, others = scope.terms(one), scope.terms(other)
    steps = terms.keys() ^ others.keys()
    has_base = bool(terms.keys() & others.keys())
    return (
        has_base and bool(steps) and all(scope.factors((terms | others)[step]) & divisors for step in steps)
    )


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _calls(scope: Scope, node: ast.expr, depth: int = 0) -> list[ast.Call]:
    """Return the call that an expression takes its value from: ``f(x)`` for ``f(x).sum()``, or for a name."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call() | ast.Subscript() as inner)):
            return _calls(scope, inner, depth) or [node]
        case ast.Call():
            return [node]
        case ast.Subscript(value=inner) | ast.UnaryOp(operand=inner) | ast.Attribute(value=inner):
            return _calls(scope, inner, depth)
        case ast.Name() if depth < _DEEPEST:
            return [call for bound in scope.bound_to(node) for call in _calls(scope, bound, depth + 1)]
    return []


def _imaginary_part(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Attribute(value=inner, attr="imag"):
            return [inner]
        case ast.Call(func=ast.Attribute(attr="imag") | ast.Name(id="imag"), args=[inner]):
            return [inner]
    return []


def _imaginary_factors(scope: Scope) -> set[str] | None:
    """Return what stands beside ``1j`` in products, or None where there is no complex number."""
    found: set[str] | None = None
    for node in ast.walk(scope.code):
        with suppress(RecursionError):
            match node:
                case ast.Constant(value=complex()):
                    found = found or set()
                case ast.BinOp(op=ast.Mult()) if any(_is_complex(inner) for inner in ast.walk(node)):
                    found = (found or set()) | scope.factors(node)
                case ast.Call(func=ast.Name(id="complex"), args=[_, step]):
                    found = (found or set()) | scope.factors(step)
    return found


def _is_complex(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, complex)
