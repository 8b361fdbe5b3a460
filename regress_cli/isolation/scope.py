"""What the names in a piece of code are bound to, as far as its text shows: enough to tell a tiny step."""

import ast
from collections.abc import Iterable, Iterator

# A number up to this size may be the step of a finite difference.
_LARGEST_STEP = 1e-2
# Names are followed through so many others, and a name that is bound more often is followed in part.
_DEEPEST = 3
_MOST_BOUND = 8

_COPIES = {"array", "asarray", "copy", "deepcopy", "float", "list"}

# A term of a sum: its sign, and the expression as text.
Term = tuple[int, str]


class Scope:
    """The bindings in a piece of code, and beneath them those at the top of the file.

    A name that is bound several times is bound to all of it: the order is not looked at.
    """

    def __init__(self, code: ast.AST, imported: Iterable[str] = (), outer: "Scope | None" = None) -> None:
        self.code = code
        self._imported = frozenset(imported)
        self._outer = outer
        self._bound: dict[str, list[ast.expr]] = {}
        self._added: dict[str, list[tuple[int, ast.expr]]] = {}
        for node in ast.walk(code):
            self._read(node)

    def bound_to(self, node: ast.expr) -> list[ast.expr]:
        """Return what a name is bound to; nothing for other expressions."""
        if not isinstance(node, ast.Name):
            return []
        own = self._bound.get(node.id, [])[:_MOST_BOUND]
        return own if own or self._outer is None else self._outer.bound_to(node)

    def meanings(self, node: ast.expr) -> list[ast.expr]:
        """Return an expression and, for a name, what it is bound to."""
        return [node, *self.bound_to(node)]

    def is_imported(self, node: ast.expr) -> bool:
        """Return whether an expression is a library's own, such as ``np.exp`` or ``np.pi``."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._imported

    def added_to(self, node: ast.expr) -> list[ast.expr]:
        """Return what is added in place to the names in an expression."""
        return [value for name in _names(node) for _, value in self._added.get(name, [])]

    def is_small(self, node: ast.expr, depth: int = 0) -> bool:
        """Return whether an expression is a tiny number times something, such as ``2 * h``."""
        match node:
            case ast.Constant(value=int() | float() as value):
                return 0 < abs(value) <= _LARGEST_STEP
            case ast.UnaryOp(operand=inner):
                return self.is_small(inner, depth)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self.is_small(left, depth) or self.is_small(right, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.is_small(left, depth) and self.is_small(right, depth)
            case ast.BinOp(left=ast.Constant(value=10), op=ast.Pow(), right=ast.UnaryOp(op=ast.USub())):
                return True
            case ast.BinOp(left=left, op=ast.Div() | ast.Pow()):
                return self.is_small(left, depth)
            case ast.Attribute(attr="eps"):
                return True
            case ast.Call(args=arguments) if _last_name(node.func) in {
                "sqrt",
                "cbrt",
                "float",
                "float64",
                "abs",
            }:
                return any(self.is_small(argument, depth) for argument in arguments)
        return depth < _DEEPEST and any(self.is_small(bound, depth + 1) for bound in self.bound_to(node))

    def factors(self, node: ast.expr, depth: int = 0) -> set[str]:
        """Return the factors of a product, but for numbers, as texts."""
        match node:
            case ast.Constant():
                return set()
            case ast.Attribute() if self.is_imported(node):
                # A number such as np.pi.
                return set()
            case ast.UnaryOp(operand=inner):
                return self.factors(inner, depth)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self.factors(left, depth) | self.factors(right, depth)
            case ast.BinOp(left=left, op=ast.Div()):
                return self.factors(left, depth)
        found = {ast.dump(node)}
        if depth < _DEEPEST:
            for bound in self.bound_to(node):
                if isinstance(bound, ast.BinOp | ast.Name | ast.UnaryOp):
                    found |= self.factors(bound, depth + 1)
        return found

    def terms(self, node: ast.expr, sign: int = 1, depth: int = 0) -> dict[Term, ast.expr]:
        """Return the terms of a sum; a copy to which something was added counts as the sum."""
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return self.terms(inner, -sign, depth)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operator, right=right):
                other = sign if isinstance(operator, ast.Add) else -sign
                return {**self.terms(left, sign, depth), **self.terms(right, other, depth)}
            case ast.Call() if (original := _copied(node)) is not None:
                return self.terms(original, sign, depth)
            case ast.Name(id=name) if depth < _DEEPEST:
                return self._terms_of_name(node, name, sign, depth)
        return {(sign, ast.dump(node)): node}

    def names(self, node: ast.expr) -> set[str]:
        """Return the variables that an expression is made of, directly or through others."""
        found: set[str] = set()
        waiting = [node]
        while waiting:
            new = set(_names(waiting.pop())) - self._imported - found
            found |= new
            waiting += [bound for name in new for bound in self.bound_to(ast.Name(name))]
        return found

    def _terms_of_name(self, node: ast.Name, name: str, sign: int, depth: int) -> dict[Term, ast.expr]:
        bound = [value for value in self.bound_to(node) if _is_sum(value) or _copied(value) is not None]
        found: dict[Term, ast.expr] = {(sign, ast.dump(node)): node}
        if bound:
            found = self.terms(bound[0], sign, depth + 1)
        for added_sign, value in self._added.get(name, []):
            found |= self.terms(value, sign * added_sign, depth + 1)
        return found

    def _read(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
            ):
                self._bind(target, value)
            case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as operator, value=value):
                self._add(target, operator, value)
            case ast.arguments():
                positional = [*node.posonlyargs, *node.args]
                with_default = positional[len(positional) - len(node.defaults) :] if node.defaults else []
                pairs = [*zip(with_default, node.defaults, strict=True)]
                pairs += [
                    (a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d is not None
                ]
                for argument, default in pairs:
                    self._bound.setdefault(argument.arg, []).append(default)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._bound.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            for inner, part in zip(target.elts, value.elts, strict=False):
                self._bind(inner, part)
        elif isinstance(target, ast.Subscript) and isinstance(value, ast.BinOp) and _is_sum(value):
            # x[i] = old + h
            self._add(target, value.op, value.right)

    def _add(self, target: ast.expr, operator: ast.operator, value: ast.expr) -> None:
        sign = 1 if isinstance(operator, ast.Add) else -1
        root = next(_names(target), None)
        if root is not None:
            self._added.setdefault(root, []).append((sign, value))


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _copied(node: ast.expr) -> ast.expr | None:
    """Return what a call such as ``x.copy()`` or ``np.array(x)`` copies."""
    if not isinstance(node, ast.Call) or _last_name(node.func) not in _COPIES:
        return None
    if node.args:
        return node.args[0]
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.expr) -> Iterator[str]:
    """Yield the names in an expression, but for those of functions that it calls."""
    called = {id(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and id(inner) not in called:
            yield inner.id
