"""Looks at the slope along one probe with differences: a first look, and closer ones where needed."""

from regress_cli.gradients.checking.oracles.differences import (
    FINER,
    FIRST_LOOK,
    LONGER,
    SAFETY,
    SWEEP,
    Slope,
    floor_of,
    steps_down_to,
    sweep,
)
from regress_cli.gradients.checking.sample import Probe
from regress_cli.gradients.checking.subject import Line

# A slope that is seen worse than this may be hidden by rounding, or may lie beyond the steps.
_SEEN = 1e-2
# Steps reach down to this part of an entry that is far below its block's size.
_INSIDE = 1e-4
# A parameter of this size may be a tiny number that stands for zero: then its size says nothing of its unit.
_TINY = 1e-6


def first_look(line: Line, probe: Probe) -> Slope:
    """Return the slope as two steps show it."""
    return floor_of(sweep(line.along(probe), line.center, FIRST_LOOK))


def close_look(line: Line, probe: Probe, exact: float | None) -> Slope:
    """Return the slope as a sweep shows it, with steps beyond the usual ones where those see nothing."""
    steps = SWEEP
    own = 0.0 if probe.is_projection else abs(float(line.point[probe.positions[0]] / probe.direction[0]))
    if 0 < own < 1:
        # An entry that is small beside its block's may have a pole or a kink at its own size.
        steps += steps_down_to(_INSIDE * own)
    slope = floor_of(sweep(line.along(probe), line.center, steps))
    if slope.jump or slope.tear or not _is_hidden(line, probe, slope, exact):
        return slope
    # What the usual steps do not move beyond rounding, longer ones may.
    longer = floor_of(sweep(line.along(probe), line.center, (*LONGER, *steps)))
    return longer if not longer.jump and _is_seen(longer) else slope


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


def _is_hidden(line: Line, probe: Probe, slope: Slope, exact: float | None) -> bool:
    """Whether rounding hides the slope, or may do so for a parameter whose size tells nothing."""
    if slope.is_flat:
        is_tiny = not probe.is_projection and 0 < abs(line.point[probe.positions[0]]) < _TINY
        return bool(is_tiny or exact)
    return not _is_seen(slope)


def _is_seen(slope: Slope) -> bool:
    return bool(SAFETY * slope.error <= _SEEN * abs(slope.value))
