"""The pictures of a run. Each function takes arrays and returns a `matplotlib.figure.Figure`.

No pyplot: there is no global state, no window and no setting of the user's that could change a
picture. Names from configs and tables are shown literally, never read as mathematics. The colours
are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which readers with any colour vision
can tell apart; the parts differ in their markers as well.
"""

import io
import math
import textwrap
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from regress_cli.text import printable

# x and y of each part of the data, by the part's name.
Points = Mapping[str, tuple[np.ndarray, np.ndarray]]
Line = tuple[np.ndarray, np.ndarray]

_COLORS = {"train": "#0072B2", "validation": "#E69F00", "test": "#009E73"}
_MARKERS = {"train": "o", "validation": "s", "test": "^"}
_FIT_COLOR, _TRUTH_COLOR, _LEVEL_COLORS = "#D55E00", "#444444", ("#CC79A7", "#009E73", "#56B4E9")
# matplotlib's own font, and where the machine has them, some with the characters that it lacks.
_FONTS = ["DejaVu Sans", "Noto Sans", "Noto Sans CJK JP", "Arial Unicode MS", "Microsoft YaHei"]
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "svg.hashsalt": "regress",
}
_PNG_DPI = 150
# What would differ from one drawing to the next.
_METADATA = {"svg": ["Date", "Creator"], "pdf": ["CreationDate", "Producer", "Creator"]}
# More points than this can't be told apart in a picture of this size.
_MOST_POINTS = 5000
# Beyond this size an axis can't be drawn: the arithmetic of its ticks overflows.
_LARGEST_DRAWN = 1e200
_LONGEST_NAME = 60
_SIZE, _SQUARE = (7.0, 4.8), (5.8, 5.8)
# matplotlib's settings belong to the whole process: two threads can't change them at once.
_settings_lock = threading.RLock()


@contextmanager
def own_style() -> Iterator[None]:
    """Use matplotlib's own defaults and this file's style, whatever settings the user has."""
    with _settings_lock, mpl.rc_context(), warnings.catch_warnings():
        # A character that no font has is drawn as a box; that is no news for the user of a run.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        mpl.rcdefaults()
        mpl.rcParams.update({**_STYLE, "font.family": _fonts()})
        yield


def _styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw in this file's style."""

    @wraps(draw)
    def styled(*args: Any, **kwargs: Any) -> Figure:
        with own_style():
            return draw(*args, **kwargs)

    return styled


@_styled
def fit_figure(points: Points, fit: Line, truth: Line | None, x_name: str, y_name: str, title: str) -> Figure:
    """Draw data, fitted curve and (for synthetic data) true curve over a single input."""
    figure, ax = _axes(title, x_name, y_name)
    _scatter(ax, points)
    _line(ax, fit, color=_FIT_COLOR, linewidth=2, label="fit", zorder=3)
    if truth is not None:
        # On top, for its gaps let a fit that it covers be seen.
        _line(ax, truth, color=_TRUTH_COLOR, linestyle="--", linewidth=1.5, label="true function", zorder=4)
    _legend(figure, ax)
    return figure


@_styled
def parity_figure(points: Points, y_name: str, title: str) -> Figure:
    """Draw predictions against targets, for several inputs; a perfect fit lies on the diagonal."""
    figure, ax = _axes(title, f"{_name(y_name)} (data)", f"{_name(y_name)} (prediction)", _SQUARE)
    _scatter(ax, points)
    ends = _ends([np.concatenate(pair) for pair in points.values()])
    _line(ax, (ends, ends), color=_TRUTH_COLOR, linestyle="--", label="prediction = data", zorder=3)
    ax.set_aspect("equal", adjustable="datalim")
    _legend(figure, ax)
    return figure


@_styled
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
    figure, ax = _axes(title, "step", y_name)
    marker = "o" if len(steps) == 1 else None
    for part, values in losses.items():
        line = np.asarray(steps, dtype=float), np.asarray(values, dtype=float)
        _line(ax, line, color=_COLORS[part], linewidth=1.8, marker=marker, label=part, zorder=3)
    for (label, value), color in zip(levels.items(), _LEVEL_COLORS, strict=False):
        if abs(value) < _LARGEST_DRAWN:
            ax.axhline(value, color=color, linestyle=":", linewidth=1.8, label=label, zorder=2)
    if kept_step is not None:
        label = f"kept: step {kept_step:,}"
        ax.axvline(kept_step, color=_TRUTH_COLOR, linestyle="--", linewidth=1.2, label=label, zorder=2)
    _scale_losses(ax, _ends([*losses.values(), list(levels.values())]))
    if len(steps) > 1:
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 2.5, 5, 10]))
    else:
        ax.set_xticks(steps)
    _legend(figure, ax)
    return figure


@_styled
def residual_figure(points: Points, y_name: str, title: str) -> Figure:
    """Draw residuals (data - prediction) against predictions; a good fit leaves no pattern."""
    figure, ax = _axes(
        title, f"{_name(y_name)} (prediction)", f"residual of {_name(y_name)} (data \u2212 prediction)"
    )
    _scatter(ax, points)
    ax.axhline(0, color=_TRUTH_COLOR, linestyle="--", linewidth=1.2, zorder=3)
    _legend(figure, ax)
    return figure


def warm_up() -> None:
    """Draw something, so that what matplotlib loads when it first draws is there when a picture comes."""
    render(residual_figure({"train": (np.zeros(1), np.zeros(1))}, "y", "title"), "png")


def render(figure: Figure, file_format: str) -> bytes:
    """Return the picture as a file's content, the same bytes for the same figure."""
    buffer = io.BytesIO()
    with own_style():
        if file_format == "png":
            _write_png(figure, buffer)
        else:
            figure.savefig(buffer, format=file_format, metadata=dict.fromkeys(_METADATA[file_format]))
    return buffer.getvalue()


def _write_png(figure: Figure, buffer: io.BytesIO) -> None:
    """Draw at once, where `savefig` draws once for the layout and once more for the picture."""
    figure.set_dpi(_PNG_DPI)
    # Runs of equal pixels are most of a picture: looking for nothing else makes it a little larger, and
    # saves more time.
    FigureCanvasAgg(figure).print_png(
        buffer, metadata={"Software": None}, pil_kwargs={"compress_type": zlib.Z_RLE}
    )


@cache
def _fonts() -> list[str]:
    installed = set(fontManager.get_font_names())
    return [name for name in _FONTS if name in installed]


def _axes(title: str, x_name: str, y_name: str, size: tuple[float, float] = _SIZE) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.add_subplot()
    width, height = figure.bbox.size
    _fit_text(ax.set_title(printable(title, 150), loc="left", fontsize=11), 0.85 * width)
    _fit_text(ax.set_xlabel(_name(x_name, 100)), 0.8 * width)
    _fit_text(ax.set_ylabel(_name(y_name, 80)), 0.6 * height)
    return figure, ax


def _name(name: str, limit: int = _LONGEST_NAME) -> str:
    return printable(name, limit)


def _fit_text(text: Text, room: float) -> None:
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


def _scatter(ax: Axes, points: Points) -> None:
    """Draw the points of each part; the label says how many, where it is not all of them."""
    for part, (x, y) in points.items():
        drawable = np.flatnonzero((np.abs(x) < _LARGEST_DRAWN) & (np.abs(y) < _LARGEST_DRAWN))
        shown = drawable[:: -(-len(drawable) // _MOST_POINTS) or 1]
        ax.scatter(
            x[shown],
            y[shown],
            s=28 if len(x) < 50 else 14 if len(x) < 500 else 7,
            alpha=0.75 if len(x) < 500 else 0.4,
            color=_COLORS[part],
            marker=_MARKERS[part],
            linewidths=0,
            label=part if len(shown) == len(x) else f"{part} ({len(shown):,} of {len(x):,})",
            zorder=2,
        )


def _line(ax: Axes, line: Line, **style: Any) -> None:
    """Draw a line, with gaps where it can't be drawn."""
    x, y = (np.where(np.abs(values) < _LARGEST_DRAWN, values, np.nan) for values in line)
    ax.plot(x, y, **style)


def _ends(groups: Sequence[Any]) -> np.ndarray:
    """Return the smallest and the largest value that can be drawn; nothing if there is none."""
    values = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    values = values[np.abs(values) < _LARGEST_DRAWN]
    return np.array([values.min(), values.max()]) if len(values) else values


def _scale_losses(ax: Axes, ends: np.ndarray) -> None:
    """Use a log scale where the losses span more than a factor of 10; label it so that it can be read."""
    if not len(ends) or ends[0] <= 0 or ends[1] <= 10 * ends[0]:
        return
    ax.set_yscale("log")
    if ends[1] < 1e4 * ends[0]:
        # Over a few decades, powers of ten alone are too few ticks to read a loss from.
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _legend(figure: Figure, ax: Axes) -> None:
    """Put the legend below the axes, where it hides no data."""
    handles, labels = ax.get_legend_handles_labels()
    # A letter is about 1/12 inch wide, and each marker with its gaps as wide as 8 letters.
    is_one_row = sum(len(label) + 8 for label in labels) <= 12 * figure.get_figwidth()
    columns = len(labels) if is_one_row else 2
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
