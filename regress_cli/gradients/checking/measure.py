"""Measures the slopes that a gradient is held against, each by every oracle that can see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regress_cli.gradients.checking.looks import close_look, first_look, is_tiny, is_torn, rival_of
from regress_cli.gradients.checking.oracles.complex_step import USED, Doubt, complex_slopes, doubt_about
from regress_cli.gradients.checking.oracles.differences import EPSILON, SAFETY, Slope, floor_of, sweep
from regress_cli.gradients.checking.rounding import Shaken
from regress_cli.gradients.checking.sample import Probe
from regress_cli.gradients.checking.subject import Line

# A first look that is at least this sharp, relative to the block, needs no full sweep.
_SHARP = 1e-6
# What two ways to all digits may differ by, and by what they may do so without anything to explain.
_SAME, _LAST_DIGITS = 1e-9, 1e-13


@dataclass(frozen=True)
class Measurement:
    """The slope along one probe, in the parameter's own unit.

    Attributes:
        probe: The direction.
        claimed: What the gradient says.
        slope: What differences show.
        exact: What the complex step shows; None where it is not trusted.
        rival: What the complex step shows where it is not trusted, if differences over other steps agree.
        sides: The lower and the upper slope where a kink lies right at the point; None without one.
        rounding: How far a right gradient is off by rounding alone, as far as that can be seen.
        suspicion: How far it may be off where large numbers cancel in it unseen.
        is_torn: Whether the function jumps at the point, so that there is no derivative.
        wobble: How far the claimed slope itself moves at points that rounding can't tell from this one.
    """

    probe: Probe
    claimed: float
    slope: Slope
    exact: float | None
    rival: float | None
    sides: tuple[float, float] | None
    rounding: float
    suspicion: float
    is_torn: bool
    wobble: float = 0.0

    def wobbling(self, by_entry: np.ndarray) -> "Measurement":
        """Return the same with the wobble of its entries, shape (p,)."""
        wobble = SAFETY * float(by_entry[self.probe.positions] @ np.abs(self.probe.direction))
        size = 1.0 if self.probe.is_projection else float(self.probe.direction[0])
        return replace(self, wobble=wobble / size)

    @property
    def expected(self) -> float:
        """The oracle's number."""
        return self.slope.value if self.exact is None else self.exact


def measure(
    line: Line, probes: Sequence[Probe], claimed: np.ndarray, *, is_analytic: bool
) -> tuple[list[Measurement], dict[str, str]]:
    """Return a measurement for each probe, and what became of each oracle."""
    said = np.array([claimed[probe.positions] @ probe.direction for probe in probes])
    rivals: list[float | None] = [None] * len(probes)
    exact, complex_fate = None, "left out: the function itself holds a gradient"
    if is_analytic:
        exact, complex_fate = complex_slopes([line.complex_along(probe) for probe in probes])
    slopes, torn = _differences(line, probes, said, exact)
    if exact is not None:
        whole = [k for k, is_jump in enumerate(torn) if not is_jump]
        doubt = doubt_about(exact[whole], [slopes[k] for k in whole])
        if doubt is not None and not _is_analytic_nearby(line, probes, doubt):
            rivals = [rival_of(line, *each) for each in zip(probes, slopes, exact, strict=True)]
            exact, complex_fate = None, doubt
    shaken = None if exact is None else Shaken(line, probes, exact)
    measurements = [
        _measurement(
            line, probe, said[k], slopes[k], None if exact is None else exact[k], rivals[k], shaken, torn[k]
        )
        for k, probe in enumerate(probes)
    ]
    return measurements, {"differences": USED, "complex step": complex_fate}


def _differences(
    line: Line, probes: Sequence[Probe], said: np.ndarray, exact: np.ndarray | None
) -> tuple[list[Slope], list[bool]]:
    """Return the slopes by differences, and whether the function jumps there."""
    slopes, torn = [first_look(line, probe) for probe in probes], [False] * len(probes)
    scales = _scales(probes, np.array([slope.value for slope in slopes]), said if exact is None else exact)
    for k, probe in enumerate(probes):
        own = None if exact is None else exact[k]
        if is_tiny(probe) or not _is_settled(slopes[k], said[k], own, scales[k]):
            slopes[k] = close_look(line, probe)
            torn[k] = is_torn(line, probe, slopes[k], own)
    return slopes, torn


def _measurement(
    line: Line,
    probe: Probe,
    said: float,
    slope: Slope,
    exact: float | None,
    rival: float | None,
    shaken: Shaken | None,
    is_torn: bool,
) -> Measurement:
    """Turn slopes along a direction into slopes per unit of the parameter, for a single entry."""
    size = 1.0 if probe.is_projection else float(probe.direction[0])
    sides = _sides(line, probe, slope, exact, said)
    rounding = 0.0
    # What changes beside a kink that lies right at the point is the kink's doing.
    if exact is not None and shaken is not None and sides is None and _is_apart(said, exact):
        rounding = shaken.rounding(probe, exact)
    return Measurement(
        probe=probe,
        claimed=float(said / size),
        slope=slope.scaled(size),
        exact=None if exact is None else float(exact / size),
        rival=None if rival is None else rival / size,
        sides=None if sides is None else (min(sides) / size, max(sides) / size),
        rounding=rounding / size,
        suspicion=16 * EPSILON * line.largest / _reach(line, size, slope),
        is_torn=is_torn,
    )


def _reach(line: Line, size: float, slope: Slope) -> float:
    """Return the parameter's change that large numbers inside the function are felt over."""
    return max(size * max(1.0, slope.step), float(np.sqrt(np.mean(line.point**2))))


def _sides(
    line: Line, probe: Probe, slope: Slope, exact: float | None, said: float
) -> tuple[float, float] | None:
    """Return the slopes on both sides of a kink: that of the point, or one that the smallest step crosses.

    The complex step has one on each side of the point, to all digits, also where differences are too noisy
    to show a kink; ``abs`` drops the imaginary part on both.
    """
    if exact is not None and (slope.jump or _is_apart(said, exact)):
        other, _ = complex_slopes([lambda step: line.complex_along(probe)(-step).conjugate()])
        apart = 0.0 if other is None else abs(float(other[0]) - exact)
        # Where another kink hides from the complex step, differences show a larger jump.
        is_whole = not slope.jump or abs(apart - abs(slope.jump)) < 0.2 * abs(slope.jump)
        if other is not None and apart > _SAME * abs(exact) and is_whole:
            return exact, float(other[0])
    if not slope.jump:
        return None
    half = 0.52 * abs(slope.jump)
    return slope.value - half, slope.value + half


def _is_apart(said: float, exact: float) -> bool:
    """Whether a claim differs from the complex step by more than the order of operations may do."""
    return not abs(said - exact) <= _LAST_DIGITS * abs(exact)


def _scales(probes: Sequence[Probe], *candidates: np.ndarray) -> np.ndarray:
    """Return for each probe the largest slope of its block and kind."""
    sizes = np.nanmax(np.abs(np.array(candidates)), axis=0, initial=0.0)
    largest: dict[tuple[str, bool], float] = {}
    for probe, size in zip(probes, sizes, strict=True):
        key = probe.block, probe.is_projection
        largest[key] = max(largest.get(key, 0.0), float(size))
    return np.array([largest[probe.block, probe.is_projection] for probe in probes])


def _is_settled(slope: Slope, said: float, exact: float | None, scale: float) -> bool:
    """Whether a first look needs no second one: it is sharp, and all that is known agrees with it."""
    error = SAFETY * slope.error
    if not error <= _SHARP * scale:
        return False
    if exact is not None and abs(said - exact) > _SAME * scale:
        return False
    return abs(said - slope.value) <= error + _SHARP * scale


def _is_analytic_nearby(line: Line, probes: Sequence[Probe], doubt: Doubt) -> bool:
    """Where slopes are too small to show whether the code is analytic, look at a point beside."""
    if doubt is not Doubt.UNPROVEN:
        return False
    positions = np.unique(np.concatenate([probe.positions for probe in probes]))
    sizes = np.ones(len(line.point))
    for probe in probes:
        sizes[probe.positions] = np.abs(probe.direction)
    direction = np.random.default_rng(0).choice([-1.0, 1.0], len(positions)) * sizes[positions]
    beside = line.moved_to(0.3, positions, direction)
    exact, _ = complex_slopes([lambda step: beside.complex_at(step, positions, direction)])
    if exact is None:
        return False
    slope = floor_of(sweep(lambda step: beside.at(step, positions, direction), beside.center))
    return doubt_about(exact, [slope]) is None
