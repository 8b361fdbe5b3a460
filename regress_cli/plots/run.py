"""The four figures of a run: fit, parity, loss, residuals."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from regress_cli.plots.axes import (
    LARGEST_DRAWN,
    Bands,
    Counts,
    Errors,
    Line,
    Points,
    draw_bands,
    draw_errors_of_points,
    draw_line,
    ends_of,
    new_axes,
    put_legend,
    scatter,
    scatter_hollow,
    shown_name,
)
from regress_cli.plots.style import COLORS, FIT_COLOR, LEVEL_COLORS, TRUTH_COLOR, styled


@styled
def fit_figure(
    points: Points,
    fit: Line,
    truth: Line | None,
    x_name: str,
    y_name: str,
    title: str,
    bands: Bands | None = None,
    errors: Errors | None = None,
    left_out: Line | None = None,
    fit_label: str = "fit",
    counts: Counts = None,
    points_label: str = "",
) -> Figure:
    """Draw data, fitted curve and (for synthetic data) true curve over a single input.

    Args:
        points: Input and target of each part.
        fit: The curve.
        truth: The true curve.
        x_name: Of the input.
        y_name: Of the target.
        title: Above the picture.
        bands: Around the curve, by their labels, the widest last: it is drawn the faintest.
        errors: The known standard deviation of each point, by the part.
        left_out: Input and target of the points that do not count.
        fit_label: What the curve is.
        counts: How many points each part has, where only some are given.
        points_label: What is said of the points besides their part.
    """
    figure, ax = new_axes(title, x_name, y_name)
    draw_bands(ax, bands or {})
    draw_errors_of_points(ax, points, errors or {})
    scatter(ax, points, counts, points_label)
    if left_out is not None:
        scatter_hollow(ax, left_out, "weight 0")
    draw_line(ax, fit, color=FIT_COLOR, linewidth=2, label=fit_label, zorder=3)
    if truth is not None:
        # On top, for its gaps let a fit that it covers be seen.
        draw_line(
            ax, truth, color=TRUTH_COLOR, linestyle="--", linewidth=1.5, label="true function", zorder=4
        )
    put_legend(figure, ax)
    return figure


@styled
def parity_figure(points: Points, y_name: str, title: str, counts: Counts = None) -> Figure:
    """Draw predictions against targets, for several inputs; a perfect fit lies on the diagonal.

    ``counts`` says how many points each part has, where only some are given.
    """
    name = shown_name(y_name)
    figure, ax = new_axes(title, f"{name} (data)", f"{name} (prediction)", is_square=True)
    scatter(ax, points, counts)
    ends = ends_of([np.concatenate(pair) for pair in points.values()])
    draw_line(ax, (ends, ends), color=TRUTH_COLOR, linestyle="--", label="prediction = data", zorder=3)
    ax.set_aspect("equal", adjustable="datalim")
    put_legend(figure, ax)
    return figure


@styled
def loss_figure(
    steps: Sequence[int],
    losses: Mapping[str, Sequence[float]],
    levels: Mapping[str, float],
    y_name: str,
    title: str,
    kept_step: int | None = None,
) -> Figure:
    """Draw the losses over the steps, with levels to hold them against; log scale where it helps.

    ``kept_step`` marks the step of the parameters that are kept, where that is not the last.
    """
    figure, ax = new_axes(title, "step", y_name)
    marker = "o" if len(steps) == 1 else None
    for part, values in losses.items():
        line = np.asarray(steps, dtype=float), np.asarray(values, dtype=float)
        draw_line(ax, line, color=COLORS[part], linewidth=1.8, marker=marker, label=part, zorder=3)
    for (label, value), color in zip(levels.items(), LEVEL_COLORS, strict=False):
        if abs(value) < LARGEST_DRAWN:
            ax.axhline(value, color=color, linestyle=":", linewidth=1.8, label=label, zorder=2)
    if kept_step is not None:
        label = f"kept: step {kept_step:,}"
        ax.axvline(kept_step, color=TRUTH_COLOR, linestyle="--", linewidth=1.2, label=label, zorder=2)
    scale_losses(ax, ends_of([*losses.values(), list(levels.values())]))
    if len(steps) > 1:
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 2.5, 5, 10]))
    else:
        ax.set_xticks(steps)
    put_legend(figure, ax)
    return figure


@styled
def residual_figure(
    points: Points, y_name: str, title: str, label: str | None = None, counts: Counts = None
) -> Figure:
    """Draw residuals (data - prediction) against predictions; a good fit leaves no pattern.

    ``label`` says what the residuals are, where they are not in the target's own unit; ``counts``, how many
    points each part has, where only some are given.
    """
    figure, ax = new_axes(
        title,
        f"{shown_name(y_name)} (prediction)",
        label or f"residual of {shown_name(y_name, 40)} (data \u2212 prediction)",
    )
    scatter(ax, points, counts)
    ax.axhline(0, color=TRUTH_COLOR, linestyle="--", linewidth=1.2, zorder=3)
    put_legend(figure, ax)
    return figure


def scale_losses(ax: Axes, ends: np.ndarray) -> None:
    """Use a log scale where the losses span more than a factor of 10; label it so that it can be read."""
    if not len(ends) or ends[0] <= 0 or ends[1] <= 10 * ends[0]:
        return
    ax.set_yscale("log")
    if ends[1] < 1e4 * ends[0]:
        # Over a few decades, powers of ten alone are too few ticks to read a loss from.
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
