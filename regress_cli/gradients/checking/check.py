"""Is this gradient right? One function puts it to every oracle and returns a verdict."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regress_cli.flat import Layout, Params
from regress_cli.gradients.checking.behaviour import CHANGES, ChangedInput, call_twice, is_same
from regress_cli.gradients.checking.hearing import Judgement, hear_taylor
from regress_cli.gradients.checking.judge import judge, judge_blocks
from regress_cli.gradients.checking.measure import measure
from regress_cli.gradients.checking.oracles.complex_step import USED
from regress_cli.gradients.checking.rounding import wobble
from regress_cli.gradients.checking.sample import choose_probes, typical_sizes
from regress_cli.gradients.checking.subject import Gradient, Line, Subject, Unmeasurable, Value
from regress_cli.gradients.checking.verdict import Outcome, Verdict
from regress_cli.gradients.quiet import quiet

# How far from the point, in parts of each parameter's size, the function is called again, and how often: a
# few random choices may be the same twice.
_BESIDE, _CALLS_BESIDE = 0.01, 4
# The relative error up to which a gradient is right. Measurements add their own errors to it.
RTOL = 1e-7


def check_gradient(
    value: Value,
    gradient: Gradient,
    at: Mapping[str, Any],
    *,
    rtol: float = RTOL,
    seed: int = 0,
    is_analytic: bool = True,
) -> Verdict:
    """Return the verdict on a gradient at one point.

    Args:
        value: Takes a dict of named float64 arrays and returns a single real number.
        gradient: Takes the same and returns the gradient that is claimed, an array for each name.
        at: The point: a number or an array for each name.
        rtol: The error, relative to the largest slope of the same parameter, up to which it is right.
        seed: Draws the random directions, and the sample of entries where there are many.
        is_analytic: Whether the complex step may be tried.

    >>> check_gradient(lambda p: p["x"] ** 3, lambda p: {"x": 3 * p["x"] ** 2}, {"x": 2.0}).outcome
    <Outcome.RIGHT: 'RIGHT'>
    >>> verdict = check_gradient(lambda p: p["x"] ** 3, lambda p: {"x": 3 * p["x"]}, {"x": 2.0})
    >>> print(verdict.outcome, "-", verdict.reason)
    WRONG - 6 is claimed, 12 is right
    """
    return check_subject(Subject(value, gradient, is_analytic), at, rtol=rtol, seed=seed)


def check_subject(subject: Subject, at: Mapping[str, Any], *, rtol: float = RTOL, seed: int = 0) -> Verdict:
    """Return the verdict on a subject at one point; see `check_gradient`."""
    try:
        point = {name: _real(name, value) for name, value in at.items()}
        with quiet():
            return _check(subject, point, rtol, np.random.default_rng(seed))
    except ChangedInput as change:
        return Verdict(Outcome.WRONG, str(change))
    except Unmeasurable as reason:
        return Verdict(Outcome.UNVERIFIABLE, str(reason))


def _check(subject: Subject, at: Params, rtol: float, rng: np.random.Generator) -> Verdict:
    if not sum(value.size for value in at.values()):
        return Verdict(Outcome.RIGHT, "there is no entry to be wrong")
    layout = Layout.of(at)
    line = _line(subject, layout, at)
    grads = call_twice(subject.gradient, at, "the gradient")
    trouble = _trouble(grads, layout)
    if trouble is not None:
        return Verdict(Outcome.WRONG, trouble)
    claimed = layout.flatten(grads).astype(float)
    probes = choose_probes(layout, line.point, claimed, rng)
    measurements, fates = measure(line, probes, claimed, is_analytic=subject.is_analytic)
    blocks = judge_blocks(measurements, layout, rtol)
    if subject.is_asked_nearby and judge(blocks)[0] in (Outcome.WRONG, Outcome.NOISE):
        # What is about to be called wrong, or is not seen, may be what cancels inside the gradient.
        by_entry = wobble(subject, layout, line.point, claimed)
        blocks = judge_blocks([m.wobbling(by_entry) for m in measurements], layout, rtol)
    judgement = hear_taylor(line, layout, claimed, Judgement(*judge(blocks)), blocks, rtol, rng)
    fates["Taylor remainder"] = USED if judgement.order is not None else "left out: it shows no order here"
    return Verdict(judgement.outcome, judgement.reason, blocks, judgement.order, fates, line.evaluations)


def _real(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise Unmeasurable(f"{name} holds numbers of the kind {array.dtype}, not real ones; give floats")
    return array.astype(float)


def _line(subject: Subject, layout: Layout, at: Params) -> Line:
    """Return the function along lines from the point, after a look at how it behaves there."""
    point = layout.flatten(at)
    if not np.isfinite(point).all():
        raise Unmeasurable("the point itself is not finite; choose another")
    try:
        call_twice(subject.value, at, "the function")
    except ChangedInput as change:
        raise Unmeasurable(str(change)) from change
    line = Line(subject.value, layout, point)
    if not np.isfinite(line.center):
        raise Unmeasurable(f"the function is {line.center} at this point; choose a point where it is finite")
    _look_beside(line, layout)
    return line


def _look_beside(line: Line, layout: Layout) -> None:
    """Refuse a function that draws random numbers which the point hides, as zero weights hide dropout."""
    sizes = typical_sizes(layout, line.point)
    first, *again = (np.asarray(line.at(_BESIDE, np.arange(len(sizes)), sizes)) for _ in range(_CALLS_BESIDE))
    if not all(is_same(first, other) for other in again):
        raise Unmeasurable(CHANGES.format(where="", what="the function"))


def _trouble(grads: Any, layout: Layout) -> str | None:
    """Return what is wrong with a gradient before any number of it is looked at."""
    if not isinstance(grads, Mapping):
        return "the gradient is no dict of arrays by name"
    for name, shape in layout.shapes.items():
        if name not in grads:
            return f"there is no gradient by {name}"
        array = np.asarray(grads[name])
        if array.dtype.kind not in "fiub":
            return f"the gradient by {name} holds numbers of the kind {array.dtype}, not real ones"
        if array.shape != shape:
            return f"the gradient by {name} has the shape {array.shape}, and {name} has the shape {shape}"
    return None
