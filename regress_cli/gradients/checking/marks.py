"""What a single measurement says: right, wrong, on a kink, or too noisy to tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from regress_cli.gradients.checking.measure import Measurement
from regress_cli.gradients.checking.oracles.differences import SAFETY

# An entry is judged only if an error of this size, relative to its block, would be seen.
_COARSEST = 1e-3
# How many more of its bounds a difference has to be off before its entry is wrong.
_CLEAR = 2.0
# A slope that differences show to this part is there.
_SEEN = 1e-2
# A slope that is this small a part of how the function varies around the point is zero.
_ZERO = 1e-6


class Mark(Enum):
    """What is said of one entry."""

    RIGHT = auto()
    KINK = auto()
    UNDECIDED = auto()
    TORN = auto()
    WRONG = auto()


@dataclass(frozen=True)
class Marked:
    """A measurement with its mark, and its error relative to the scale of its kind."""

    measurement: Measurement
    mark: Mark
    error: float
    scale: float
    tolerance: float

    @property
    def is_projection(self) -> bool:
        """Whether it is a random direction, and no single entry."""
        return self.measurement.probe.is_projection


def mark_all(measurements: Sequence[Measurement], rtol: float) -> list[Marked]:
    """Mark the measurements of one block; errors are relative to the largest slope that was measured.

    Args:
        measurements: All of the same kind: single entries, or random directions.
        rtol: The relative error up to which a gradient is right.
    """
    # The claimed slopes do not count: a wrong one must not set the scale that it is judged by.
    scale = max((abs(m.expected) for m in measurements if np.isfinite(m.expected)), default=0.0)
    return [_marked(m, scale, rtol) for m in measurements]


def _marked(m: Measurement, scale: float, rtol: float) -> Marked:
    measured = SAFETY * m.slope.error if m.exact is None else 0.0
    tolerance = rtol * scale + measured + m.rounding
    if m.is_torn:
        mark = Mark.TORN
    elif m.exact is not None and m.sides is None and abs(m.claimed - m.exact) <= rtol * scale:
        # Both have all their digits: no rounding of the function's values comes in.
        mark = Mark.RIGHT
    else:
        mark = _mark(m, scale, tolerance, max(_COARSEST, 2 * rtol))
    return Marked(m, mark, _relative_error(m, scale, mark, tolerance), scale, tolerance)


def _mark(m: Measurement, scale: float, tolerance: float, coarsest: float) -> Mark:
    if not np.isfinite(m.expected):
        return Mark.UNDECIDED
    if m.rival is not None and _is_one_of(m.claimed, m.rival, m.expected):
        return Mark.UNDECIDED
    if not (np.isfinite(m.claimed) or _is_seen(m) or m.slope.is_flat):
        # Where the slope has no limit, as that of a square root at 0, a gradient can't be finite.
        return Mark.UNDECIDED
    if m.sides is not None and m.sides[1] - m.sides[0] > tolerance:
        # Between the slopes on both sides of a kink, every number is a convention.
        is_between = m.sides[0] - tolerance <= m.claimed <= m.sides[1] + tolerance
        # A kink beside the point, which the smallest step crosses, blurs what differences show of both.
        is_exact = m.exact is not None and abs(m.claimed - m.exact) <= tolerance
        return Mark.KINK if is_between or is_exact else Mark.WRONG
    if max(abs(m.claimed), abs(m.expected)) <= m.wobble and not _is_seen(m):
        # All that is left of what cancels is rounding: a zero.
        return Mark.RIGHT
    difference = abs(m.claimed - m.expected)
    if not difference <= tolerance:
        # To be called wrong takes more than to be not seen to be right.
        doubt = SAFETY * m.slope.error + m.slope.scatter if m.exact is None else 0.0
        is_clear = not difference <= tolerance + m.suspicion + m.wobble + _CLEAR * doubt
        return Mark.WRONG if is_clear else Mark.UNDECIDED
    # With all digits of the expected number known, a claim that is as near as this is near enough.
    is_sharp = tolerance <= coarsest * scale or (m.exact is not None and difference <= coarsest * scale)
    return Mark.RIGHT if is_sharp or _is_zero(m, scale, tolerance) else Mark.UNDECIDED


def _is_one_of(claimed: float, *numbers: float) -> bool:
    return any(abs(claimed - number) <= 0.1 * abs(number) for number in numbers)


def _is_seen(m: Measurement) -> bool:
    """Whether differences show a slope that is not zero."""
    return bool(SAFETY * m.slope.error < _SEEN * abs(m.slope.value))


def _is_zero(m: Measurement, scale: float, tolerance: float) -> bool:
    """Whether the slope is zero: too small to be seen, where small ones would be, or nothing moves at all."""
    if scale > tolerance or _is_seen(m):
        return False
    is_still = m.slope.is_flat and abs(m.claimed) <= m.suspicion
    return m.exact is not None or is_still or tolerance <= _ZERO * m.slope.variation


def _relative_error(m: Measurement, scale: float, mark: Mark, tolerance: float) -> float:
    difference = abs(m.claimed - m.expected)
    if mark is Mark.RIGHT and scale <= tolerance:
        # A slope of zero has no size that an error could be relative to.
        return 0.0
    if mark in (Mark.KINK, Mark.TORN) or (not np.isfinite(difference) and mark is not Mark.WRONG):
        return 0.0
    if np.isnan(difference):
        return np.inf
    return float(difference / scale) if scale else np.inf
