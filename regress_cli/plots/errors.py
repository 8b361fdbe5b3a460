"""A panel of errors by their step on log-log axes, where two kinds of error make a V."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from regress_cli.plots.axes import Line, draw_line, ends_of, raised
from regress_cli.plots.style import SERIES_COLORS, TRUTH_COLOR

_GUIDE_STYLES = ("--", ":")


def draw_errors(
    ax: Axes, errors: Mapping[str, Line], guides: Mapping[str, Line], places: Mapping[str, int]
) -> None:
    """Draw errors by their steps.

    Args:
        ax: The panel.
        errors: Steps and errors by the label.
        guides: What theory says of them, dashed and dotted.
        places: The place among the colours of the labels that have a colour already.
    """
    ax.set_xscale("log")
    ax.set_yscale("log")
    ends = ends_of([sizes[sizes > 0] for _, sizes in errors.values()])
    low, high = (0.1 * ends[0], 5 * ends[1]) if len(ends) else (1e-17, 1e-15)
    for place, (label, line) in enumerate(errors.items()):
        _draw_error(ax, label, line, SERIES_COLORS[places.get(label, place) % len(SERIES_COLORS)], low)
    ax.plot([], [], "o", color=TRUTH_COLOR, markersize=11, fillstyle="none", label="best step")
    if any((sizes == 0).any() for _, sizes in errors.values()):
        ax.plot([], [], "v", color=TRUTH_COLOR, markersize=7, label="no error at all")
    for (label, (steps, sizes)), style in zip(guides.items(), _GUIDE_STYLES, strict=False):
        guide = steps, np.where(sizes > 0, sizes, np.nan)
        draw_line(ax, guide, color=TRUTH_COLOR, linestyle=style, linewidth=1.2, label=raised(label), zorder=2)
    ax.set_ylim(low, high)
    ax.set_xlim(*(ends_of([steps for steps, _ in errors.values()]) * [0.6, 1.7]))


def _draw_error(ax: Axes, label: str, line: Line, color: str, low: float) -> None:
    """Draw the errors of one derivative, and a ring around the smallest.

    An error of 0 has no place on a log scale: a mark at the lower edge stands for it, and where there is one,
    none of the others is the best.
    """
    steps, sizes = line
    drawn = np.where(sizes > 0, sizes, np.nan)
    style = {"color": color, "linewidth": 1.8, "marker": "o", "markersize": 4, "zorder": 3}
    draw_line(ax, (steps, drawn), label=raised(label), **style)
    exact = steps[sizes == 0]
    if len(exact):
        ax.plot(exact, np.full(len(exact), low), "v", color=color, markersize=7, clip_on=False, zorder=4)
    elif np.isfinite(drawn).any():
        best = np.nanargmin(drawn)
        ax.plot(steps[best], drawn[best], "o", color=color, markersize=11, fillstyle="none", zorder=4)
