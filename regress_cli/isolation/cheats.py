"""The look at a file's text: what in it takes a gradient by another way than by its formula."""

import ast
from dataclasses import dataclass, field

from regress_cli.isolation.differences import Scope, complex_steps, finite_differences
from regress_cli.isolation.explain import place
from regress_cli.isolation.imports import difference_calls, full_names, import_lines
from regress_cli.isolation.neighbours import Read, neighbours
from regress_cli.isolation.reach import reached, run_on_import
from regress_cli.text import printable

# The package that this file belongs to is there already, so that the other look can't see its import.
_OURS = "regress_cli"


@dataclass(frozen=True)
class Look:
    """What the text shows.

    Attributes:
        notices: A short sentence for each shortcut.
        import_lines: Where the file imports a library that it uses, by the library's name.
    """

    notices: tuple[str, ...] = ()
    import_lines: dict[str, int] = field(default_factory=dict)


def look_at(source: str, path: str, name: str, read: Read = lambda _: None) -> Look:
    r"""Look at what an answer depends on; a file that is no Python shows nothing.

    Args:
        source: The file's text.
        path: Its path, whose last part is named in the notices.
        name: The function or list that is the answer.
        read: Gives the text of a file beside it by its name, None where there is none.

    >>> text = "def f(x, h=1e-6):\n    return (g(x + h) - g(x)) / h"
    >>> look_at(text, "answer.py", "f").notices
    ('answer.py line 2: (g(x + h) - g(x)) / h is a finite difference',)
    """
    try:
        tree = ast.parse(source)
        look = _look(tree, path, name)
        notices = dict.fromkeys(look.notices)
        for file, beside, wanted in neighbours(tree, name, read):
            notices |= dict.fromkeys(_look(beside, file, wanted).notices)
        return Look(tuple(notices), look.import_lines)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Look()


def _look(tree: ast.Module, path: str, name: str) -> Look:
    statements = reached(tree, name)
    # Every import at the top is run, whoever needs it.
    imports = [
        s for s in run_on_import(tree) if isinstance(s, ast.Import | ast.ImportFrom | ast.Try | ast.If)
    ]
    lines = import_lines([*imports, *statements])
    names = full_names([*imports, *statements])
    found = [
        (line, f"{called} is a finite difference") for line, called in difference_calls(statements, names)
    ]
    if _OURS in lines:
        found.append((lines[_OURS], f"imports {_OURS}"))
    top = Scope(ast.Module([s for s in statements if not _is_definition(s)], []), names)
    for statement in statements:
        scope = Scope(statement, names, top)
        found += [(n.lineno, f"{_shown(n)} is a finite difference") for n in finite_differences(scope)]
        found += [(n.lineno, f"{_shown(n)} is a complex step") for n in complex_steps(scope)]
    sentences = dict.fromkeys(f"{place(path, line)}: {text}" for line, text in sorted(found))
    return Look(tuple(sentences), lines)


def _is_definition(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _shown(node: ast.AST) -> str:
    try:
        return printable(ast.unparse(node), 100)
    except RecursionError:
        return "a long expression"
