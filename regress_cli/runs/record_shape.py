"""The shape of run.json that every reader relies on, checked once, when a run is opened.

A record's checksum finds what went wrong by chance, but whoever edits the record can make it fit. With the
shape checked as well, no reader has to expect a text where it needs a number. What no reader looks at may
be anything; a key that an earlier regress did not write may be missing.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from regress_cli.runs.result import EXIT_CODES, METRICS

# Yields the dotted places at which a value is not as expected.
Shape: TypeAlias = Callable[[Any, str], Iterator[str]]


def first_wrong_place(record: Any) -> str | None:
    """Return the dotted place of the first value that is not what readers expect; None if all are.

    >>> first_wrong_place({})
    'name'
    """
    return next(_RECORD(record, ""), None) or next(_contradictions(record), None)


def is_summary(data: Any) -> bool:
    """Return whether this is what a listing keeps of a record."""
    return next(_SUMMARY(data, ""), None) is None


def _is(test: Callable[[Any], bool]) -> Shape:
    def shape(value: Any, place: str) -> Iterator[str]:
        if not test(value):
            yield place

    return shape


def _is_number(value: Any) -> bool:
    # A whole number of JSON may be larger than any float; a truth value is an int to Python.
    return type(value) is float or (type(value) is int and abs(value) < _LARGEST_WHOLE)


def _one_of(*words: str) -> Shape:
    return _is(lambda value: isinstance(value, str) and value in words)


def _or_none(inner: Shape) -> Shape:
    return lambda value, place: iter(()) if value is None else inner(value, place)


def _fields(required: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    """Expect an object with these keys; an optional one may be missing, others may be there."""

    def shape(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield place
            return
        for key, inner in {**required, **(optional or {})}.items():
            inside = f"{place}.{key}".lstrip(".")
            if key in value:
                yield from inner(value[key], inside)
            elif key in required:
                yield inside

    return shape


def _each(inner: Shape, *, at_least: int = 0) -> Shape:
    """Expect a list of values that are alike."""

    def shape(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) < at_least:
            yield place
            return
        for index, item in enumerate(value):
            yield from inner(item, f"{place}[{index}]")

    return shape


def _named(inner: Shape) -> Shape:
    """Expect an object of values that are alike, under any names."""

    def shape(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield place
            return
        for key, item in value.items():
            yield from inner(item, f"{place}.{key}")

    return shape


def _both(one: Shape, other: Shape) -> Shape:
    def shape(value: Any, place: str) -> Iterator[str]:
        yield from one(value, place)
        yield from other(value, place)

    return shape


def _contradictions(record: dict[str, Any]) -> Iterator[str]:
    """Yield what is missing, or too short, for what another place says; the shape itself is right."""
    if record["status"] == "diverged" and record.get("divergence") is None:
        yield "divergence"
    if record["status"] == "not_converged":
        yield from _NO_CONVERGENCE(record.get("convergence"), "convergence")
    is_exact = record["stop_reason"] == "exact"
    if is_exact and record["optimum"] is None:
        yield "optimum"
    if record["status"] == "time_limit" and record["config"]["training"].get("time_limit") is None:
        yield "config.training.time_limit"
    if record["parameters"] is not None:
        yield from _unnamed_parameters(record)
    if record.get("inference") is not None:
        yield from _wrong_inference(record["inference"])


def _unnamed_parameters(record: dict[str, Any]) -> Iterator[str]:
    """Yield the lists that are read beside the parameters and lack one of them."""
    optimum = record["optimum"] or {}
    beside = {
        "true_parameters": record["true_parameters"],
        "optimum.parameters": optimum.get("parameters"),
        "optimum.errors": optimum.get("errors"),
    }
    for place, values in beside.items():
        is_missing = values is None and place.startswith("optimum") and record["optimum"] is not None
        if is_missing or (values is not None and not record["parameters"].keys() <= values.keys()):
            yield place


def _wrong_inference(inference: dict[str, Any]) -> Iterator[str]:
    """Yield a matrix that has not a row and a column for each parameter."""
    p = len(inference["parameters"])
    matrix = inference["correlation"]
    if matrix is not None and (len(matrix) != p or any(len(row) != p for row in matrix)):
        yield "inference.correlation"
    if inference["f"] is not None and inference["f_degrees"] is None:
        yield "inference.f_degrees"


_LARGEST_WHOLE = 10**300
_TEXT = _is(lambda value: isinstance(value, str))
_FLAG = _is(lambda value: isinstance(value, bool))
_NUMBER = _is(_is_number)
_WHOLE = _is(lambda value: type(value) is int and abs(value) < _LARGEST_WHOLE)
_NUMBER_OR_NONE = _or_none(_NUMBER)
_ERROR_OR_NONE = _or_none(_is(lambda value: _is_number(value) and value >= 0))
# The longest is 30,000 years, which can still be said in words.
_SECONDS = _is(lambda value: _is_number(value) and 0 <= value < 1e12)
_TEXTS = _each(_TEXT)
_NUMBERS_BY_NAME = _named(_NUMBER_OR_NONE)
# The second is null where a known standard deviation has no end of degrees of freedom.
_DEGREES = _both(_each(_or_none(_WHOLE)), _is(lambda value: isinstance(value, list) and len(value) == 2))
_SIZE = _is(lambda value: type(value) is int and 0 <= value < 1 << 63)

_METRICS = _fields({"n": _WHOLE, **dict.fromkeys(METRICS, _NUMBER_OR_NONE)})
_PARTS = _both(_named(_METRICS), _fields({"train": _METRICS}))

_OPTIMUM = _fields(
    {"objective": _NUMBER_OR_NONE, "gap": _NUMBER_OR_NONE},
    {"parameters": _or_none(_NUMBERS_BY_NAME), "errors": _or_none(_named(_ERROR_OR_NONE))},
)

_ESTIMATE = _fields(
    {"name": _TEXT, "standard_error": _ERROR_OR_NONE}
    | dict.fromkeys(("estimate", "t", "p", "low", "high"), _NUMBER_OR_NONE)
)
_INFERENCE = _fields(
    {
        "parameters": _each(_ESTIMATE),
        "correlation": _or_none(_each(_each(_NUMBER_OR_NONE))),
        "confidence": _NUMBER,
        "errors": _one_of("classical", "hc3"),
        "is_sigma_known": _FLAG,
        "is_centred": _FLAG,
        "n": _WHOLE,
        "degrees_of_freedom": _WHOLE,
        "residual_standard_deviation": _NUMBER_OR_NONE,
        "r2": _NUMBER_OR_NONE,
        "adjusted_r2": _NUMBER_OR_NONE,
        "f": _NUMBER_OR_NONE,
        "f_p": _NUMBER_OR_NONE,
        "f_degrees": _or_none(_DEGREES),
        "aic": _NUMBER_OR_NONE,
        "bic": _NUMBER_OR_NONE,
        "log_likelihood": _NUMBER_OR_NONE,
        "condition_number": _NUMBER_OR_NONE,
        "digits": _WHOLE,
        "notes": _TEXTS,
    }
)

# All of it is told only of a fit that did not converge.
_CONVERGENCE = _fields(
    {},
    {"reason": _TEXT, "evaluations": _or_none(_WHOLE), "starts": _WHOLE, "undetermined": _TEXTS},
)
_NO_CONVERGENCE = _fields({"reason": _TEXT, "evaluations": _WHOLE, "starts": _WHOLE, "undetermined": _TEXTS})
_DIVERGENCE = _fields(
    {"step": _WHOLE, "quantity": _TEXT, "parameter": _TEXT, "suggested_step_size": _NUMBER_OR_NONE}
)

_NUMERIC = _fields({"name": _TEXT, "fill": _NUMBER_OR_NONE})
_CATEGORICAL = _fields({"name": _TEXT, "categories": _TEXTS, "drop_first": _FLAG})


def _column(value: Any, place: str) -> Iterator[str]:
    """Expect a column of features, by its kind."""
    kinds = {"numeric": _NUMERIC, "categorical": _CATEGORICAL}
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        yield place
        return
    yield from kinds[kind](value, place)


_DATA = _fields({"target": _TEXT, "feature_names": _TEXTS, "columns": _each(_column, at_least=1)})

# The config itself is held against the schema where it is used; here is what is shown of it.
_CONFIG = _fields(
    {
        "seed": _WHOLE,
        "data": _fields({}, {"weights": _or_none(_TEXT), "sigma": _or_none(_TEXT)}),
        "model": _fields({"kind": _TEXT}, {"expression": _TEXT}),
        "loss": _fields({"kind": _TEXT, "l2": _NUMBER}),
        "optimizer": _fields({"kind": _TEXT}),
        "training": _fields({}, {"time_limit": _NUMBER_OR_NONE}),
    }
)

_FILE = _fields({"bytes": _SIZE, "sha256": _TEXT})

_RECORD = _fields(
    {
        "name": _TEXT,
        "digest": _TEXT,
        "status": _one_of(*EXIT_CODES),
        "stop_reason": _one_of(
            "exact", "steps", "early_stopping", "time_limit", "converged", "not_converged", "diverged"
        ),
        "steps": _fields({"taken": _WHOLE, "kept": _WHOLE, "planned": _WHOLE}),
        "metrics": _PARTS,
        "baseline": _PARTS,
        "noise_floor": _or_none(_PARTS),
        "optimum": _or_none(_OPTIMUM),
        "parameters": _or_none(_NUMBERS_BY_NAME),
        "true_parameters": _or_none(_NUMBERS_BY_NAME),
        "parameter_count": _WHOLE,
        "data": _DATA,
        "config": _CONFIG,
        "notes": _TEXTS,
        "files": _named(_FILE),
        "timings": _named(_SECONDS),
        "environment": _is(lambda value: isinstance(value, dict)),
    },
    {
        "seed": _or_none(_WHOLE),
        "inference": _or_none(_INFERENCE),
        "no_inference": _or_none(_TEXT),
        "convergence": _or_none(_CONVERGENCE),
        "divergence": _or_none(_DIVERGENCE),
    },
)

# What a listing keeps of a record.
_SUMMARY = _fields(
    {
        **dict.fromkeys(("name", "digest", "model", "optimizer"), _TEXT),
        "status": _one_of(*EXIT_CODES),
        "seed": _or_none(_WHOLE),
        "metrics": _PARTS,
        "files": _named(_SIZE),
    }
)
