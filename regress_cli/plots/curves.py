"""A panel of curves around a point: poles, steep derivatives and constants leave it readable."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from regress_cli.plots.axes import Line, draw_line, raised
from regress_cli.plots.style import SERIES_COLORS, TRUTH_COLOR

# Beyond that a curve is on its way to a pole.
_LARGEST_CURVE = 1e100


def draw_curves(ax: Axes, at: float, curves: Mapping[str, Line], slopes: Sequence[float]) -> None:
    """Draw curves over x that are symmetrical around a point, marked at the point.

    Args:
        ax: The panel.
        at: Where the point lies.
        curves: Each by its label. One without a slope is scaled down to the size of the first.
        slopes: Of the tangents of the first curves; nan where a curve has none.
    """
    scales = _scales([y for _, y in curves.values()], len(slopes))
    scaled = [y / scale for (_, y), scale in zip(curves.values(), scales, strict=True)]
    low, high = _window(scaled)
    # What lies far outside is a gap, so that no line leads from one side of a pole to the other.
    far = 3 * (high - low)
    for number, (label, (x, _)) in enumerate(curves.items()):
        y, color = scaled[number], SERIES_COLORS[number % len(SERIES_COLORS)]
        near = np.where((y > low - far) & (y < high + far), y, np.nan)
        name = raised(label) + ("" if scales[number] == 1 else f", divided by {scales[number]:,.0f}")
        draw_line(ax, (x, near), color=color, linewidth=1.8, label=name, zorder=3)
        here = y[len(y) // 2]
        draw_line(ax, (np.array([at]), np.array([here])), color=color, marker="o", markersize=6, zorder=3)
        if number < len(slopes):
            ends = (x - at)[[0, -1]] / 3
            tangent = at + ends, here + slopes[number] * ends
            draw_line(ax, tangent, color=color, linestyle="--", linewidth=1.4, zorder=3)
    if np.isfinite(slopes).any():
        # One entry for all tangents, whatever their colours.
        ax.plot([], [], color=TRUTH_COLOR, linestyle="--", linewidth=1.4, label="tangent")
    ax.axvline(at, color=TRUTH_COLOR, linewidth=0.8, zorder=1)
    margin = 0.06 * (high - low)
    ax.set_ylim(low - margin, high + margin)


def _scales(values: Sequence[np.ndarray], with_tangent: int) -> list[float]:
    """Return the powers of ten that bring curves down to the first one's size; 1 for those with a tangent."""
    sizes = [high - low for low, high in map(_most, values)]
    scales = [1.0] * len(values)
    for number in range(with_tangent, len(values)):
        if sizes[number] > 10 * sizes[0] > 0:
            scales[number] = 10.0 ** math.floor(math.log10(sizes[number] / sizes[0]))
    return scales


def _most(y: np.ndarray) -> tuple[float, float]:
    """Return the ends between which most of a curve lies, whatever the rest of it does at a pole."""
    known = y[np.abs(y) < _LARGEST_CURVE]
    low, high = np.percentile(known, [10, 90]) if len(known) else (0.0, 0.0)
    return float(low), float(high)


def _window(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the ends of an axis that shows the curves, but follows none of them to a pole."""
    ends = []
    for y in values:
        known = y[np.abs(y) < _LARGEST_CURVE]
        if len(known):
            low, high = _most(y)
            room = high - low
            ends += [max(known.min(), low - room), min(known.max(), high + room)]
        if np.isfinite(y[len(y) // 2]):
            ends.append(y[len(y) // 2])
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    # A constant has a window too.
    room = 0.0 if high - low > 1e-9 * max(abs(low), abs(high)) else max(abs(high), 1.0)
    return float(low - room), float(high + room)
