"""What a file imports, and the full names of what it calls."""

import ast
from collections.abc import Iterable, Iterator

# Libraries that differentiate by themselves. autograd is none: its NumPy may be used as NumPy.
DIFFERENTIATING = frozenset(
    {"casadi", "jax", "jaxlib", "numdifftools", "regress_cli", "sympy", "tensorflow", "torch"}
)

# Functions that take finite differences.
_DIFFERENCES = {
    "numpy.gradient",
    "scipy.misc.derivative",
    "scipy.optimize.approx_fprime",
    "scipy.optimize.check_grad",
    "scipy.optimize._numdiff.approx_derivative",
}
_DIFFERENCES_MODULE = "scipy.differentiate."


def import_lines(statements: Iterable[ast.stmt]) -> dict[str, int]:
    """Return the first line in which each library is imported, by its top-level name."""
    lines: dict[str, int] = {}
    for _, full_name, line in _imports(statements):
        lines.setdefault(full_name.partition(".")[0], line)
    return lines


def full_names(statements: Iterable[ast.stmt]) -> dict[str, str]:
    """Return what the names stand for that imports bind: ``{"np": "numpy"}``."""
    return {bound: full_name for bound, full_name, _ in _imports(statements)}


def full_name_of(node: ast.expr, names: dict[str, str]) -> str:
    """Return the full name of what an expression such as ``np.linalg.norm`` refers to, empty for others."""
    match node:
        case ast.Name(id=name):
            return names.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            owner = full_name_of(value, names)
            return f"{owner}.{attribute}" if owner else ""
    return ""


def difference_calls(statements: Iterable[ast.stmt], names: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each call of a function that takes finite differences."""
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                name = full_name_of(node.func, names).removeprefix("autograd.")
                if name in _DIFFERENCES or name.startswith(_DIFFERENCES_MODULE):
                    yield node.lineno, name


def _imports(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, str, int]]:
    """Yield what each import binds, the full name of it, and the line."""
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    yield alias.asname or root, alias.name if alias.asname else root, node.lineno
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}", node.lineno
