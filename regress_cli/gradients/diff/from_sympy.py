"""SymPy's expression as text of our grammar, as far as that has a name for everything in it."""

from typing import Any


def from_sympy(sympy: Any, expression: Any) -> str:
    """Return SymPy's text, with its functions called as they are in our grammar.

    Args:
        sympy: The module, which is imported only where formulas are asked for.
        expression: The expression.
    """
    for kind, name in ((sympy.Abs, "abs"), (sympy.atan, "arctan")):
        expression = expression.replace(kind, sympy.Function(name))
    expression = expression.replace(sympy.sign, lambda inner: _sign(sympy, inner))
    expression = expression.replace(sympy.Piecewise, lambda *pairs: _where(sympy, pairs))
    return sympy.sstr(expression.xreplace({sympy.E: sympy.Function("exp")(1)}))


def _sign(sympy: Any, inner: Any) -> Any:
    where = sympy.Function("where")
    return where(inner > 0, 1, where(inner < 0, -1, 0))


def _where(sympy: Any, pairs: Any) -> Any:
    """Return a piecewise function as nested calls of where, if its conditions are comparisons."""
    comparisons = (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge)
    *cases, (whole, condition) = pairs
    if condition is not sympy.true or not all(isinstance(case.cond, comparisons) for case in cases):
        return sympy.Piecewise(*pairs)
    for case in reversed(cases):
        whole = sympy.Function("where")(case.cond, case.expr, whole)
    return whole
