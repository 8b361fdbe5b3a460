"""Looks at the slope along one probe with differences: a first look, and closer ones where needed."""

from regress_cli.gradients.checking.oracles.differences import (
    FINER,
    FIRST_LOOK,
    SAFETY,
    SWEEP,
    Slope,
    floor_of,
    steps_down_to,
    sweep,
)
from regress_cli.gradients.checking.sample import Probe
from regress_cli.gradients.checking.subject import Line

# Steps reach down to this part of an entry that is far below its block's size.
_INSIDE = 1e-4
# A parameter of this size may stand for zero: then its size says nothing of its unit, which may be 1.
_TINY = 1e-6


def first_look(line: Line, probe: Probe) -> Slope:
    """Return the slope as two steps show it."""
    return floor_of(sweep(line.along(probe), line.center, FIRST_LOOK))


def is_tiny(probe: Probe) -> bool:
    """Whether a parameter may stand for zero, so that steps of its own size may move nothing."""
    return not probe.is_projection and bool(probe.direction[0] < _TINY)


def close_look(line: Line, probe: Probe) -> Slope:
    """Return the slope as a sweep shows it, with other steps where the parameter asks for them."""
    if probe.is_projection:
        return floor_of(sweep(line.along(probe), line.center))
    size = float(probe.direction[0])
    own = abs(float(line.point[probe.positions[0]])) / size
    steps = SWEEP
    if is_tiny(probe):
        steps = (*(step / size for step in SWEEP), *SWEEP)
    elif 0 < own < 1:
        # An entry that is small beside its block's may have a pole or a kink at its own size.
        steps = (*SWEEP, *steps_down_to(_INSIDE * own))
    slope = floor_of(sweep(line.along(probe), line.center, steps))
    if slope.jump and own == 0:
        # A smooth function that turns within the smallest step looks like a kink.
        slope = floor_of(sweep(line.along(probe), line.center, (*SWEEP, *FINER)))
    return slope


def rival_of(line: Line, probe: Probe, slope: Slope, exact: float) -> float | None:
    """Return the complex step's slope if differences over other steps agree with it: then nobody can tell.

    So it is where large numbers cancel, and small steps move nothing; and where a function varies on a scale
    that lies below the usual steps.
    """
    if abs(exact - slope.value) <= max(SAFETY * slope.error, 0.2 * abs(exact)):
        return None
    found = sweep(line.along(probe), line.center, (*SWEEP, *FINER))
    near = [abs(d.slope - exact) <= 0.1 * abs(exact) and d.noise < 0.1 * abs(exact) for d in found]
    return exact if any(all(near[k : k + 3]) for k in range(len(near) - 2)) else None


def is_torn(line: Line, probe: Probe, slope: Slope, exact: float | None) -> bool:
    """Whether the function jumps right at the point, and is not only steep there."""
    # Steps that are large beside the parameter itself may cross a pole.
    is_near = probe.is_projection or abs(line.point[probe.positions[0]]) in (0.0, probe.direction[0])
    is_steep = exact is not None and abs(exact) * SWEEP[-1] > 0.1 * slope.tear
    return slope.tear > 0 and is_near and not is_steep
