"""Why a run ended before its time, and what helps."""

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

# Where not even the mean has a loss that a float can hold.
_OTHER_UNITS = "give the data in other units"


def why_stopped(record: Record) -> str | None:
    """Return why a run ended without a result, or before its last step; None for one that is finished."""
    words = {"time_limit": _time_limit, "not_converged": _not_converged, "diverged": _diverged}
    return words[record["status"]](record) if record["status"] in words else None


def _time_limit(record: Record) -> str:
    steps, limit = record["steps"], record["config"]["training"]["time_limit"]
    return (
        f"the time limit of {limit:g} s ended training at step {steps['taken']:,} of {steps['planned']:,}; "
        "the run is kept as it is: a higher training.time_limit starts anew and gets further"
    )


def _not_converged(record: Record) -> str:
    seen = record["convergence"]
    effort = "the fit can't be judged"
    # Only a search for the minimum has evaluations and starts to speak of.
    if seen["evaluations"]:
        starts = f"{seen['starts']} start{'s' if seen['starts'] > 1 else ''}"
        effort = f"the fit did not converge after {seen['evaluations']:,} evaluations from {starts}"
    return (
        f"{effort}: {seen['reason']}; the folder is kept, but its numbers are no result: "
        f"{_remedy_of_a_fit(record)}"
    )


def _remedy_of_a_fit(record: Record) -> str:
    """Return what may help a fit that did not converge."""
    convergence, model = record["convergence"], record["config"]["model"]["kind"]
    if record["baseline"]["train"]["loss"] is None:
        return _OTHER_UNITS
    if model == "mlp":
        # Its parameters are drawn: nobody gives it a start, or bounds.
        return "give it more evaluations or steps, another seed, or data.standardize; or use optimizer adam"
    if model != "formula":
        return "set data.standardize, or use optimizer exact"
    if convergence["undetermined"]:
        return "take a parameter out of the formula, give bounds, or start from other values"
    return "start from values nearer to the data, give more starts, or bounds"


def _diverged(record: Record) -> str:
    seen, kept = record["divergence"], record["steps"]["kept"]
    return (
        f"training diverged at step {seen['step']:,}: {seen['quantity']} (the gradient is largest in "
        f"{seen['parameter']}); the parameters of step {kept:,} are kept: {_remedy_of_a_training(record)}"
    )


def _remedy_of_a_training(record: Record) -> str:
    suggested = record["divergence"]["suggested_step_size"]
    if suggested is not None:
        return f"try optimizer.step_size={suggested:g}"
    if record["baseline"]["train"]["loss"] is None:
        return _OTHER_UNITS
    return "the start is too far off; standardize the data, or start from smaller parameters"
