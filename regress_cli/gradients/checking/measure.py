"""Measures the slopes that a gradient is held against, each by every oracle that can see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from regress_cli.gradients.checking.oracles.complex_step import USED, Doubt, complex_slopes, doubt_about
from regress_cli.gradients.checking.oracles.differences import (
    EPSILON,
    FINER,
    FIRST_LOOK,
    SAFETY,
    SWEEP,
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
        rival: What the complex step shows where it is not trusted, if differences over other steps agree.
        sides: The lower and the upper slope where a kink lies right at the point; None without one.
        rounding: How far a right gradient is off by rounding alone, as far as that can be seen.
        suspicion: How far it may be off where large numbers cancel in it unseen.
    """

    probe: Probe
    claimed: float
    slope: Slope
    exact: float | None
    rival: float | None
    sides: tuple[float, float] | None
    rounding: float
    suspicion: float

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
        exact, complex_fate = complex_slopes([_complex_along(line, probe) for probe in probes])
    slopes = [floor_of(sweep(_along(line, probe), line.center, FIRST_LOOK)) for probe in probes]
    hints = said if exact is None else exact
    scales = _scales(probes, np.array([slope.value for slope in slopes]), hints)
    for k, probe in enumerate(probes):
        if not _is_settled(slopes[k], said[k], None if exact is None else exact[k], scales[k]):
            slopes[k] = floor_of(sweep(_along(line, probe), line.center))
            if _is_torn(line, probe, slopes[k], None if exact is None else exact[k]):
                raise Unmeasurable(
                    f"the function jumps at this point when {probe.block} changes, so that there is no "
                    "derivative; move the point"
                )
    if exact is not None:
        doubt = doubt_about(exact, slopes)
        if doubt is not None and not _is_analytic_nearby(line, probes, doubt):
            rivals = [_rival(line, *each) for each in zip(probes, slopes, exact, strict=True)]
            exact, complex_fate = None, doubt
    shaken = None if exact is None else _Shaken(line, probes, exact)
    measurements = [
        _measurement(line, probe, said[k], slopes[k], None if exact is None else exact[k], rivals[k], shaken)
        for k, probe in enumerate(probes)
    ]
    return measurements, {"differences": USED, "complex step": complex_fate}


class _Shaken:
    """The lines from two points that rounding can't tell from the point: how far do the slopes change?

    They are made when they are first asked for.
    """

    def __init__(self, line: Line, probes: Sequence[Probe], exact: np.ndarray) -> None:
        self._line = line
        self._lines: list[Line] = []
        slopes = [abs(e / p.direction[0]) for e, p in zip(exact, probes, strict=True) if not p.is_projection]
        # What is one minus nearly one, in a saturated layer say, has lost what is this small beside others.
        self._least = 2 * EPSILON * max(slopes, default=0.0)

    def rounding(self, probe: Probe, exact: float) -> float:
        """Return how far rounding may take a slope: as the complex step's changes, along the probe."""
        own = self._least * (1.0 if probe.is_projection else abs(probe.direction[0]))
        return SAFETY * max(own, self._spread(probe, exact))

    def _spread(self, probe: Probe, exact: float) -> float:
        """Return the largest change of the complex step's slope, 0 where that is no rounding."""
        if not self._lines:
            self._lines = [
                self._line.moved_to(1.0, *_few_roundings(self._line.point, seed)) for seed in (0, 1)
            ]
        found, _ = complex_slopes([_complex_along(line, probe) for line in self._lines])
        change = 0.0 if found is None else float(np.abs(found - exact).max())
        # A larger change is that of a kink in between.
        return change if change < 1e-3 * max(abs(exact), self._line.largest) else 0.0


def _few_roundings(point: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all positions, and a step of a few roundings for each; zeros move as the others do."""
    typical = float(np.sqrt(np.mean(point**2))) or 1.0
    sizes = np.where(point == 0, typical, np.abs(point))
    return np.arange(len(point)), 4 * EPSILON * np.random.default_rng(seed).choice(
        [-1.0, 1.0], len(point)
    ) * sizes


def _measurement(
    line: Line,
    probe: Probe,
    said: float,
    slope: Slope,
    exact: float | None,
    rival: float | None,
    shaken: _Shaken | None,
) -> Measurement:
    """Turn slopes along a direction into slopes per unit of the parameter, for a single entry."""
    size = 1.0 if probe.is_projection else float(probe.direction[0])
    sides = _sides(line, probe, slope, exact, said)
    rounding = 0.0
    if exact is not None and shaken is not None and said != exact:
        rounding = shaken.rounding(probe, exact)
    return Measurement(
        probe=probe,
        claimed=float(said / size),
        slope=slope.scaled(size),
        exact=None if exact is None else float(exact / size),
        rival=None if rival is None else rival / size,
        sides=None if sides is None else (min(sides) / size, max(sides) / size),
        rounding=rounding / size,
        suspicion=16 * EPSILON * line.largest / max(size, float(np.sqrt(np.mean(line.point**2)))),
    )


def _rival(line: Line, probe: Probe, slope: Slope, exact: float) -> float | None:
    """Return the complex step's slope if differences over other steps agree with it: then nobody can tell.

    So it is where large numbers cancel, and small steps move nothing; and where a function varies on a scale
    that lies below the usual steps.
    """
    if abs(exact - slope.value) <= max(SAFETY * slope.error, 0.2 * abs(exact)):
        return None
    found = sweep(_along(line, probe), line.center, (*SWEEP, *FINER))
    near = [abs(d.slope - exact) <= 0.1 * abs(exact) and d.noise < 0.1 * abs(exact) for d in found]
    return exact if any(all(near[k : k + 3]) for k in range(len(near) - 2)) else None


def _is_torn(line: Line, probe: Probe, slope: Slope, exact: float | None) -> bool:
    """Whether the function jumps right at the point, and is not only steep there."""
    # Steps that are large beside the parameter itself may cross a pole.
    is_near = probe.is_projection or abs(line.point[probe.positions[0]]) in (0.0, probe.direction[0])
    is_steep = exact is not None and abs(exact) * SWEEP[-1] > 0.1 * slope.tear
    return slope.tear > 0 and is_near and not is_steep


def _sides(
    line: Line, probe: Probe, slope: Slope, exact: float | None, said: float
) -> tuple[float, float] | None:
    """Return the slopes on both sides of a kink: that of the point, or one that the smallest step crosses.

    The complex step has one on each side of the point, to all digits, also where differences are too noisy
    to show a kink; ``abs`` drops the imaginary part on both.
    """
    if exact is not None and (slope.jump or said != exact):
        other, _ = complex_slopes([lambda step: _complex_along(line, probe)(-step).conjugate()])
        apart = 0.0 if other is None else abs(float(other[0]) - exact)
        # Where another kink hides from the complex step, differences show a larger jump.
        is_whole = not slope.jump or abs(apart - abs(slope.jump)) < 0.2 * abs(slope.jump)
        if other is not None and apart > _SAME * abs(exact) and is_whole:
            return exact, float(other[0])
    if not slope.jump:
        return None
    half = 0.52 * abs(slope.jump)
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
    return doubt_about(exact, [slope]) is None
