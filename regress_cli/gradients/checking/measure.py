"""Measures the slopes that a gradient is held against, each by every oracle that can see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from regress_cli.gradients.checking.oracles.complex_step import USED, Doubt, complex_slopes, doubt_about
from regress_cli.gradients.checking.oracles.differences import (
    EPSILON,
    FIRST_LOOK,
    SAFETY,
    Slope,
    floor_of,
    sweep,
)
from regress_cli.gradients.checking.sample import Probe
from regress_cli.gradients.checking.subject import Line, Unmeasurable

# A first look that is at least this sharp, relative to the block, needs no full sweep.
_SHARP = 1e-6
# What two ways to all digits may differ by.
_SAME = 1e-9


@dataclass(frozen=True)
class Measurement:
    """The slope along one probe, in the parameter's own unit.

    Attributes:
        probe: The direction.
        claimed: What the gradient says.
        slope: What differences show.
        exact: What the complex step shows; None where it is not trusted.
        sides: The lower and the upper slope where a kink lies right at the point; None without one.
        rounding: How far a right gradient may be off by rounding alone.
    """

    probe: Probe
    claimed: float
    slope: Slope
    exact: float | None
    sides: tuple[float, float] | None
    rounding: float

    @property
    def expected(self) -> float:
        """The oracle's number."""
        return self.slope.value if self.exact is None else self.exact


def measure(
    line: Line, probes: Sequence[Probe], claimed: np.ndarray, *, is_analytic: bool
) -> tuple[list[Measurement], dict[str, str]]:
    """Return a measurement for each probe, and what became of each oracle."""
    said = np.array([claimed[probe.positions] @ probe.direction for probe in probes])
    exact, complex_fate = None, "left out: the function itself holds a gradient"
    if is_analytic:
        exact, complex_fate = complex_slopes([_complex_along(line, probe) for probe in probes])
    slopes = [floor_of(sweep(_along(line, probe), line.center, FIRST_LOOK)) for probe in probes]
    hints = said if exact is None else exact
    scales = _scales(probes, np.array([slope.value for slope in slopes]), hints)
    for k, probe in enumerate(probes):
        if not _is_settled(slopes[k], said[k], None if exact is None else exact[k], scales[k]):
            slopes[k] = floor_of(sweep(_along(line, probe), line.center))
            if slopes[k].is_torn:
                raise Unmeasurable(
                    f"the function jumps at this point when {probe.block} changes, so that there is no "
                    "derivative; move the point"
                )
    if exact is not None:
        scales = _scales(probes, np.array([slope.value for slope in slopes]), exact)
        doubt = doubt_about(exact, slopes, scales)
        if doubt is not None and not _is_analytic_nearby(line, probes, doubt):
            exact, complex_fate = None, doubt
    steepest = float(np.nanmax([abs(slope.value) for slope in slopes], initial=0.0))
    measurements = [
        _measurement(line, probe, said[k], slopes[k], None if exact is None else exact[k], steepest)
        for k, probe in enumerate(probes)
    ]
    return measurements, {"differences": USED, "complex step": complex_fate}


def _measurement(
    line: Line, probe: Probe, said: float, slope: Slope, exact: float | None, steepest: float
) -> Measurement:
    """Turn slopes along a direction into slopes per unit of the parameter, for a single entry."""
    size = 1.0 if probe.is_projection else float(probe.direction[0])
    sides = _sides(line, probe, slope, exact, said)
    return Measurement(
        probe=probe,
        claimed=float(said / size),
        slope=slope.scaled(size),
        exact=None if exact is None else float(exact / size),
        sides=None if sides is None else (min(sides) / size, max(sides) / size),
        rounding=16 * EPSILON * max(line.largest, steepest) / size,
    )


def _sides(
    line: Line, probe: Probe, slope: Slope, exact: float | None, said: float
) -> tuple[float, float] | None:
    """Return the slopes on both sides of a kink: that of the point, or one that the smallest step crosses.

    The complex step has one on each side of the point, to all digits, also where differences are too noisy
    to show a kink; ``abs`` drops the imaginary part on both.
    """
    if exact is not None and (slope.jump or said != exact):
        other, _ = complex_slopes([lambda step: _complex_along(line, probe)(-step).conjugate()])
        if other is not None and abs(other[0] - exact) > _SAME * abs(exact):
            return exact, float(other[0])
    if not slope.jump:
        return None
    half = 0.6 * abs(slope.jump)
    return slope.value - half, slope.value + half


def _complex_along(line: Line, probe: Probe) -> Callable[[float], complex]:
    return lambda step: line.complex_at(step, probe.positions, probe.direction)


def _along(line: Line, probe: Probe) -> Callable[[float], float]:
    return lambda step: line.at(step, probe.positions, probe.direction)


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
    return doubt_about(exact, [slope], np.abs(exact)) is None
