"""Derivatives of an expression by autograd, of any order: in reverse mode, and in forward mode."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import elementwise_grad, make_jvp

from regress_cli.expression import Expression

Function = Callable[..., Any]
# A number for each variable, or arrays of one length.
Values = Mapping[str, Any]


def reverse(expression: Expression, by: Sequence[str], values: Values) -> Any:
    """Return the derivative by each variable of ``by`` in turn, backwards from the result to the variable.

    For arrays it is taken elementwise: the gradient of the sum, of which each element is a part.

    >>> float(reverse(Expression.parse("x**3*y"), ["x", "y"], {"x": 2.0, "y": 5.0}))
    12.0
    """
    return _derivative(expression, by, values, elementwise_grad)


def forward(expression: Expression, by: Sequence[str], values: Values) -> Any:
    """Return the derivative by each variable of ``by`` in turn, along with the value itself."""
    return _derivative(expression, by, values, _pushforward)


def _pushforward(function: Function, position: int) -> Function:
    """Return the derivative of a function by one of its arguments, in forward mode."""

    def derivative(*values: Any) -> Any:
        direction = anp.ones(anp.shape(values[position]))
        return make_jvp(function, position)(*values)(direction)[1]

    return derivative


def _derivative(expression: Expression, by: Sequence[str], values: Values, differentiate: Any) -> Any:
    names = tuple(values)

    def function(*arguments: Any) -> Any:
        return expression.evaluate(dict(zip(names, arguments, strict=True)), anp)

    for name in by:
        function = differentiate(function, names.index(name))
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # What does not depend on a variable has the derivative 0, of which autograd warns.
        warnings.filterwarnings("ignore", message="Output seems independent of input")
        try:
            found = function(*(np.asarray(value, dtype=float)[()] for value in values.values()))
        except ArithmeticError:  # Python's own numbers raise where NumPy's become infinite.
            found = math.nan
    return np.broadcast_to(np.asarray(found, dtype=float), shape)[()]
