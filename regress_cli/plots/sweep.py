"""The figures of a sweep: a metric against what was varied, and over two of them at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from regress_cli.plots.axes import LARGEST_DRAWN, fit_text, new_axes, put_legend, shown_name
from regress_cli.plots.style import COLORS, FIT_COLOR, styled
from regress_cli.text import four_digits

# The label of a value, and where it stands: its own number, or its place in the list.
_MOST_TICKS = 24
_LONGEST_TICK = 18
# Values that are further apart than this are drawn on a logarithmic axis.
_WIDE = 50.0
# Cells that are fewer than this can hold their number.
_MOST_NUMBERS = 120


@styled
def sweep_figure(
    labels: Sequence[str],
    positions: np.ndarray | None,
    places: np.ndarray,
    metric: np.ndarray,
    x_label: str,
    y_label: str,
    title: str,
) -> Figure:
    """Draw the metric of each run over the value that it has of one parameter, and their mean at each value.

    Args:
        labels: Of the values, in order.
        positions: The values as numbers, increasing; None where they are none, and stand side by side.
        places: The number of each run's value in the list, shape (n,).
        metric: Of each run, shape (n,); what is not finite is left out.
        x_label: The parameter.
        y_label: The metric.
        title: Above the picture.
    """
    figure, ax = new_axes(title, x_label, y_label)
    at = np.arange(len(labels), dtype=float) if positions is None else positions
    drawable = np.isfinite(metric) & (np.abs(metric) < LARGEST_DRAWN)
    places, metric = places[drawable], metric[drawable]
    _scale_x(ax, labels, positions)
    if len(metric):
        ax.scatter(
            at[places], metric, s=16, alpha=0.6, color=COLORS["train"], linewidths=0, label="a run", zorder=2
        )
        _draw_means(ax, at, places, metric, is_line=positions is not None)
        if metric.min() > 0 and metric.max() > _WIDE * metric.min():
            ax.set_yscale("log")
        put_legend(figure, ax)
    else:
        _say_nothing_is_there(ax)
    return figure


@styled
def heat_figure(
    columns: Sequence[str], rows: Sequence[str], values: np.ndarray, x_label: str, y_label: str, title: str
) -> Figure:
    """Draw the mean metric of the runs with each pair of values as a cell; an empty one has no run.

    Args:
        columns: The labels of the first parameter's values.
        rows: Those of the second one's.
        values: The mean metric, shape (rows, columns); NaN where there is none.
        x_label: The first parameter.
        y_label: The second one.
        title: Above the picture.
    """
    figure, ax = new_axes(title, x_label, y_label)
    shown = np.where(np.abs(values) < LARGEST_DRAWN, values, np.nan)
    known = shown[np.isfinite(shown)]
    is_wide = len(known) > 0 and known.min() > 0 and known.max() > _WIDE * known.min()
    image = ax.imshow(
        shown, aspect="auto", origin="lower", cmap="viridis", norm=LogNorm() if is_wide else None
    )
    ax.grid(visible=False)
    _label_ticks(ax, columns)
    _label_ticks(ax, rows, is_vertical=True)
    if not len(known):
        _say_nothing_is_there(ax)
        return figure
    figure.colorbar(image, ax=ax)
    if shown.size <= _MOST_NUMBERS:
        lightness = np.asarray(image.norm(shown), dtype=float)
        for (row, column), value in np.ndenumerate(shown):
            if np.isfinite(value):
                color = "white" if lightness[row, column] < 0.5 else "black"
                ax.text(column, row, four_digits(value), ha="center", va="center", fontsize=8, color=color)
    return figure


def _draw_means(ax: Axes, at: np.ndarray, places: np.ndarray, metric: np.ndarray, *, is_line: bool) -> None:
    """Draw the mean at each value, if some value has several runs; else the runs say it all."""
    present, counts = np.unique(places, return_counts=True)
    if counts.max() == 1:
        return
    means = [float(metric[places == place].mean()) for place in present]
    style: dict[str, Any] = {"color": FIT_COLOR, "markersize": 5, "linewidth": 1.2, "zorder": 3}
    ax.plot(at[present], means, "-o" if is_line else "o", label="mean", **style)


def _say_nothing_is_there(ax: Axes) -> None:
    ax.text(0.5, 0.5, "no run has this metric", transform=ax.transAxes, ha="center", va="center")
    ax.set_yticks([])


def _scale_x(ax: Axes, labels: Sequence[str], positions: np.ndarray | None) -> None:
    if positions is None:
        ax.set_xlim(-0.5, max(len(labels) - 0.5, 0.5))
        _label_ticks(ax, labels)
    elif len(positions) and positions[0] > 0 and positions[-1] > _WIDE * positions[0]:
        ax.set_xscale("log")


def _label_ticks(ax: Axes, labels: Sequence[str], *, is_vertical: bool = False) -> None:
    """Put a label at each whole number, or at some of them where they are many."""
    every = -(-len(labels) // _MOST_TICKS) or 1
    ticks = range(0, len(labels), every)
    texts = [shown_name(labels[tick], _LONGEST_TICK) for tick in ticks]
    (ax.set_yticks if is_vertical else ax.set_xticks)(list(ticks))
    if is_vertical:
        made = ax.set_yticklabels(texts)
    else:
        is_crowded = sum(len(text) + 2 for text in texts) > 70
        made = ax.set_xticklabels(
            texts, rotation=40 if is_crowded else 0, ha="right" if is_crowded else "center"
        )
    for text in made:
        text.set_parse_math(False)
        fit_text(text, np.inf)
