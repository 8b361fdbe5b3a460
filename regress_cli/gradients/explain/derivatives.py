"""The derivative of each primitive by each of its arguments, as a formula of a textbook.

They are for reading. Every number that is shown comes from autograd, and the tests hold each formula
against it.
"""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp

from regress_cli import primitives
from regress_cli.gradients.explain.formula import Call, Formula, Number, Verbatim, parse, simplified
from regress_cli.tape.internals import GETITEM, MEAN, WHERE
from regress_cli.tape.steps import Spec

# For each function a formula by each argument. x, y and z are the arguments, r is the result, g the
# gradient by it, and n says how many numbers of x there are for each of r.
Templates = tuple[str | None, ...]


@dataclass(frozen=True)
class Called:
    """A step whose derivatives are asked for.

    Attributes:
        function: The primitive.
        arguments: What it is given.
        looks: Shape and dtype of each argument; None for what is no array.
        result: What it gives.
        gradient: The gradient by what it gives.
        look: Shape and dtype of what it gives.
    """

    function: Callable[..., Any]
    arguments: tuple[Formula, ...]
    looks: tuple[Spec | None, ...]
    result: Formula
    gradient: Formula
    look: Spec | None

    @property
    def gives_number(self) -> bool:
        """Whether it gives a single number."""
        return self.look is not None and self.look.shape == ()

    @property
    def share(self) -> Number:
        """How many numbers of the first argument there are for each that it gives."""
        return Number(_size(self.looks[0]) // max(1, _size(self.look)))


def local_derivative(called: Called, position: int) -> Formula | None:
    """Return the derivative by one argument, entry by entry; None where there is no such formula."""
    templates = ELEMENTWISE.get(called.function, ())
    if called.gives_number:
        templates = TO_A_NUMBER.get(called.function, templates)
    return _filled(called, templates, position)


def gradient_rule(called: Called, position: int) -> Formula | None:
    """Return the gradient by one argument in terms of that by the result; None where no rule is known."""
    if called.function not in RULES:
        return None
    return _filled(called, RULES[called.function](called.looks), position)


def summed_rule(called: Called, position: int, local: Formula) -> Formula:
    """Return the gradient by an argument that was repeated to the result's shape: a sum over the copies."""
    small, large = called.looks[position], called.look
    terms = simplified("multiply", called.gradient, local)
    if small is None or large is None or small.shape == ():
        return Call("sum", (terms,))
    added = len(large.shape) - len(small.shape)
    axes = [
        axis
        for axis, length in enumerate(large.shape)
        if axis < added or (small.shape[axis - added] == 1 and length != 1)
    ]
    told = f"axis={axes[0]}" if len(axes) == 1 else f"axis={tuple(axes)}"
    kept = () if added else (Verbatim("keepdims=True"),)
    return Call("sum", (terms, Verbatim(told), *kept))


def _filled(called: Called, templates: Templates, position: int) -> Formula | None:
    template = templates[position] if position < len(templates) else None
    if template is None:
        return None
    values = {"r": called.result, "g": called.gradient, "n": called.share}
    return parse(template, dict(zip("xyz", called.arguments, strict=False)) | values)


def _size(look: Spec | None) -> int:
    return 1 if look is None else math.prod(look.shape)


def _affine(looks: tuple[Spec | None, ...]) -> Templates:
    return ("outer(g, y)" if _dimensions(looks[1]) == 1 else "g @ y.T", "x.T @ g", "sum(g, axis=0)")


def _product(looks: tuple[Spec | None, ...]) -> Templates:
    """Return the rules of a product of matrices and vectors; none where one is a stack or a number."""
    match _dimensions(looks[0]), _dimensions(looks[1]):
        case 1, 2:
            return ("y @ g", "outer(x, g)")
        case 2, 1:
            return ("outer(g, y)", "x.T @ g")
        case 2, 2:
            return ("g @ y.T", "x.T @ g")
    return ()


def _dimensions(look: Spec | None) -> int | None:
    return None if look is None else len(look.shape)


ELEMENTWISE: dict[Any, Templates] = {
    anp.negative: ("-1",),
    anp.add: ("1", "1"),
    anp.subtract: ("1", "-1"),
    anp.multiply: ("y", "x"),
    anp.divide: ("1 / y", "-x / y ** 2"),
    anp.true_divide: ("1 / y", "-x / y ** 2"),
    anp.power: ("y * x ** (y - 1)", "log(x) * x ** y"),
    anp.sqrt: ("1 / (2 * sqrt(x))",),
    anp.exp: ("exp(x)",),
    anp.log: ("1 / x",),
    anp.logaddexp: ("exp(x - r)", "exp(y - r)"),
    anp.sin: ("cos(x)",),
    anp.cos: ("-sin(x)",),
    anp.tan: ("1 / cos(x) ** 2",),
    anp.arctan: ("1 / (1 + x ** 2)",),
    anp.sinh: ("cosh(x)",),
    anp.cosh: ("sinh(x)",),
    anp.tanh: ("1 - r ** 2",),
    anp.abs: ("sign(x)",),
    anp.absolute: ("sign(x)",),
    WHERE: (None, "where(x, 1, 0)", "where(x, 0, 1)"),
    primitives.relu: ("where(x > 0, 1, 0)",),
    primitives.tanh: ("1 - r ** 2",),
}

# These hold only where the result is a single number.
TO_A_NUMBER: dict[Any, Templates] = {
    anp.sum: ("1",),
    MEAN: ("1 / n",),
    anp.dot: ("y", "x"),
    primitives.logsumexp: ("exp(x - r)",),
    primitives.sum_of_squares: ("2 * x",),
    primitives.half_mse: ("(x - y) / n", "(y - x) / n"),
    primitives.absolute_error: ("sign(x - y) / n", "sign(y - x) / n"),
    primitives.huber: ("clip(x - y, -z, z) / n", "clip(y - x, -z, z) / n"),
}

RULES: dict[Any, Callable[[tuple[Spec | None, ...]], Templates]] = {
    primitives.affine: _affine,
    primitives.affine_output: lambda looks: ("outer(g, y)", "(x.T @ g)[:, None]", "sum(g)"),
    primitives.matrix_vector: lambda looks: ("outer(g, y)", "x.T @ g"),
    anp.dot: _product,
    anp.sum: lambda looks: ("repeated(g)",),
    MEAN: lambda looks: ("repeated(g) / n",),
    GETITEM: lambda looks: ("untake(g, y)",),
}
