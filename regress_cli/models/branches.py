"""The value of an expression of which the gradient is right, too, where a branch of ``where`` is not taken.

``where(x > 0, b*log(x), 0)`` computes both branches in every row and then takes one. Backwards, a row
sends 0 into the branch that it does not take, and at x = 0 that is multiplied with the logarithm's
infinite derivative: nan, in the gradient by b of all rows together. So in these rows a function that
may leave the finite numbers gets an argument at which it and its derivatives are finite. Nobody sees
that in the value, for the row takes the other branch; the rows that do take this one are given what
stands there, and come out with the same bits.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np

from regress_cli.expression import Apply, Name, Node, Number

# A harmless argument for each function that can make something infinite, or nan, of finite numbers;
# None where that of the other one is enough.
_HARMLESS: Mapping[str, tuple[float | None, ...]] = {
    "exp": (0.0,),
    "sinh": (0.0,),
    "cosh": (0.0,),
    "log": (1.0,),
    "sqrt": (1.0,),
    "divide": (None, 1.0),
    "power": (1.0, 1.0),
}


@dataclass(frozen=True)
class _Taken:
    """The rows that take a branch.

    Attributes:
        condition: What the ``where`` asks, True or False for each row.
        answer: What leads to the branch.
    """

    condition: Any
    answer: bool

    def keep(self, value: Any, harmless: float) -> Any:
        """Return the value in the rows that take the branch, and what is harmless in the others."""
        if self.answer:
            return _choose(self.condition, value, harmless)
        return _choose(self.condition, harmless, value)


def evaluate(node: Node, values: Mapping[str, Any], taken: tuple[_Taken, ...] = ()) -> Any:
    """Return the value of a part of an expression, elementwise for arrays, for autograd to differentiate.

    Args:
        node: The part.
        values: A number or an array for each name.
        taken: The branches that the part lies in.

    >>> import autograd
    >>> from regress_cli.expression import Expression
    >>> tree = Expression.parse("where(x > 0, b*log(x), 0)").tree
    >>> x = np.array([0.0, 1.0, np.e])
    >>> float(autograd.grad(lambda b: anp.sum(evaluate(tree, {"b": b, "x": x})))(np.array(2.0)))
    1.0
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return values[node.name]
    if node.function == "where":
        return _where(node, values, taken)
    arguments = [evaluate(argument, values, taken) for argument in node.arguments]
    return getattr(anp, node.function)(*_harmless(node, arguments, taken))


def _where(node: Apply, values: Mapping[str, Any], taken: tuple[_Taken, ...]) -> Any:
    comparison, *branches = node.arguments
    # A comparison has no derivative that could be spoilt.
    condition = evaluate(comparison, values)
    results = [
        evaluate(branch, values, (*taken, _Taken(condition, answer)))
        for branch, answer in zip(branches, (True, False), strict=True)
    ]
    return _choose(condition, *results)


def _harmless(node: Apply, arguments: list[Any], taken: tuple[_Taken, ...]) -> list[Any]:
    """Return the arguments, harmless in the rows that do not take all of the branches."""
    for position, harmless in enumerate(_HARMLESS.get(node.function, ())):
        # A constant is left alone: as an array, an exponent of 2 would no longer be a square.
        if harmless is None or isinstance(node.arguments[position], Number):
            continue
        for branch in taken:
            arguments[position] = branch.keep(arguments[position], harmless)
    return arguments


def _choose(condition: Any, one: Any, other: Any) -> Any:
    """Return ``where`` of branches that are spread over the rows before: autograd's rule is for such ones."""
    shape = np.broadcast_shapes(np.shape(condition), np.shape(one), np.shape(other))
    return anp.where(condition, _spread(one, shape), _spread(other, shape))


def _spread(value: Any, shape: tuple[int, ...]) -> Any:
    if isinstance(value, float) or np.shape(value) == shape:
        return value
    return value * np.ones(shape, value.dtype)
