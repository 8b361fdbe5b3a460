"""The losses of many runs in one figure: their median, and the band in which most of them lie."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from regress_cli.plots.axes import LARGEST_DRAWN, draw_line, ends_of, mixed_with_white, new_axes, put_legend
from regress_cli.plots.run import scale_losses
from regress_cli.plots.style import COLORS, styled

_STRENGTH = 0.2


@styled
def loss_band_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    y_name: str,
    title: str,
    band_label: str,
    has_band: bool,
) -> Figure:
    """Draw the median loss of each part over the steps, with its band; log scale where it helps.

    Args:
        curves: Steps, median, lower and upper edge of each part of the data, shape (n,) each.
        y_name: The loss.
        title: Above the picture.
        band_label: What the bands are.
        has_band: Whether there are enough runs for bands.
    """
    figure, ax = new_axes(title, "step", y_name)
    for part, (steps, middle, low, high) in curves.items():
        if has_band:
            lower, upper = (np.where(np.abs(edge) < LARGEST_DRAWN, edge, np.nan) for edge in (low, high))
            label = f"{part}: {band_label}"
            # Opaque, so that the sample in the legend has the colour of the band.
            color = mixed_with_white(COLORS[part], _STRENGTH)
            ax.fill_between(steps, lower, upper, color=color, linewidth=0, label=label, zorder=1)
        marker = "o" if len(steps) == 1 else None
        name = f"{part}: median" if has_band else part
        draw_line(ax, (steps, middle), color=COLORS[part], linewidth=1.8, marker=marker, label=name, zorder=3)
    scale_losses(ax, ends_of([edge for _, *edges in curves.values() for edge in edges]))
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 2.5, 5, 10]))
    put_legend(figure, ax)
    return figure
