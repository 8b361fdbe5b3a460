"""The figure of normal quantiles: residuals in their order, against what a normal sample would have there."""

import numpy as np
from matplotlib.figure import Figure

from regress_cli.plots.axes import Bands, draw_line, new_axes, put_legend, scatter
from regress_cli.plots.style import TRUTH_COLOR, styled


@styled
def quantile_figure(
    quantiles: np.ndarray, residuals: np.ndarray, y_label: str, title: str, bands: Bands, count: int
) -> Figure:
    """Draw residuals against normal quantiles; normal ones lie along the line, and most within the band.

    Args:
        quantiles: Of the standard normal distribution, increasing.
        residuals: Those of the same ranks, divided by their standard deviation.
        y_label: What the residuals are divided by.
        title: Above the picture.
        bands: Where the residuals of a normal sample lie, by its label.
        count: How many residuals there are; fewer may be given.
    """
    figure, ax = new_axes(title, "quantile of the standard normal distribution", y_label)
    for label, (x, low, high) in bands.items():
        ax.fill_between(x, low, high, color="#e8e8e8", linewidth=0, label=label, zorder=1)
    scatter(ax, {"train": (quantiles, residuals)}, {"train": count})
    ends = quantiles[[0, -1]] if len(quantiles) else np.zeros(0)
    line = {"color": TRUTH_COLOR, "linestyle": "--", "linewidth": 1.2}
    draw_line(ax, (ends, ends), label="normal distribution", zorder=3, **line)
    put_legend(figure, ax)
    return figure
