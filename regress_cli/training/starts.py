"""Where a solver begins, between which bounds; and whether it can begin there."""

from collections.abc import Iterator

import numpy as np

from regress_cli.config.schema import FormulaModel
from regress_cli.errors import DataError
from regress_cli.expression import Apply, Expression, Name, Node, Number
from regress_cli.models import Formula
from regress_cli.text import quoted
from regress_cli.training.derivatives import Block
from regress_cli.training.problem import Problem

# A Jacobian of more numbers than these takes more memory than is wise.
_MOST_NUMBERS = 100_000_000


def bounds_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest value of each flat parameter, shape (p,) each; infinite where open."""
    config = problem.experiment.model
    if not isinstance(config, FormulaModel):
        free = np.full(len(problem.start), np.inf)
        return -free, free
    pairs = [config.bounds_of(name) for name in problem.initial]
    return np.array([low for low, _ in pairs]), np.array([high for _, high in pairs])


def starts_of(problem: Problem) -> list[np.ndarray]:
    """Return every start as flat parameters, the initial values first."""
    config = problem.experiment.model
    starts = [problem.layout.flatten(problem.initial)]
    if isinstance(config, FormulaModel):
        starts += [
            np.array([start[name] for name in problem.initial], dtype=float) for start in config.starts
        ]
    return starts


def refuse_unusable(problem: Problem, starts: list[np.ndarray], *, by_jacobian: bool) -> None:
    """Refuse a fit that can't begin.

    Args:
        problem: What is fitted.
        starts: Flat parameters.
        by_jacobian: Whether the derivatives of all predictions will be held in memory.

    Raises:
        DataError: fewer rows than parameters, no value at a start, or a parameter without effect.
    """
    model, n, p = problem.model, len(problem.train[1]), len(problem.start)
    if by_jacobian and n * p > _MOST_NUMBERS:
        raise DataError(
            f"optimizer.kind: the Jacobian of {n:,} rows by {p:,} parameters is too large for "
            "levenberg_marquardt; use lbfgs or adam"
        )
    if not isinstance(model, Formula):
        return
    counted = n if problem.weights is None else int(np.count_nonzero(problem.weights))
    if counted < p and not problem.objective.l2:
        rows = "row" if counted == 1 else "rows"
        raise DataError(
            f"model.initial: {p} parameters can't be fitted to {counted} {rows}; "
            f"give at least {p} rows, or fewer parameters"
        )
    _refuse_idle(problem, model, starts)


def _place(k: int) -> str:
    return "model.initial" if k == 0 else f"model.starts.{k - 1}"


def _refuse_idle(problem: Problem, model: Formula, starts: list[np.ndarray]) -> None:
    """Refuse a parameter on which the predictions depend neither at a start nor anywhere near it."""
    is_idle = np.ones(len(problem.start), dtype=bool)
    for k, start in enumerate(starts):
        for block in _blocks(problem, start):
            _refuse_not_finite(problem, model, start, block, _place(k))
            is_idle &= (block.jacobian == 0).all(axis=0)
    if is_idle.any():
        low, high = bounds_of(problem)
        rng = np.random.default_rng(0)
        for start in starts:
            by = rng.uniform(0.5, 1.5, len(start)) * np.where(start == 0, 1e-3, 1e-3 * np.abs(start))
            for block in _blocks(problem, np.clip(start + by, low, high)):
                is_idle &= (block.jacobian == 0).all(axis=0)
    if is_idle.any():
        names = ", ".join(problem.names_where(is_idle))
        raise DataError(
            f"model.expression: the derivative by {names} is 0 in every row for these data and starts, "
            "as that of a switch point is; take it out of the formula, or start elsewhere"
        )


def _blocks(problem: Problem, x: np.ndarray) -> Iterator[Block]:
    with np.errstate(all="ignore"):
        yield from problem.derivatives.blocks(x)


def _refuse_not_finite(problem: Problem, model: Formula, start: np.ndarray, block: Block, place: str) -> None:
    """Refuse a start where a row has no prediction, or one without a derivative."""
    if np.isfinite(block.prediction).all() and np.isfinite(block.jacobian).all():
        return
    finite = np.isfinite(block.prediction)
    if finite.all():
        row, column = np.argwhere(~np.isfinite(block.jacobian))[0].tolist()
        wrong = f"the derivative of the formula by {list(problem.initial)[column]} is not finite"
        where = f"row {block.rows.start + row + 1} of the training part"
    else:
        row = block.rows.start + int((~finite).argmax())
        columns = dict(zip(model.feature_names, problem.train[0][row].tolist(), strict=True))
        values = {**columns, **dict(zip(model.initial, start.tolist(), strict=True))}
        part, value = first_not_finite(model.expression, values)
        used = ", ".join(f"{name} = {values[name]:.6g}" for name in _names(part))
        wrong = f"{quoted(shown(part))} is {value}"
        where = f"row {row + 1} of the training part{used and f' ({used})'}"
    raise DataError(f"{place}: {wrong} at {where}; start from other values, or change the formula")


def first_not_finite(expression: Expression, values: dict[str, float]) -> tuple[Node, float]:
    """Return the innermost part of an expression that has no finite value, and what it is instead."""
    found: list[tuple[Node, float]] = []

    def walk(node: Node) -> None:
        if isinstance(node, Apply) and not found:
            for argument in node.arguments:
                walk(argument)
            with np.errstate(all="ignore"):
                value = Expression("", node).evaluate({n: np.float64(v) for n, v in values.items()})
            if not found and not np.isfinite(value):
                found.append((node, float(value)))

    walk(expression.tree)
    if found:
        return found[0]
    return expression.tree, float("nan")


def _names(node: Node) -> tuple[str, ...]:
    return Expression("", node).names


_SIGNS = {"add": ("+", 1), "subtract": ("-", 1), "multiply": ("*", 2), "divide": ("/", 2), "power": ("**", 4)}
_COMPARISONS = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}


def shown(node: Node, binding: int = 0) -> str:
    """Return a part of an expression as it is written.

    >>> shown(Expression.parse("b1*(1 - exp(-b2*x))").tree)
    'b1*(1 - exp(-b2*x))'
    """
    if isinstance(node, Number):
        return f"{node.value:.6g}"
    if isinstance(node, Name):
        return node.name
    function, arguments = node.function, node.arguments
    if function == "negative":
        text, own = f"-{shown(arguments[0], 3)}", 3
    elif function in _SIGNS:
        sign, own = _SIGNS[function]
        left, right = (own + 1, 3) if own == 4 else (own, own + 1)
        text = f"{shown(arguments[0], left)}{f' {sign} ' if own == 1 else sign}{shown(arguments[1], right)}"
    elif function in _COMPARISONS:
        text, own = f"{shown(arguments[0])} {_COMPARISONS[function]} {shown(arguments[1])}", 0
    else:
        return f"{function}({', '.join(shown(argument) for argument in arguments)})"
    # A sign before a factor needs no parentheses where it comes first.
    return f"({text})" if own < binding and not (function == "negative" and binding == 2) else text
