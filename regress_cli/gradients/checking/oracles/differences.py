"""Central differences over a sweep of steps; the error is read off the curve that they draw.

A difference over a large step is off by the function's curvature, one over a small step by rounding.
Plotted over the steps, the change from one step to the next is a V. Its floor says which step is best,
and how far that one can be trusted. No single step does this: what suits one function misjudges another.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

EPSILON = float(np.finfo(float).eps)
# A smallest change that is larger than this, relative to the value, is no grain of rounding.
_LARGEST_GRAIN = 1e-4
# So many changes of different sizes show that a function moves by whole grains, among the small ones.
_FEWEST_GRAINS, _MOST_GRAINS = 3, 1e4
# How many of its own errors a slope may be off.
SAFETY = 10.0
# Two steps are enough where all goes well: the first look at an entry. No wave fits into both.
FIRST_LOOK = (1e-4, 1.7e-5)
# From a tenth of a parameter's size down to where rounding is all that is left.
SWEEP = tuple(10.0 ** (-k / 2) for k in range(2, 17))
# Further down, to see whether a function varies on a scale far below the parameter's own size.
FINER = tuple(10.0 ** (-k / 2) for k in range(17, 27))
# From this step on, slopes show how the function varies around the point.
_WIDE = 1e-3
# So many of the smallest steps have to agree that a function jumps, and to show noise.
_TAIL = 5
# The last of the steps that go on from the sweep is ten to the minus half of this.
_LOWEST = 60


@dataclass(frozen=True)
class Difference:
    """What one step shows.

    Attributes:
        step: How far to both sides.
        slope: ``(f(step) - f(-step)) / (2 step)``.
        jump: The slope on the right minus the slope on the left, ``(f(step) - 2 f(0) + f(-step)) / step``.
        noise: What rounding of the function's values makes of the slope.
    """

    step: float
    slope: float
    jump: float
    noise: float


@dataclass(frozen=True)
class Slope:
    """A derivative as the sweep shows it.

    Attributes:
        value: The slope; nan if too few values were finite.
        error: How far it may be off.
        jump: How much the slope on the right is larger than that on the left; 0 without a kink.
        variation: The steepest line from the point to any other that was looked at.
        tear: By how much the function itself seems to jump at the point; 0 where it does not.
        step: The larger of the two steps that show the slope.
        scatter: How far the slopes at the smallest steps lie from it beyond rounding of the values.
    """

    value: float
    error: float
    jump: float = 0.0
    variation: float = 0.0
    tear: float = 0.0
    step: float = 0.0
    scatter: float = 0.0

    @property
    def is_flat(self) -> bool:
        """Whether the function does not move at all."""
        return self.value == 0 and self.variation == 0

    def scaled(self, factor: float) -> "Slope":
        """Return the slope for a direction that is ``factor`` times as short."""
        return replace(
            self,
            value=self.value / factor,
            error=self.error / factor,
            jump=self.jump / factor,
            variation=self.variation / factor,
            scatter=self.scatter / factor,
        )


def sweep(along: Callable[[float], float], center: float, steps: Sequence[float] = SWEEP) -> list[Difference]:
    """Return what each step shows, for a function of one number; steps without finite values are left out.

    Args:
        along: The function, as seen from the point: ``along(0)`` is ``center``.
        center: Its value at the point.
        steps: From large to small.
    """
    found: list[Difference] = []
    changes: list[float] = []
    least_change, largest = np.inf, abs(center)
    for step in steps:
        right, left = along(step), along(-step)
        if not (np.isfinite(right) and np.isfinite(left)):
            continue
        slope, jump = (right - left) / (2 * step), ((right - center) + (left - center)) / step
        size = max(abs(right), abs(left), abs(center))
        largest = max(largest, size)
        changes += [right - center, left - center]
        # Values are rounded, and so are the arguments, which are about 1 / step times as large as the step.
        noise = EPSILON * (2 * size + abs(slope) + abs(jump)) / step
        if right not in (left, center) and left != center:
            least_change = min(least_change, abs(right - left))
        elif right == left and least_change < _LARGEST_GRAIN * largest:
            # The function moves by no less than this, so that no change says nothing about a smaller one.
            noise = max(noise, least_change / (2 * step))
        found.append(Difference(step, slope, jump, noise))
    grain = _grain(changes)
    # A function that moves by whole grains hides all that is smaller.
    return [replace(d, noise=max(d.noise, grain / (2 * d.step))) for d in found] if grain else found


def steps_down_to(least: float) -> tuple[float, ...]:
    """Return the steps that go on from the sweep's last one; none where that is small enough already.

    >>> steps_down_to(1e-10)
    (3.1622776601683795e-09, 1e-09, 3.1622776601683795e-10, 1e-10)
    """
    lowest = math.floor(-2 * math.log10(least) + 1e-9)
    return tuple(10.0 ** (-k / 2) for k in range(17, min(lowest, _LOWEST) + 1))


def floor_of(differences: Sequence[Difference]) -> Slope:
    """Return the slope at the floor of the V, with the floor's height as its error.

    Two steps that agree by chance are no floor: the slopes at all smaller steps have to bear them out, as
    far as noise lets them.

    >>> slope = floor_of(sweep(lambda t: float(np.exp(t)) - 1, 0.0))
    >>> abs(slope.value - 1) < 10 * slope.error < 1e-8
    True
    """
    jump, noises = _kink(differences), _noises(differences)
    best = Slope(np.nan, np.inf)
    for position, (larger, smaller) in enumerate(pairwise(differences)):
        error = max(
            abs(larger.slope - smaller.slope), *noises[position : position + 2], EPSILON * abs(smaller.slope)
        )
        if not jump and _crosses_kink(larger, smaller):
            # The slope at the point is one of the two that are mixed here.
            error = max(error, abs(smaller.jump) / 2)
        for other, noise in zip(differences[position + 2 :], noises[position + 2 :], strict=True):
            error = max(error, abs(smaller.slope - other.slope) - SAFETY * noise)
        if error < best.error:
            best = Slope(smaller.slope, error, step=larger.step)
    # Over small steps, what varies may be noise.
    wide = [d for d in differences if d.step >= _WIDE] or differences
    variation = max((abs(d.slope) + abs(d.jump) / 2 for d in wide), default=0.0)
    scatter = _scatter(differences, best.value)
    return replace(best, jump=jump, variation=variation, tear=_tear(differences), scatter=scatter)


def _grain(changes: Sequence[float]) -> float:
    """Return the number that all changes of the function are whole multiples of; 0 if there is none.

    So it is where the function rounds inside, as ``log(1 + exp(x))`` does where ``exp(x)`` is tiny. The
    steps are no multiples of each other, and neither are the changes of a function that is not rounded.

    >>> _grain([3e-16, -2e-16, 0.0, 1e-16]), _grain([3.1, 1.0, 0.31, -0.1])
    (1e-16, 0.0)
    """
    sizes = np.abs([change for change in changes if change])
    least = float(sizes.min(initial=np.inf))
    # Large steps move a function by so many grains that its last digits hide them.
    sizes = sizes[sizes <= _MOST_GRAINS * least]
    multiples = np.round(sizes / least)
    is_whole = np.abs(sizes - multiples * least) < 1e-6 * sizes
    return least if is_whole.all() and len(np.unique(multiples)) >= _FEWEST_GRAINS else 0.0


def _noises(differences: Sequence[Difference]) -> list[float]:
    """Return the noise of each slope: what rounding makes of it, or more if the smallest steps show more.

    Values may be rounded inside the function, before large numbers cancel. What that makes of a slope
    grows as the step shrinks, so that all of the last slopes show it.
    """
    steps = [(a.slope - b.slope) * b.step for a, b in pairwise(differences[-_TAIL:])]
    # Noise has no sign: what grows all the same way is the function's own doing, at a scale below the steps.
    is_scatter = len(steps) == _TAIL - 1 and min(steps) < 0 < max(steps)
    grain = min(map(abs, steps)) if is_scatter else 0.0
    return [max(d.noise, grain / d.step) for d in differences]


def _scatter(differences: Sequence[Difference], slope: float) -> float:
    """Return how far the last slopes lie from another one, beyond what rounding of the values explains."""
    tail = differences[-_TAIL:] if len(differences) > _TAIL else []
    return max(0.0, *(abs(d.slope - slope) - SAFETY * d.noise for d in tail)) if tail else 0.0


def _crosses_kink(larger: Difference, smaller: Difference) -> bool:
    """Whether the slopes on both sides do not meet as fast as those of a smooth function."""
    is_clear = all(abs(d.jump) > 40 * d.noise for d in (larger, smaller))
    # A smooth function's fall with the step; half as much again is left for higher orders.
    falls = abs(smaller.jump) <= 1.6 * (smaller.step / larger.step) * abs(larger.jump)
    return is_clear and not falls


def _tear(differences: Sequence[Difference]) -> float:
    """Return the function's change that stays as large as it is while the step shrinks; 0 if it falls."""
    changes = [(abs(d.slope) + abs(d.jump) / 2) * d.step for d in differences]
    last = changes[-_TAIL:]
    if len(changes) <= _TAIL or min(last) < 1e-3 * max(changes):
        return 0.0
    rounding = differences[0].noise * differences[0].step
    is_clear = min(last) > 1e6 * rounding and max(last) < 2 * min(last)
    return min(last) if is_clear else 0.0


def _kink(differences: Sequence[Difference]) -> float:
    """Return by how much the slope jumps; 0 where it does not.

    Where a function is smooth the two slopes meet as the step shrinks. At a kink, and where the
    smallest step that rounding allows still crosses one, their distance stays.
    """
    places = [k for k, d in enumerate(differences) if abs(d.jump) > 40 * d.noise]
    clear = [differences[k].jump for k in places[-3:]]
    if len(clear) < 3:
        return 0.0
    smallest, largest = min(map(abs, clear)), max(map(abs, clear))
    is_steady = largest < 2 * smallest and min(clear) * max(clear) > 0
    # Smaller steps at which it would be seen, and is gone, have left a kink nearby behind.
    is_gone = any(
        abs(d.jump) < smallest / 2 and 40 * d.noise < smallest / 2 for d in differences[places[-1] + 1 :]
    )
    if not is_steady or is_gone:
        return 0.0
    # At the point itself the jumps settle. Where the smallest step comes near a kink beside it, they fall.
    far, near, nearest = clear
    falls = max(abs(nearest - near) - abs(near - far), 0.0) > 0.05 * abs(nearest)
    return max(clear, key=abs) if falls else nearest
