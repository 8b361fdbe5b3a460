"""How every picture looks, whatever settings the user has.

The colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which readers with any colour
vision can tell apart; the parts of the data differ in their markers as well.
"""

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

COLORS = {"train": "#0072B2", "validation": "#E69F00", "test": "#009E73"}
MARKERS = {"train": "o", "validation": "s", "test": "^"}
FIT_COLOR, TRUTH_COLOR, LEVEL_COLORS = "#D55E00", "#444444", ("#CC79A7", "#009E73", "#56B4E9")
# Of points that do not count.
HOLLOW_COLOR = "#777777"
# Bands around the fit are its colour mixed with white: this much of it in the narrow one and in the wide one.
BAND_COLOR, BAND_STRENGTHS = FIT_COLOR, (0.34, 0.14)
# For lines that are no parts of data, in the order in which they are drawn.
SERIES_COLORS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
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


@dataclass(frozen=True)
class Look:
    """What depends on where a picture is shown.

    Attributes:
        size: Width and height of a picture with a single pair of axes, in inches.
        settings: Of matplotlib, beside the style that all pictures have.
    """

    size: tuple[float, float]
    settings: Mapping[str, Any] = field(default_factory=dict)


FILE = Look((7.0, 4.8))
# Small, so that letters keep their size on a phone; and with nothing behind it, for the page has its own
# colour. Texts are left to the page, which has fonts and can be searched.
PAGE = Look(
    (4.7, 3.4),
    {
        "svg.fonttype": "none",
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
    },
)
_look: ContextVar[Look] = ContextVar("_look", default=FILE)

# matplotlib's settings belong to the whole process: two threads can't change them at once.
_settings_lock = threading.RLock()


@contextmanager
def own_style() -> Iterator[None]:
    """Use matplotlib's own defaults and this file's style, whatever settings the user has."""
    with _settings_lock, mpl.rc_context(), warnings.catch_warnings():
        # A character that no font has is drawn as a box; that is no news for the user of a run.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        mpl.rcdefaults()
        settings: dict[Any, Any] = {**_STYLE, **_look.get().settings, "font.family": _fonts()}
        mpl.rcParams.update(settings)
        yield


@contextmanager
def page_look() -> Iterator[None]:
    """Make the pictures in the block for a page, not for a file."""
    token = _look.set(PAGE)
    try:
        yield
    finally:
        _look.reset(token)


def current_look() -> Look:
    """Return how the pictures that are made now have to look."""
    return _look.get()


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw in this file's style."""

    @wraps(draw)
    def styled_draw(*args: Any, **kwargs: Any) -> Figure:
        with own_style():
            return draw(*args, **kwargs)

    return styled_draw


@cache
def _fonts() -> list[str]:
    installed = set(fontManager.get_font_names())
    return [name for name in _FONTS if name in installed]
