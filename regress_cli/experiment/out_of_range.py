"""Results that no float can hold: they end a run without a result, or are told in a note."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from regress_cli.data import TRAIN
from regress_cli.float_errors import Heard
from regress_cli.inference import Inference
from regress_cli.text import printable
from regress_cli.training import Assessment, Convergence, Result
from regress_cli.training.metrics import Metrics

# Below this, the smallest normal float, a number has fewer digits than others, or is 0.
_SMALLEST = float(np.finfo(np.float64).tiny)
_REMEDY = "give the data in other units"


def refused_if_beyond_range(result: Result, assessment: Assessment, kind: str) -> Result:
    """Return the result; one that says of itself that it is finished only if the training loss is finite.

    Args:
        result: How training ended.
        assessment: Of the result.
        kind: The optimizer's.
    """
    if result.status != "finished" or math.isfinite(assessment.metrics[TRAIN].loss):
        return result
    reason = "the loss of its end is beyond the range of floating-point numbers"
    convergence = result.convergence or Convergence(
        method=kind, has_converged=False, reason="", evaluations=0, iterations=0
    )
    convergence = replace(convergence, has_converged=False, reason=reason)
    return replace(result, stop_reason="not_converged", convergence=convergence)


def notes_of_range(
    assessment: Assessment, inference: Inference | None, heard: Mapping[str, Heard]
) -> Iterator[str]:
    """Yield what a reader must know of numbers that are too large or too small for floats.

    Args:
        assessment: Of the result.
        inference: Of the result, if there is one.
        heard: What NumPy told while each of these was computed, such as ``the metrics``. It is told only
            with a number that is not finite: elsewhere, as in ``where(x > 0, log(x), 0)``, it means nothing.
    """
    beyond, small = _beyond(assessment, inference), _too_small(assessment)
    if beyond:
        sounds = " and ".join(f"{text} in {what}" for what, text in _sounds(heard))
        why = f" ({sounds})" if sounds else ""
        yield f"beyond the range of floating-point numbers{why}: {', '.join(beyond)}; {_REMEDY}"
    if small:
        yield (
            f"too small for a floating-point number with all its digits: {', '.join(small)}; "
            f"read the rmse instead, or {_REMEDY}"
        )
    for what, one in heard.items():
        for text in one.warnings:
            yield f"a warning in the computation of {what}: {printable(text)}"


def _sounds(heard: Mapping[str, Heard]) -> Iterator[tuple[str, str]]:
    """Yield what was computed, and what NumPy told of it, in words."""
    for what, one in heard.items():
        for kind, number in one.counts.items():
            yield what, f"{number:,} {_PLURALS[kind] if number > 1 else kind}"


_PLURALS = {
    "overflow": "overflows",
    "invalid value": "invalid values",
    "divide by zero": "divisions by zero",
}


def _beyond(assessment: Assessment, inference: Inference | None) -> list[str]:
    """Return the names of the numbers that are not finite."""
    found = [
        f"{name} of {whose}"
        for whose, metrics in _metrics(assessment)
        for name in ("loss", "rmse", "mae", "r2")
        if (value := getattr(metrics, name)) is not None and not math.isfinite(value)
    ]
    if inference is not None and np.isinf(inference.covariance).any():
        found.append("covariance of the estimates")
    return found


def _too_small(assessment: Assessment) -> list[str]:
    """Return the losses that are below the normal floats though there are errors."""
    return [
        f"loss of {whose}"
        for whose, metrics in _metrics(assessment)
        if metrics.rmse > 0 and metrics.loss < _SMALLEST
    ]


def _metrics(assessment: Assessment) -> Iterator[tuple[str, Metrics]]:
    """Yield the metrics of each part and each yardstick, by what they are of."""
    yield from assessment.metrics.items()
    yield "the baseline", assessment.baseline[TRAIN]
    if assessment.noise_floor is not None:
        yield "the noise floor", assessment.noise_floor[TRAIN]
