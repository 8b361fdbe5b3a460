"""The pictures of a run. Each function takes arrays and returns a `matplotlib.figure.Figure`.

No pyplot: there is no global state, no window and no setting of the user's that could change a
picture. Names from configs and tables are shown literally, never read as mathematics. The colours
are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which readers with any colour vision
can tell apart; the parts differ in their markers as well.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from regress_cli.text import printable

# x and y of each part of the data, by the part's name.
Points = Mapping[str, tuple[np.ndarray, np.ndarray]]
Line = tuple[np.ndarray, np.ndarray]

_COLORS = {"train": "#0072B2", "validation": "#E69F00", "test": "#009E73"}
_MARKERS = {"train": "o", "validation": "s", "test": "^"}
_FIT_COLOR, _TRUTH_COLOR, _LEVEL_COLORS = "#D55E00", "#444444", ("#CC79A7", "#009E73", "#56B4E9")
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "svg.hashsalt": "regress",
    "savefig.dpi": 150,
}
# More points than this can't be told apart in a picture of this size.
_MOST_POINTS = 5000
_LONGEST_NAME = 60


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw with matplotlib's own defaults and this file's style, whatever settings the user has."""

    @wraps(draw)
    def styled(*args: Any, **kwargs: Any) -> Figure:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_STYLE)
            return draw(*args, **kwargs)

    return styled


@_styled
def fit_figure(points: Points, fit: Line, truth: Line | None, x_name: str, y_name: str, title: str) -> Figure:
    """Draw data, fitted curve and (for synthetic data) true curve over a single input."""
    figure, ax = _axes(title, x_name, y_name)
    _scatter(ax, points)
    if truth is not None:
        ax.plot(*truth, color=_TRUTH_COLOR, linestyle="--", linewidth=1.5, label="true function", zorder=3)
    ax.plot(*fit, color=_FIT_COLOR, linewidth=2, label="fit", zorder=4)
    _legend(ax)
    return figure


@_styled
def parity_figure(points: Points, y_name: str, title: str) -> Figure:
    """Draw predictions against targets, for several inputs; a perfect fit lies on the diagonal."""
    figure, ax = _axes(title, f"{_name(y_name)} (data)", f"{_name(y_name)} (prediction)")
    _scatter(ax, points)
    values = np.concatenate([np.concatenate(pair) for pair in points.values()])
    low, high = float(values.min()), float(values.max())
    ax.plot([low, high], [low, high], color=_TRUTH_COLOR, linestyle="--", label="prediction = data", zorder=3)
    ax.set_aspect("equal", adjustable="datalim")
    _legend(ax)
    return figure


@_styled
def loss_figure(
    steps: Sequence[int],
    losses: Mapping[str, Sequence[float]],
    levels: Mapping[str, float],
    y_name: str,
    title: str,
) -> Figure:
    """Draw the losses over the steps, with levels to hold them against; log scale where it helps."""
    figure, ax = _axes(title, "step", y_name)
    marker = "o" if len(steps) == 1 else None
    for part, values in losses.items():
        ax.plot(steps, values, color=_COLORS[part], linewidth=1.8, marker=marker, label=part, zorder=3)
    for (label, value), color in zip(levels.items(), _LEVEL_COLORS, strict=False):
        ax.axhline(value, color=color, linestyle=":", linewidth=1.8, label=label, zorder=2)
    shown = np.array([*(value for values in losses.values() for value in values), *levels.values()])
    shown = shown[np.isfinite(shown)]
    if len(shown) and shown.min() > 0 and shown.max() / shown.min() > 10:
        ax.set_yscale("log")
    _legend(ax)
    return figure


@_styled
def residual_figure(points: Points, y_name: str, title: str) -> Figure:
    """Draw residuals (data - prediction) against predictions; a good fit leaves no pattern."""
    figure, ax = _axes(title, f"{_name(y_name)} (prediction)", f"residual of {_name(y_name)}")
    _scatter(ax, points)
    ax.axhline(0, color=_TRUTH_COLOR, linestyle="--", linewidth=1.2, zorder=3)
    if len(points) > 1 or _is_thinned(points):
        _legend(ax)
    return figure


def render(figure: Figure, file_format: str) -> bytes:
    """Return the picture as a file's content, the same bytes for the same figure."""
    metadata = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }
    buffer = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure.savefig(buffer, format=file_format, metadata=metadata[file_format])
    return buffer.getvalue()


def _axes(title: str, x_name: str, y_name: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.add_subplot()
    for text in (
        ax.set_title(printable(title, 90), loc="left", fontsize=11),
        ax.set_xlabel(_name(x_name)),
        ax.set_ylabel(_name(y_name)),
    ):
        text.set_parse_math(False)
    return figure, ax


def _name(name: str) -> str:
    return printable(name, _LONGEST_NAME)


def _scatter(ax: Axes, points: Points) -> None:
    for part, (x, y) in points.items():
        every = -(-len(x) // _MOST_POINTS)
        label = part if every == 1 else f"{part} ({len(x[::every]):,} of {len(x):,})"
        ax.scatter(
            x[::every],
            y[::every],
            s=14 if len(x) < 500 else 7,
            alpha=0.75 if len(x) < 500 else 0.4,
            color=_COLORS[part],
            marker=_MARKERS[part],
            linewidths=0,
            label=label,
            zorder=2,
        )


def _is_thinned(points: Points) -> bool:
    return any(len(x) > _MOST_POINTS for x, _ in points.values())


def _legend(ax: Axes) -> None:
    legend = ax.legend(frameon=True, framealpha=0.9, edgecolor="#dddddd", fontsize=9)
    for text in legend.get_texts():
        text.set_parse_math(False)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
