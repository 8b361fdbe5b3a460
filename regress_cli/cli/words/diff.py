"""Derivatives in three ways as words and cells; `view` draws them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from regress_cli.gradients.point import shown_point
from regress_cli.text import all_digits, printable

if TYPE_CHECKING:
    from regress_cli.gradients.diff.derivative import Derivative
    from regress_cli.gradients.diff.derivatives import Derivatives

Rows = list[list[str]]

# What fits beside each other, and what is worth reading; --json has all of it.
_MOST_COLUMNS = 5
_LONGEST_FORMULA = 800
_LONGEST_NAME = 24


def parts(result: "Derivatives") -> Iterator[str | Rows]:
    """Yield the report: the function, the formulas, a table of the ways, and one of the steps."""
    variables = ", ".join(map(printable, result.point))
    yield f"f({variables}) = {printable(result.expression, 1000)}"
    yield f"f = {all_digits(result.value)} at {shown_point(result.point)}"
    formulas = [_formula(derivative) for derivative in result.derivatives if derivative.symbolic is not None]
    if formulas:
        yield "\n" + "\n".join(formulas)
    yield _ways(result)
    for remark in result.remarks:
        yield printable(remark, 1000)
    yield from _steps(result)


def document(result: "Derivatives") -> dict[str, Any]:
    """Return the result as plain data, with all of its numbers."""
    derivatives = [
        {**asdict(derivative), "apart": derivative.apart, "agrees": derivative.agrees}
        for derivative in result.derivatives
    ]
    return {**asdict(result), "derivatives": derivatives}


def _formula(derivative: "Derivative") -> str:
    if derivative.symbolic is None:
        return ""
    formula = derivative.symbolic.formula
    if len(formula) > _LONGEST_FORMULA:
        return f"{derivative.name}: a formula of {len(formula):,} characters, which --json prints"
    return f"{printable(derivative.name)} = {printable(formula, _LONGEST_FORMULA)}"


def _ways(result: "Derivatives") -> Rows:
    """Return a row for each way to each derivative: its value, and how far it is from reverse mode's.

    Name, way and value share the first column, in which texts begin at the left: so the digits of the ways
    stand below each other.
    """
    names = [printable(derivative.name, _LONGEST_NAME) for derivative in result.derivatives]
    width = max(map(len, ["derivative", *names]))
    rows = [[f"{'derivative':<{width}}  by         value", "from reverse"]]
    # The remedy behind the semicolon is told in a note.
    no_formula = (result.no_formulas or "").partition(";")[0]
    for name, derivative in zip(names, result.derivatives, strict=True):
        for position, (way, value, distance) in enumerate(_values(derivative, no_formula)):
            rows.append([f"{'' if position else name:<{width}}  {way:<9}  {value}", distance])
    return rows


def _values(derivative: "Derivative", no_formula: str) -> Iterator[tuple[str, str, str]]:
    """Yield each way with its value and its distance from reverse mode's."""
    symbolic, best = derivative.symbolic, derivative.best
    if symbolic is None:
        yield "symbolic", no_formula, ""
    elif symbolic.value is None:
        yield "symbolic", "no real number here", ""
    else:
        yield "symbolic", all_digits(symbolic.value), _distance(symbolic.value, derivative.reverse)
    yield "reverse", all_digits(derivative.reverse), ""
    yield "forward", all_digits(derivative.forward), _distance(derivative.forward, derivative.reverse)
    if best is None:
        yield "numeric", "none, for no neighbour has a value", ""
    else:
        yield "numeric", all_digits(best.value), _distance(best.value, derivative.reverse)


def _distance(one: float, other: float) -> str:
    return _short(abs(one - other))


def _steps(result: "Derivatives") -> Iterator[str | Rows]:
    """Yield the numerical derivatives for each step, and what the columns mean."""
    shown = result.derivatives[:_MOST_COLUMNS]
    if len(shown) == 1:
        yield _sweep(shown[0])
    else:
        yield _sweeps(shown)
    others = len(result.derivatives) - len(shown)
    more = f" The errors of the other {others} are printed by --json." if others else ""
    yield f"* is the best step. In a variable x, the step is h times the larger of 1 and |x|.{more}"


def _sweep(derivative: "Derivative") -> Rows:
    rows = [["step h", "central difference", "error"]]
    for difference in derivative.differences:
        mark = "* " if difference is derivative.best else ""
        rows.append([f"{difference.step:.1e}", all_digits(difference.value), mark + _short(difference.error)])
    return rows


def _sweeps(derivatives: Sequence["Derivative"]) -> Rows:
    """Return the errors alone, a column for each derivative."""
    rows = [["step h", *(printable(derivative.name, _LONGEST_NAME) for derivative in derivatives)]]
    for differences in zip(*(derivative.differences for derivative in derivatives), strict=True):
        cells = [
            ("* " if difference is derivative.best else "") + _short(difference.error)
            for difference, derivative in zip(differences, derivatives, strict=True)
        ]
        rows.append([f"{differences[0].step:.1e}", *cells])
    return rows


def _short(value: float) -> str:
    """Return a distance with two digits.

    >>> _short(0.0), _short(0.000123)
    ('0', '1.2e-04')
    """
    return "0" if value == 0 else f"{value:.1e}" if math.isfinite(value) else "unknown"
