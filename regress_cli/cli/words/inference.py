"""The uncertainty of a fit as words and cells; `view` draws them."""

import math
from collections.abc import Mapping
from typing import Any

from regress_cli.text import four_digits, percent, printable, without_rounding

Rows = list[list[str]]

_LONGEST_NAME = 60
# An estimate is shown to three digits of its error: fewer lose something, more are noise.
_DIGITS_OF_ERROR = 3
_MOST_DIGITS = 15
_NOTHING = "-"


def parameter_rows(inference: Mapping[str, Any], truth: Mapping[str, Any] | None = None) -> Rows:
    """Return a header and a row for each parameter, with the true values where they are known."""
    # A known standard deviation is held against the normal distribution.
    ratio = "z" if inference["is_sigma_known"] and inference["errors"] == "classical" else "t"
    truth = {name: value for name, value in (truth or {}).items() if name in _names(inference)}
    header = ["parameter", "estimate", "std. error", ratio, "p", *interval_names(inference)]
    rows = [[*header, "true"] if truth else header]
    for parameter in inference["parameters"]:
        cells = _cells(parameter)
        if truth:
            cells.append(_number(truth.get(parameter["name"])))
        rows.append(cells)
    return rows


def interval_names(inference: Mapping[str, Any]) -> list[str]:
    """Return the headers of an interval's two ends.

    >>> interval_names({"confidence": 0.95})
    ['95 % from', 'to']
    """
    return [f"{percent(inference['confidence'])} from", "to"]


def fit_line(inference: Mapping[str, Any], *, is_weighted: bool = False) -> str:
    """Return the fit as a whole in one sentence; with weights, R squared is that of weighted squares."""
    deviation = inference["residual_standard_deviation"]
    name = "reduced chi-squared" if inference["is_sigma_known"] else "residual standard deviation"
    shown = deviation
    if inference["is_sigma_known"] and deviation is not None:
        # A product beyond the largest number is infinite; a power of it would be an error.
        shown = deviation * deviation
    spread = "undefined" if shown is None else four_digits(shown)
    freedom, r2 = inference["degrees_of_freedom"], inference["r2"]
    unit = "degree" if freedom == 1 else "degrees"
    explained = "undefined" if r2 is None else r_squared(r2)
    kind = "weighted " if is_weighted else ""
    return f"{name} {spread}, {freedom:,} {unit} of freedom, {kind}R squared {explained}"


def r_squared(r2: float) -> str:
    """Return R squared with the digits that tell it from 1, six at most.

    >>> r_squared(0.5), r_squared(0.99987654)
    ('0.5000', '0.999877')
    """
    return f"{r2:.6f}" if r2 > 0.999 else four_digits(without_rounding(r2))


def p_value(p: float | None) -> str:
    """Return a p-value; a small one by its size.

    >>> p_value(0.04321), p_value(0.000123), p_value(1.2e-9), p_value(0.0)
    ('0.0432', '1.2e-04', '1.2e-09', '<1e-300')
    """
    if p is None:
        return _NOTHING
    if p >= 1e-3:
        return f"{p:.4f}"
    return f"{p:.1e}" if p >= 1e-300 else "<1e-300"


def _names(inference: Mapping[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in inference["parameters"]}


def _cells(parameter: Mapping[str, Any]) -> list[str]:
    name, error = printable(parameter["name"], _LONGEST_NAME), parameter["standard_error"]
    if parameter["estimate"] is None:
        return [name, "not determined", *[_NOTHING] * 5]
    if parameter.get("is_at_bound"):
        return [name, _number(parameter["estimate"]), "at its bound", *[_NOTHING] * 4]
    cells = (_as_precise(parameter[key], error) for key in ("estimate", "low", "high"))
    estimate, low, high = cells
    ratio = _NOTHING if parameter["t"] is None else four_digits(parameter["t"])
    shown_error = _NOTHING if error is None else four_digits(error)
    return [name, estimate, shown_error, ratio, p_value(parameter["p"]), low, high]


def _as_precise(value: float | None, error: float | None) -> str:
    """Return a value down to the decimal place to which its error has three digits."""
    if not error or not value:
        return _number(value)
    place = math.floor(math.log10(error)) - (_DIGITS_OF_ERROR - 1)
    digits = math.floor(math.log10(abs(value))) - place + 1
    if digits < 1:
        return f"{value:.1g}"
    return f"{value:#.{min(max(digits, 2), _MOST_DIGITS)}g}".removesuffix(".")


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.6g}"
