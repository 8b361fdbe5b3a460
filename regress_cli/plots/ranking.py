"""The figure of many runs: the error of each, from the best to the worst."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from regress_cli.plots.axes import LARGEST_DRAWN, fit_text, new_axes, put_legend, shown_name
from regress_cli.plots.style import COLORS, MARKERS, styled

# More runs than these have no room for their labels.
_MOST_LABELS = 24
_LONGEST_LABEL = 34
_ROW_INCHES, _FRAME_INCHES = 0.21, 1.1
# Values that are further apart than this are drawn on a logarithmic axis.
_WIDE = 20.0


@styled
def ranking_figure(
    labels: Sequence[str], errors: Mapping[str, np.ndarray], y_label: str, title: str
) -> Figure:
    """Draw the errors of runs beside one another, in the order in which they are given.

    Few runs have a line each, with its label; many stand side by side, by their rank.

    Args:
        labels: Of the runs.
        errors: Those of each part of the data, by its name, shape (n,); what is not finite is left out.
        y_label: What the errors are.
        title: Above the picture.
    """
    count = len(labels)
    has_labels = count <= _MOST_LABELS
    height = max(_FRAME_INCHES + _ROW_INCHES * count, 2.0) if has_labels else None
    rank = "rank of the run"
    names = ("", "") if has_labels else (rank, y_label)
    figure, ax = new_axes(title, *names, height=height)
    ranks = np.arange(1, count + 1)
    for part, values in errors.items():
        drawable = np.isfinite(values) & (np.abs(values) < LARGEST_DRAWN)
        pair = (values[drawable], ranks[drawable])
        x, y = pair if has_labels else pair[::-1]
        style = {"s": 30 if has_labels else 12, "alpha": 0.85, "linewidths": 0, "zorder": 2}
        ax.scatter(x, y, color=COLORS[part], marker=MARKERS[part], label=part, **style)
    axis, set_scale = (ax.xaxis, ax.set_xscale) if has_labels else (ax.yaxis, ax.set_yscale)
    if _is_wide(errors):
        set_scale("log")
        if _is_wide(errors, 1e4):
            axis.set_major_locator(LogLocator(numticks=6))
        else:
            axis.set_major_locator(LogLocator(subs=(1, 3)))
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_locator(NullLocator())
    if has_labels:
        ax.invert_yaxis()
        ax.set_yticks(ranks)
        for text in ax.set_yticklabels([shown_name(label, _LONGEST_LABEL) for label in labels], fontsize=8.5):
            text.set_parse_math(False)
        fit_text(ax.set_xlabel(y_label), 0.6 * figure.bbox.width)
        ax.margins(y=0.06 if count < 8 else 0.03)
    else:
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    put_legend(figure, ax)
    return figure


def _is_wide(errors: Mapping[str, np.ndarray], factor: float = _WIDE) -> bool:
    """Whether all errors are positive, and the largest is so many times the smallest."""
    values = np.concatenate([*errors.values(), np.zeros(0)])
    values = values[np.isfinite(values) & (np.abs(values) < LARGEST_DRAWN)]
    return bool(len(values) and values.min() > 0 and values.max() > factor * values.min())
