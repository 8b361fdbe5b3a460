"""Which part of a file an answer depends on: what stands beside it, such as a check, is no matter."""

import ast
from collections.abc import Iterator


def reached(tree: ast.Module, name: str) -> list[ast.stmt]:
    """Return the statements at the top of a file that a name depends on, in their order.

    A name that is bound in no visible way may depend on any of them.
    """
    statements = run_on_import(tree)
    binders: dict[str, list[ast.stmt]] = {}
    for statement in statements:
        for bound in _bound(statement):
            binders.setdefault(bound, []).append(statement)
    if name not in binders:
        return statements
    waiting, found = [name], set()
    while waiting:
        for statement in binders.pop(waiting.pop(), []):
            found.add(statement)
            waiting += {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return [statement for statement in statements if statement in found]


def run_on_import(tree: ast.Module) -> list[ast.stmt]:
    """Return the statements that are run when the file is imported, not only when it is run as a script."""
    return [statement for statement in tree.body if not _is_main_guard(statement)]


def _is_main_guard(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If):
        return False
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test))


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement gives a value to, or changes a value of."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=alias):
                yield alias or name.partition(".")[0]
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                yield from (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
