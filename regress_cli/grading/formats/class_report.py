"""The teacher's report on a class: one HTML file without a server, the same bytes for the same records."""

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from regress_cli.grading.formats.class_checks import checks_section
from regress_cli.grading.formats.class_submissions import details_section, table_section
from regress_cli.grading.formats.histogram import has_few_marks, histogram
from regress_cli.grading.formats.summary import in_order, marks_of, summarized
from regress_cli.grading.formats.wording import NOTHING, name_of, percentage, points_text
from regress_cli.grading.records.record import Record
from regress_cli.reports.elements import element
from regress_cli.reports.look import tile, whole_page

# One mark makes no distribution.
_FEWEST_DRAWN = 2
_MOST_ISOLATIONS = 5
_POINTS, _PERCENT = "points", "percent of the points"


def class_page(records: Sequence[Record]) -> bytes:
    """Return the page about these submissions."""
    ordered = in_order(records)
    title = _title(ordered)
    return whole_page(title, _main(title, ordered) if ordered else _nothing(title))


def _main(title: str, records: Sequence[Record]) -> Element:
    checks = summarized(records)
    return element(
        "main",
        _head(title, records),
        _marks(records),
        checks_section(checks) if checks else None,
        table_section(records),
        details_section(records),
    )


def _nothing(title: str) -> Element:
    return element(
        "main",
        element("header", element("h1", title)),
        element("p", "There are no graded submissions here.", class_="empty"),
    )


def _title(records: Sequence[Record]) -> str:
    count = f"{len(records):,} submission{'' if len(records) == 1 else 's'}"
    names = {record.assignment for record in records}
    return f"{name_of(*names)}: {count}" if len(names) == 1 else f"Grades of {count}"


def _head(title: str, records: Sequence[Record]) -> Element:
    scores, top, unit = _scores(records)
    marks = marks_of(scores)
    sign = "" if unit == _POINTS else " %"
    full = sum(record.score == record.points > 0 for record in records)
    unfinished = sum(not record.is_finished for record in records)
    tiles = [
        tile("submissions" if len(records) != 1 else "submission", f"{len(records):,}"),
        *([tile("points to earn", points_text(top))] if unit == _POINTS else []),
        tile("mean", _number(marks.mean, sign)),
        tile("median", _number(marks.median, sign)),
        tile("standard deviation", _number(marks.deviation, sign)),
        tile("full marks", f"{full:,}"),
        *([tile("not finished", f"{unfinished:,}")] if unfinished else []),
    ]
    return element(
        "header", element("h1", title), element("dl", *tiles, class_="tiles"), *_isolation(records)
    )


def _number(value: float | None, sign: str) -> str:
    return NOTHING if value is None else f"{points_text(round(value, 2))}{sign}"


def _scores(records: Sequence[Record]) -> tuple[list[float], float, str]:
    """Return marks that can be compared, the best there is, and what they are counted in."""
    top = max(record.points for record in records)
    if all(record.points == top for record in records):
        return [record.score for record in records], top, _POINTS
    return _percents(records), 100.0, _PERCENT


def _percents(records: Sequence[Record]) -> list[float]:
    percents = (percentage(record) for record in records)
    return [percent for percent in percents if percent is not None]


def _marks(records: Sequence[Record]) -> Element | None:
    scores, top, unit = _scores(records)
    if not has_few_marks(scores, top):
        # Tenths of the best mark are odd numbers of points.
        scores, top, unit = _percents(records), 100.0, _PERCENT
    if len(scores) < _FEWEST_DRAWN or not top:
        return None
    return element("section", element("h2", "Marks"), element("figure", histogram(scores, top, unit)))


def _isolation(records: Sequence[Record]) -> list[Element]:
    """Return in what the submissions ran, and a warning where that was no sandbox."""
    counts = Counter(name_of(record.isolated.description) for record in records)
    known = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_ISOLATIONS]
    parts = [
        element(
            "p", "Isolation: " if len(counts) == 1 else f"Isolation of {number:,}: ", text, class_="remark"
        )
        for text, number in known
    ]
    bare = sum(not record.isolated.is_sandbox for record in records)
    if bare:
        which = "all" if bare == len(records) else f"{bare:,}"
        warning = (
            f"Graded without a sandbox, with limits alone: {which} of these submissions. "
            "Their code could reach the files and the network of the machine."
        )
        parts.append(element("p", warning, class_="reason"))
    return parts
