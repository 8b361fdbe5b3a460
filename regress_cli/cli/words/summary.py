"""The whole summary of a fit as titled tables and sentences, and as the columns of a csv file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regress_cli.cli.words.inference import fit_line, p_value, parameter_rows, r_squared
from regress_cli.text import four_digits, percent, printable

Record = Mapping[str, Any]
Rows = list[list[str]]

# The correlations of more parameters than these are wider than any page; --format json has them.
_MOST_CORRELATED = 12
_LONGEST = 300


@dataclass(frozen=True)
class Block:
    """A part of a summary.

    Attributes:
        title: What stands above it.
        rows: A table, whose first row is its header; empty for sentences.
        sentences: What stands below the table, or in its place.
    """

    title: str
    rows: Rows = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def blocks(record: Record) -> list[Block]:
    """Return the summary, part by part."""
    inference = record["inference"]
    # A value that noise was drawn around is known for synthetic data only.
    found = [
        Block("Fit", [["", ""], *_facts(record)]),
        Block("Parameters", parameter_rows(inference, record["true_parameters"])),
        Block("Goodness of fit", [["", ""], *_goodness(inference)]),
    ]
    correlation = _correlation(inference)
    if correlation:
        found.append(Block("Correlation of the estimates", correlation))
    if record.get("convergence"):
        found.append(Block("Convergence", [["", ""], *_convergence(record)]))
    is_weighted = record["config"]["data"].get("weights") is not None
    notes = [_errors_note(inference, is_weighted=is_weighted), *inference["notes"], *record["notes"]]
    unique = list(dict.fromkeys(printable(note, 1000) for note in notes))
    return [*found, Block("Notes", sentences=unique)]


def document(record: Record, folder: str) -> dict[str, Any]:
    """Return the summary as plain data, with all digits."""
    keys = ("name", "digest", "status", "inference", "convergence", "metrics", "true_parameters", "notes")
    config = {key: record["config"][key] for key in ("model", "loss", "optimizer")}
    return {
        "folder": folder,
        **{key: record.get(key) for key in keys},
        **config,
        "target": record["data"]["target"],
    }


def columns(record: Record) -> dict[str, list[Any]]:
    """Return a row for each parameter, with all digits."""
    parameters = record["inference"]["parameters"]
    keys = ("estimate", "standard_error", "t", "p", "low", "high")
    return {
        "parameter": [parameter["name"] for parameter in parameters],
        **{key: [parameter[key] for parameter in parameters] for key in keys},
        "confidence": [record["inference"]["confidence"]] * len(parameters),
    }


def why_none(record: Record) -> str:
    """Return why a run has no inference, and what to do for one."""
    reason = record.get("no_inference")
    if reason is None:
        return "an earlier regress made it; run it again with --force"
    return printable(reason, 1000)


def _facts(record: Record) -> Rows:
    config, inference = record["config"], record["inference"]
    model = config["model"]
    formula = model.get("expression") or model["kind"]
    weights = {"weights": "relative weights", "sigma": "known standard deviations"}
    weighting = [
        f"{words}: {config['data'][key]}" for key, words in weights.items() if config["data"].get(key)
    ]
    facts = {
        "run": record["name"],
        "target": record["data"]["target"],
        "model": formula,
        "features": ", ".join(record["data"]["feature_names"]) or "none",
        "loss": config["loss"]["kind"],
        "method": config["optimizer"]["kind"],
        "rows": f"{inference['n']:,}",
        "rows count by": weighting[0] if weighting else None,
        "errors": _ERRORS[inference["errors"]],
        "confidence": percent(inference["confidence"]),
    }
    return [[name, printable(value, _LONGEST)] for name, value in facts.items() if value is not None]


def _goodness(inference: Mapping[str, Any]) -> Rows:
    centred = "" if inference["is_centred"] else " (about zero)"
    deviation = inference["residual_standard_deviation"]
    rows = [
        ["degrees of freedom", f"{inference['degrees_of_freedom']:,}"],
        ["residual standard deviation", _number(deviation)],
    ]
    if inference["is_sigma_known"]:
        rows.append(["reduced chi-squared", _number(None if deviation is None else deviation * deviation)])
    for name, key in (("R squared", "r2"), ("adjusted R squared", "adjusted_r2")):
        value = inference[key]
        rows.append([name + centred, "-" if value is None else r_squared(value)])
    if inference["f"] is not None:
        above, below = inference["f_degrees"]
        freedom = "infinite" if below is None else f"{below:,}"
        rows.append([f"F ({above:,} and {freedom} degrees)", _number(inference["f"])])
        rows.append(["p of F", p_value(inference["f_p"])])
    for name, key in (("log likelihood", "log_likelihood"), ("AIC", "aic"), ("BIC", "bic")):
        rows.append([name, _number(inference[key], "6g")])
    rows.append(["condition number", _number(inference["condition_number"], "3g")])
    rows.append(["digits that rounding leaves", str(inference["digits"])])
    return rows


def _correlation(inference: Mapping[str, Any]) -> Rows:
    """Return the lower triangle; the other one is the same."""
    matrix = inference["correlation"]
    names = [printable(parameter["name"], 24) for parameter in inference["parameters"]]
    if matrix is None or not 1 < len(names) <= _MOST_CORRELATED:
        return []
    rows = [["", *names]]
    for number, name in enumerate(names):
        cells = ["-" if value is None else f"{value:.4f}" for value in matrix[number][: number + 1]]
        rows.append([name, *cells, *[""] * (len(names) - len(cells))])
    return rows


def _convergence(record: Record) -> Rows:
    """Return what the solver says, but for what it says nothing of, and what stands among the notes."""
    said = {
        key: value for key, value in record["convergence"].items() if key not in ("notes", "has_converged")
    }
    return [
        [name.replace("_", " "), _fact(value)]
        for name, value in said.items()
        if value is not None and value != []
    ]


def _fact(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return printable(", ".join(map(str, value)), _LONGEST)
    return printable(value, _LONGEST)


def _number(value: float | None, digits: str = "") -> str:
    if value is None:
        return "-"
    return f"{value:.{digits}}" if digits else four_digits(value)


def _errors_note(inference: Mapping[str, Any], *, is_weighted: bool) -> str:
    if inference["errors"] == "hc3":
        return "standard errors are HC3: the noise may differ from row to row"
    if inference["is_sigma_known"]:
        return "standard errors come from the known standard deviations and are not rescaled by the residuals"
    weights = ", but for the weights" if is_weighted else ""
    return f"standard errors assume noise that is alike in all rows{weights}"


_ERRORS = {"classical": "classical", "hc3": "HC3 (robust)"}

__all__ = ["Block", "blocks", "columns", "document", "fit_line", "why_none"]
