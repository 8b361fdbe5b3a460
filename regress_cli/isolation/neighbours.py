"""Which files beside an answer it takes names from: what they do for it, it does."""

import ast
from collections.abc import Callable, Iterator, Sequence

from regress_cli.isolation.reach import reached

# Returns the text of a file by its name in the answer's folder, None where there is none.
Read = Callable[[str], str | None]
# A submission rarely has more, and looking takes time.
_MOST_FILES = 20
_ALL = "*"


def neighbours(tree: ast.Module, name: str, read: Read) -> Iterator[tuple[str, ast.Module, str]]:
    """Yield each name that an answer takes from a file beside it, directly or through others.

    Args:
        tree: The answer's file.
        name: The function or list that is the answer.
        read: Gives the text of the files beside it.

    Yields:
        The file's name, what it holds, and the name that is taken from it; ``*`` for all.
    """
    waiting = list(_taken(tree, name, ""))
    trees: dict[str, ast.Module | None] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        file, wanted = waiting.pop(0)
        if (file, wanted) in seen or (file not in trees and len(trees) >= _MOST_FILES):
            continue
        seen.add((file, wanted))
        if file not in trees:
            trees[file] = _parsed(read(file))
        found = trees[file]
        if found is not None:
            yield file, found, wanted
            waiting += _taken(found, wanted, file.rpartition("/")[0])


def _parsed(text: str | None) -> ast.Module | None:
    try:
        return None if text is None else ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _taken(tree: ast.Module, name: str, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files that a name of a file in a folder may depend on, each with the name in it."""
    statements = reached(tree, name)
    used = {name, *(node.id for node in _nodes(statements) if isinstance(node, ast.Name))}
    for node in _nodes(statements):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname in used or alias.name.partition(".")[0] in used:
                    for attribute in _attributes(statements, alias.asname or alias.name):
                        yield from _places(alias.name, attribute)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if _ALL in (name, alias.name) or (alias.asname or alias.name) in used:
                    yield from _places(_module_of(node, folder), alias.name)


def _module_of(node: ast.ImportFrom, folder: str) -> str:
    """Return what a file in a folder imports from, by its full name; dots in front lead up from there."""
    if not node.level:
        return node.module or ""
    parts = [part for part in folder.split("/") if part]
    parts = parts[: len(parts) + 1 - node.level]
    return ".".join([*parts, *filter(None, [node.module])])


def _places(module: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the files that an import may mean: a module, a package, or a module of a package."""
    place = module.replace(".", "/")
    if place:
        yield f"{place}.py", name
        yield f"{place}/__init__.py", name
    yield f"{place}/{name}.py".removeprefix("/"), _ALL


def _attributes(statements: Sequence[ast.stmt], name: str) -> set[str]:
    """Return what is taken from a module by ``name.attribute``; everything where that can't be seen."""
    parts = name.split(".")
    found = {
        node.attr
        for node in _nodes(statements)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".") == parts
    }
    return found or {_ALL}


def _nodes(statements: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    for statement in statements:
        yield from ast.walk(statement)
