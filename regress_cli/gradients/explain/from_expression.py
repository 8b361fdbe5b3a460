"""An expression such as ``1/(1+exp(-x))``, explained at a point."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.extend import VJPNode, primitive, register_notrace

from regress_cli.errors import UserError
from regress_cli.expression import COMPARISONS, Expression
from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.from_tape import Subject, explain_loss
from regress_cli.gradients.explain.names import letters
from regress_cli.gradients.explain.notation import number_text
from regress_cli.gradients.point import read_point
from regress_cli.text import printable, quoted

_DEFAULT = 1.0


def explain_expression(text: str, at: Sequence[str] = ()) -> Explanation:
    """Return the computation of an expression, and its gradient by each variable.

    Args:
        text: The expression.
        at: The values of its variables, such as ``x=2``; those that are not given are 1.

    Raises:
        UserError: it is no expression, has no variable, or is not finite at the point.
    """
    expression = _parse(text)
    point = read_point(at, expression.names, complete=False)
    params = {name: point.get(name, _DEFAULT) for name in expression.names}
    where = ", ".join(f"{name} = {number_text(value)}" for name, value in params.items())
    missing = ", ".join(f"{name} = {number_text(_DEFAULT)}" for name in params if name not in point)
    return explain_loss(
        Subject(
            loss=lambda values: expression.evaluate(values, _Numpy()),
            params=params,
            data={},
            target=text,
            kind="expression",
            title=lambda result: f"{result} = {printable(text.strip(), 1000)} at {where}",
            step_names=letters,
            remedy="choose another point with --at",
            notes=(f"{missing}, for --at says nothing else",) if missing else (),
        )
    )


def _parse(text: str) -> Expression:
    try:
        expression = Expression.parse(text)
    except UserError as error:
        raise UserError(f"{quoted(text)} was taken for an expression: {error}") from error
    if not expression.names:
        raise UserError(f"expression {quoted(text)} has no variable; write one, such as x**2")
    return expression


class _Numpy:
    """autograd's NumPy, with comparisons that give arrays even of numbers, so that a tape can hold them."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return _COMPARISONS.get(name) or getattr(anp, name)


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def compared(left: Any, right: Any) -> np.ndarray:
        return np.asarray(compare(left, right))

    compared.__name__ = compare.__name__
    traced = primitive(compared)
    register_notrace(VJPNode, traced)
    return traced


_COMPARISONS: Mapping[str, Callable[..., Any]] = {
    name: _comparison(getattr(np, name)) for name in COMPARISONS
}
