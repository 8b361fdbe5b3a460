"""The histogram of a class's marks, drawn by hand: a few bars need no library."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from regress_cli.grading.formats.wording import points_text
from regress_cli.reports.elements import element

# With more marks than these, each has a bar of its own no more.
_MOST_MARKS = 20
_BINS = 10
_WIDTH, _HEIGHT = 480, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 464, 30, 190
_FONT = 11
_MOST_LINES = 5


class Bar(NamedTuple):
    """How many submissions have a mark, or one between two.

    Attributes:
        low: The lowest mark of the bar.
        high: The mark that it ends before, the last bar with; None for a bar of one mark.
        count: How many there are.
    """

    low: float
    high: float | None
    count: int


def bars_of(scores: Sequence[float], top: float) -> list[Bar]:
    """Return bars from 0 to the best mark: one for each where there are few, else ten as wide as each other.

    >>> [bar.count for bar in bars_of([0, 2, 2], 2)]
    [1, 0, 2]
    >>> bars_of([5.5, 100.0], 100.0)[0]
    Bar(low=0.0, high=10.0, count=1)
    """
    if has_few_marks(scores, top):
        return [Bar(mark, None, sum(score == mark for score in scores)) for mark in range(int(top) + 1)]
    edges = [round(top * number / _BINS, 9) for number in range(_BINS + 1)]
    return [
        Bar(low, high, sum(low <= score < high or score == top == high for score in scores))
        for low, high in pairwise(edges)
    ]


def has_few_marks(scores: Sequence[float], top: float) -> bool:
    """Return whether the marks are whole numbers of which there are so few that each can have a bar."""
    return top <= _MOST_MARKS and all(float(score).is_integer() for score in [*scores, top])


def histogram(scores: Sequence[float], top: float, unit: str) -> Element:
    """Return the picture of how many submissions have which mark.

    Args:
        scores: From 0 to ``top``.
        top: The best mark there is; more than 0.
        unit: What a mark is counted in.
    """
    bars = bars_of(scores, top)
    most = max(bar.count for bar in bars)
    step = _step(most)
    scale = (_BOTTOM - _TOP) / max(most, 1)
    width = (_RIGHT - _LEFT) / len(bars)
    drawn = [_text(_LEFT, _TOP - 18, "submissions", "start", "f-dim")]
    for level in range(0, most + 1, step):
        y = _BOTTOM - level * scale
        drawn.append(element("path", d=f"M{_LEFT} {y:.1f}H{_RIGHT}", class_="s-grid"))
        drawn.append(_text(_LEFT - 6, y + 4, f"{level:,}", "end", "f-dim"))
    for number, bar in enumerate(bars):
        left, high = _LEFT + number * width, bar.count * scale
        # The bars of single marks stand apart; those of ranges, which have no gap between them, hardly do.
        gap = 0.12 * width if bar.high is None else 0.75
        if bar.count:
            drawn.append(_rectangle(left + gap, _BOTTOM - high, width - 2 * gap, high))
            drawn.append(_text(left + width / 2, _BOTTOM - high - 4, f"{bar.count:,}", "middle", "f-ink"))
        place = left + width / 2 if bar.high is None else left
        drawn.append(_text(place, _BOTTOM + 15, points_text(bar.low), "middle", "f-dim"))
    if bars[-1].high is not None:
        drawn.append(_text(_RIGHT, _BOTTOM + 15, points_text(top), "middle", "f-dim"))
    drawn.append(element("path", d=f"M{_LEFT} {_BOTTOM}H{_RIGHT}", class_="s-dim"))
    drawn.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 32, unit, "middle", "f-dim"))
    label = f"Histogram of the marks in {unit}: {'; '.join(map(_said, bars))}"
    return element(
        "svg", *drawn, class_="plot", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=label
    )


def _said(bar: Bar) -> str:
    marks = points_text(bar.low) + ("" if bar.high is None else f" to {points_text(bar.high)}")
    return f"{marks}: {bar.count:,}"


def _step(most: int) -> int:
    """Return how far apart the lines of counts are: 1, 2 or 5, or ten times as far."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if most <= factor * size * _MOST_LINES:
                return factor * size
        size *= 10


def _rectangle(x: float, y: float, width: float, height: float) -> Element:
    return element(
        "rect", x=f"{x:.1f}", y=f"{y:.1f}", width=f"{width:.1f}", height=f"{height:.1f}", class_="f-blue"
    )


def _text(x: float, y: float, words: str, anchor: str, color: str) -> Element:
    return element(
        "text", words, x=f"{x:.1f}", y=f"{y:.1f}", font_size=_FONT, text_anchor=anchor, class_=color
    )
