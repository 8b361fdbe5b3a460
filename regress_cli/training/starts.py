"""Where a solver begins, between which bounds; and whether it can begin there."""

import numpy as np

from regress_cli.config.schema import FormulaModel
from regress_cli.data import TRAIN
from regress_cli.errors import DataError
from regress_cli.expression import Apply, Expression, Name, Node, Number
from regress_cli.models import Formula
from regress_cli.text import quoted
from regress_cli.training.problem import Problem
from regress_cli.training.residuals import Residuals

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


def refuse_unusable(problem: Problem, residuals: Residuals | None, starts: list[np.ndarray]) -> None:
    """Refuse a fit that can't begin.

    Raises:
        DataError: fewer rows than parameters, no value at a start, or a parameter without effect.
    """
    model, (features, _) = problem.model, problem.parts[TRAIN]
    n, p = len(features), len(problem.start)
    if residuals is not None and n * p > _MOST_NUMBERS:
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
    for k, start in enumerate(starts):
        _refuse_without_value(model, problem, features, start, k)
    if residuals is not None:
        _refuse_idle(problem, residuals, starts)


def _refuse_without_value(
    model: Formula, problem: Problem, features: np.ndarray, start: np.ndarray, k: int
) -> None:
    with np.errstate(all="ignore"):
        prediction = model.apply(problem.layout.unflatten(start), features)
    finite = np.isfinite(prediction)
    if finite.all():
        return
    row = int((~finite).argmax())
    columns = dict(zip(model.feature_names, features[row].tolist(), strict=True))
    values = {**columns, **dict(zip(model.initial, start.tolist(), strict=True))}
    part, value = first_not_finite(model.expression, values)
    used = ", ".join(f"{name} = {values[name]:.6g}" for name in _names(part))
    raise DataError(
        f"{_place(k)}: {quoted(shown(part))} is {value} at row {row + 1} of the training part ({used}); "
        "start from other values, or change the formula"
    )


def _refuse_without_derivative(problem: Problem, J: np.ndarray, k: int) -> None:
    infinite = ~np.isfinite(J[: len(problem.train[1])])
    if not infinite.any():
        return
    row = int(infinite.any(axis=1).argmax())
    name = list(problem.initial)[int(infinite[row].argmax())]
    raise DataError(
        f"{_place(k)}: the derivative of the formula by {name} is not finite at row {row + 1} of the "
        "training part; start from other values, or change the formula"
    )


def _place(k: int) -> str:
    return "model.initial" if k == 0 else f"model.starts.{k - 1}"


def _refuse_idle(problem: Problem, residuals: Residuals, starts: list[np.ndarray]) -> None:
    """Refuse a parameter on which the predictions depend neither at a start nor anywhere near it."""
    for k, start in enumerate(starts):
        _refuse_without_derivative(problem, residuals.jacobian(start), k)
    rng = np.random.default_rng(0)
    low, high = bounds_of(problem)
    is_idle = np.ones(len(problem.start), dtype=bool)
    with np.errstate(all="ignore"):
        for start in starts:
            moved = start + rng.uniform(0.5, 1.5, len(start)) * np.where(
                start == 0, 1e-3, 1e-3 * np.abs(start)
            )
            for x in (start, np.clip(moved, low, high)):
                is_idle &= ~(residuals.jacobian(x) != 0).any(axis=0)
    if is_idle.any():
        names = ", ".join(name for name, idle in zip(problem.initial, is_idle, strict=True) if idle)
        raise DataError(
            f"model.expression: the predictions do not depend on {names} for these data and starts; "
            "take it out of the formula, or start elsewhere"
        )


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
