"""The summary of a run as words and cells; `view` draws them."""

import math
from collections.abc import Mapping
from typing import Any

from regress_cli.cli.words import inference as inference_words
from regress_cli.text import four_digits, printable, without_rounding

Record = Mapping[str, Any]
Rows = list[list[str]]

# Longer lists of parameters stand in run.json and params.npz.
_MOST_PARAMETERS = 12
_DIGITS = 6
# Ways to end at the minimum itself, so that the learned parameters are the estimates.
_SOLVED = ("exact", "converged")
# What stands above parameters that no one should take for the fit.
_NO_RESULT = "left at, no result"


def title(record: Record) -> str:
    """Return the run's name, and how its training ended."""
    steps, name = record["steps"], printable(record["name"])
    taken, kept, planned = f"{steps['taken']:,}", f"{steps['kept']:,}", f"{steps['planned']:,}"
    best = f", best at {kept}" if kept != taken else ""
    endings = {
        "exact": "solved exactly",
        "steps": f"{taken} of {planned} steps{best}",
        "early_stopping": f"stopped early at {taken} of {planned} steps{best}",
        "time_limit": f"time limit at {taken} of {planned} steps{best}",
        "converged": f"converged{_effort(record)}",
        "not_converged": f"did not converge{_effort(record)}; this is no result",
        "diverged": f"diverged at {taken} of {planned} steps, kept at {kept}",
    }
    return f"{name}: {endings[record['stop_reason']]}"


def _effort(record: Record) -> str:
    """Return how much a solver did."""
    convergence = record.get("convergence") or {}
    if not convergence.get("evaluations"):
        return ""
    return f" after {convergence['evaluations']:,} evaluations"


def metrics_rows(record: Record) -> Rows:
    """Return a row for each part and each yardstick: label, rows, loss, rmse, mae, R squared."""
    rows = [_metrics_row(part, metrics) for part, metrics in record["metrics"].items()]
    rows.append(_metrics_row("baseline (mean)", record["baseline"]["train"]))
    if record["noise_floor"] is not None:
        rows.append(_metrics_row("noise floor (true function)", record["noise_floor"]["train"]))
    optimum = record["optimum"]
    if optimum is not None and record["stop_reason"] != "exact":
        rows += _optimum_rows(optimum, has_penalty=record["config"]["loss"]["l2"] > 0)
    return rows


def parameter_parts(record: Record) -> list[str | Rows]:
    """Return the parameters as a table, or as a sentence where they are too many; then what is known of them.

    Where a solver found them, they stand with their standard errors; where steps led to them, beside the
    exact ones.
    """
    is_small = record["parameters"] is not None and record["parameter_count"] <= _MOST_PARAMETERS
    if has_inference(record) and is_small and record["stop_reason"] in _SOLVED:
        return inference_parts(record)
    header, *rows = parameter_rows(record)
    parts: list[str | Rows] = [[header, *rows] if rows else header[0]]
    if has_inference(record) and is_small:
        parts.append("standard errors of the exact parameters: regress summary, with the folder below")
    return parts


def inference_parts(record: Record) -> list[str | Rows]:
    """Return the parameters with their errors, and the fit as a whole."""
    inference = record.get("inference")
    if inference is None:
        return parameter_parts(record)
    data = record["config"]["data"]
    is_weighted = data.get("weights") is not None or data.get("sigma") is not None
    return [
        inference_words.parameter_rows(inference, record["true_parameters"]),
        inference_words.fit_line(inference, is_weighted=is_weighted),
    ]


def has_inference(record: Record) -> bool:
    """Return whether a run says how far its parameters can be trusted."""
    return record.get("inference") is not None


def parameter_rows(record: Record) -> Rows:
    """Return a header and a row for each parameter; a single row of words where they are too many."""
    learned, truth, optimum = record["parameters"], record["true_parameters"], record["optimum"]
    count = record["parameter_count"]
    if learned is None or count > _MOST_PARAMETERS:
        return [[f"{count:,} parameters: in params.npz"]]
    is_exact = record["stop_reason"] == "exact"
    columns: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
        _NO_RESULT if record["status"] == "not_converged" else "learned": (
            learned,
            optimum["errors"] if is_exact else {},
        )
    }
    if optimum is not None and not is_exact:
        columns["exact"] = (optimum["parameters"], optimum["errors"])
    if truth is not None:
        columns["true"] = (truth, {})
    rows = [["parameter", *columns]]
    for name in learned:
        cells = (_parameter(values[name], errors.get(name, 0.0)) for values, errors in columns.values())
        rows.append([printable(name, 60), *cells])
    return rows


def _metrics_row(label: str, metrics: Mapping[str, Any]) -> list[str]:
    numbers = [_number(metrics[name]) for name in ("loss", "rmse", "mae")]
    r2 = "undefined" if metrics["r2"] is None else _number(without_rounding(metrics["r2"]))
    return [label, f"{metrics['n']:,}", *numbers, r2]


def _optimum_rows(optimum: Mapping[str, Any], *, has_penalty: bool) -> Rows:
    """Return the exact optimum and the gap to it; with a penalty, of loss and penalty together."""
    least, gap = optimum["objective"], optimum["gap"]
    if not has_penalty:
        return [["exact optimum", "", _number(least)], ["gap to it", "", _number(gap)]]
    reached = None if least is None or gap is None else least + gap
    return [
        ["loss + penalty", "", _number(reached)],
        ["exact optimum of these", "", _number(least)],
        ["gap to it", "", _number(gap)],
    ]


def _number(value: float | None) -> str:
    return "not finite" if value is None else four_digits(value)


def _parameter(value: float | None, error: float | None) -> str:
    """Return a parameter with no more digits than its error leaves; with the error if it leaves none."""
    if value is None:
        return "not determined"
    if error is None:
        return "not finite"
    if not error or not value:
        return f"{value:.{_DIGITS}g}"
    # Their quotient may be beyond the largest number.
    digits = math.floor(math.log10(abs(value)) - math.log10(error))
    return f"{value:.{min(digits, _DIGITS)}g}" if digits >= 1 else f"{value:.1g} ± {error:.1g}"
