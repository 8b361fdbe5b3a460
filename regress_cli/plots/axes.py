"""What figures are put together from: axes, points, lines, a legend, and texts that fit."""

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from regress_cli.plots.style import (
    BAND_COLOR,
    BAND_STRENGTHS,
    COLORS,
    HOLLOW_COLOR,
    MARKERS,
    current_look,
)
from regress_cli.text import printable

# x and y of each part of the data, by the part's name.
Points = Mapping[str, tuple[np.ndarray, np.ndarray]]
Line = tuple[np.ndarray, np.ndarray]
# How many points each part of the data has, where only some are given.
Counts = Mapping[str, int] | None
# x, lower and upper edge of each band, by its label.
Bands = Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
# The standard deviation of each point, by the part of the data.
Errors = Mapping[str, np.ndarray]

# Beyond this size an axis can't be drawn: the arithmetic of its ticks overflows.
LARGEST_DRAWN = 1e200
# More points than this can't be told apart in a picture of this size.
_MOST_POINTS = 5000
# More bars than these run into each other.
_MOST_BARS = 200
_LONGEST_NAME, _LONGEST_LABEL = 60, 40
_LEGEND_FONT = 9.0
_SUPERSCRIPTS = str.maketrans("23456", "\u00b2\u00b3\u2074\u2075\u2076")


def new_axes(
    title: str, x_name: str, y_name: str, *, is_square: bool = False, height: float | None = None
) -> tuple[Figure, Axes]:
    """Return a figure with a single pair of labelled axes, as large as the look says or ``height`` inches."""
    size = current_look().size
    if is_square:
        size = (round(math.sqrt(size[0] * size[1]), 1),) * 2
    figure = Figure(figsize=(size[0], height or size[1]), layout="constrained")
    ax = figure.add_subplot()
    width, height = figure.bbox.size
    fit_text(ax.set_title(printable(title, 150), loc="left", fontsize=11), 0.85 * width)
    # At the right end of the axis, the power of ten of its numbers needs room.
    fit_text(ax.set_xlabel(shown_name(x_name, 100)), 0.7 * width)
    fit_text(ax.set_ylabel(shown_name(y_name, 80)), 0.6 * height)
    return figure, ax


def shown_name(name: str, limit: int = _LONGEST_NAME) -> str:
    """Return a name as it can be shown, in not too many letters."""
    return printable(name, limit)


def raised(label: str) -> str:
    """Return a label with its powers raised.

    >>> raised("d^2f/dx dy")
    'd²f/dx dy'
    """
    powers = re.sub(r"\^(\d)", lambda power: power[1].translate(_SUPERSCRIPTS), label)
    return shown_name(powers, _LONGEST_LABEL)


def scatter(ax: Axes, points: Points, counts: Counts = None, ending: str = "") -> None:
    """Draw the points of each part; the label says how many, where it is not all of them.

    ``counts`` says how many there are in a part of which only some are given, ``ending`` ends the label.
    """
    for part, (x, y) in points.items():
        count = (counts or {}).get(part, len(x))
        drawable = np.flatnonzero((np.abs(x) < LARGEST_DRAWN) & (np.abs(y) < LARGEST_DRAWN))
        shown = drawable[:: -(-len(drawable) // _MOST_POINTS) or 1]
        ax.scatter(
            x[shown],
            y[shown],
            s=28 if len(x) < 50 else 14 if len(x) < 500 else 7,
            alpha=0.75 if len(x) < 500 else 0.4,
            color=COLORS[part],
            marker=MARKERS[part],
            linewidths=0,
            label=(part if len(shown) == count else f"{part} ({len(shown):,} of {count:,})") + ending,
            zorder=2,
        )


def scatter_hollow(ax: Axes, points: Line, label: str) -> None:
    """Draw points that do not count as rings."""
    x, y = points
    drawable = np.flatnonzero((np.abs(x) < LARGEST_DRAWN) & (np.abs(y) < LARGEST_DRAWN))
    shown = drawable[:: -(-len(drawable) // _MOST_POINTS) or 1]
    ax.scatter(
        x[shown],
        y[shown],
        s=22,
        facecolors="none",
        edgecolors=HOLLOW_COLOR,
        label=label,
        zorder=2,
        linewidths=0.9,
    )


def draw_bands(ax: Axes, bands: Bands) -> None:
    """Fill each band behind all else, the first over the others."""
    for number, (label, (x, low, high)) in enumerate(bands.items()):
        lower, upper = (np.where(np.abs(edge) < LARGEST_DRAWN, edge, np.nan) for edge in (low, high))
        strength = BAND_STRENGTHS[min(number, len(BAND_STRENGTHS) - 1)]
        # Opaque, so that the sample in the legend has the colour of the band.
        color = mixed_with_white(BAND_COLOR, strength)
        ax.fill_between(x, lower, upper, color=color, linewidth=0, label=label, zorder=1 - 0.1 * number)


def draw_errors_of_points(ax: Axes, points: Points, errors: Errors) -> None:
    """Draw a bar of one standard deviation up and down at each point, where they are few enough to see."""
    label: str | None = "known standard deviation"
    for part, deviations in errors.items():
        x, y = points[part]
        if len(x) > _MOST_BARS:
            continue
        drawable = (np.abs(x) < LARGEST_DRAWN) & (np.abs(y) + deviations < LARGEST_DRAWN)
        bars = x[drawable], y[drawable], deviations[drawable]
        ax.errorbar(*bars, fmt="none", ecolor=COLORS[part], elinewidth=1.0, alpha=0.6, zorder=2, label=label)
        # One entry for all parts.
        label = None


def mixed_with_white(color: str, strength: float) -> tuple[float, float, float]:
    """Return a colour of which so much is left, from 0 to 1."""
    red, green, blue = (1 - strength * (1 - level) for level in to_rgb(color))
    return red, green, blue


def draw_line(ax: Axes, line: Line, **style: Any) -> None:
    """Draw a line, with gaps where it can't be drawn."""
    x, y = (np.where(np.abs(values) < LARGEST_DRAWN, values, np.nan) for values in line)
    ax.plot(x, y, **style)


def ends_of(groups: Sequence[Any]) -> np.ndarray:
    """Return the smallest and the largest value that can be drawn; nothing if there is none."""
    values = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    values = values[np.abs(values) < LARGEST_DRAWN]
    return np.array([values.min(), values.max()]) if len(values) else values


def put_legend(figure: Figure, ax: Axes) -> None:
    """Put the legend below the axes, where it hides no data."""
    handles, labels = ax.get_legend_handles_labels()
    # A letter is about 1/12 inch wide, and each marker with its gaps as wide as 8 letters.
    is_one_row = sum(len(label) + 8 for label in labels) <= 12 * figure.get_figwidth()
    columns = len(labels) if is_one_row else 2
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=_LEGEND_FONT
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)


def put_panel_legend(ax: Axes, room: float) -> None:
    """Put a panel's legend below it, in as many columns as fit into ``room`` pixels, smaller if need be."""
    for columns in (3, 2, 1):
        width = _new_legend(ax, columns, _LEGEND_FONT).get_window_extent().width
        if width <= room:
            return
    _new_legend(ax, 1, _LEGEND_FONT * room / width)


def _new_legend(ax: Axes, columns: int, font: float) -> Legend:
    legend = ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=columns, frameon=False, fontsize=font
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return legend


def fit_text(text: Text, room: float) -> None:
    """Keep a text literal and within ``room`` pixels: in two lines if it is long, smaller if need be."""
    text.set_parse_math(False)
    content = text.get_text()
    if _is_surely_short(text, room):
        return
    if _length(text) > room:
        text.set_text("\n".join(textwrap.wrap(content, math.ceil(0.55 * len(content)))))
    length = _length(text)
    if length > room:
        text.set_fontsize(float(text.get_fontsize()) * room / length)


def _is_surely_short(text: Text, room: float) -> bool:
    """Whether the text fits even if each letter is as wide as it is high, as none of Latin-1 is."""
    content, figure = text.get_text(), text.get_figure()
    letter = float(text.get_fontsize()) / 72 * (figure.dpi if figure is not None else math.inf)
    return max(content, default="") < "\u0100" and len(content) * letter <= room


def _length(text: Text) -> float:
    return max(text.get_window_extent().size)
