"""The part of the class report that is about checks: which failed how often, and why."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from regress_cli.grading.formats.summary import CheckSummary, most_common
from regress_cli.grading.formats.wording import name_of, points_text
from regress_cli.grading.records.record import State
from regress_cli.reports.elements import Child, element
from regress_cli.text import percent

# Rarer causes are one submission's own.
_MOST_CAUSES = 8
# The headers of columns of words.
_IN_WORDS = _WHY, _CAUSE = "why not passed", "likely cause"
_COLORS = {State.PASSED: "f-green", State.FAILED: "f-red", State.NOT_RUN: "f-grid"}


def checks_section(checks: Sequence[CheckSummary]) -> Element:
    """Return the table of checks, and that of the likely causes of mistakes."""
    causes = [row for check in checks for row in _cause_rows(check)]
    return element(
        "section",
        element("h2", "Checks"),
        _table(
            ["check", "points", "mean", "", *(state.value for state in State), _WHY],
            [_check_row(check) for check in checks],
            "How many submissions passed and failed each check, and the mean of the points earned.",
        ),
        element("h3", "Likely causes") if causes else None,
        _table(
            ["check", _CAUSE, "submissions"],
            causes,
            "The causes that were found in wrong answers, the most common ones first.",
        )
        if causes
        else None,
    )


def _table(header: Sequence[str], rows: Sequence[Element], caption: str) -> Element:
    cells = [
        element("th", word, scope="col", class_="words" if word in _IN_WORDS else None)
        if word
        else element("td")
        for word in header
    ]
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *cells)),
        element("tbody", *rows),
        class_="small checks",
    )
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _check_row(check: CheckSummary) -> Element:
    counts = [f"{check.states[state]:,}" for state in State]
    # Whole percents, for a class is no large sample.
    counts[0] += f" ({percent(round(check.states[State.PASSED] / check.count, 2))})"
    return element(
        "tr",
        element("th", check.name, scope="row"),
        element("td", points_text(check.points)),
        element("td", points_text(round(check.mean, 2))),
        element("td", _bar(check)),
        *(element("td", count) for count in counts),
        element("td", check.why, class_="words"),
    )


def _bar(check: CheckSummary) -> Element:
    """Return passed, failed and not run side by side; the numbers beside it say the same."""
    parts: list[Child] = []
    start = 0.0
    for state, color in _COLORS.items():
        width = 100 * check.states[state] / check.count
        if width:
            parts.append(element("rect", x=f"{start:.2f}", y=0, width=f"{width:.2f}", height=8, class_=color))
        start += width
    return element(
        "svg", *parts, class_="bar", viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true"
    )


def _cause_rows(check: CheckSummary) -> list[Element]:
    causes = [(name_of(cause), number) for cause, number in most_common(check.causes)]
    shown = causes[:_MOST_CAUSES]
    if len(causes) > len(shown):
        shown.append((f"{len(causes) - len(shown):,} rarer ones", sum(n for _, n in causes[_MOST_CAUSES:])))
    rows = []
    for place, (cause, number) in enumerate(shown):
        first = element("th", check.name, scope="rowgroup", rowspan=len(shown)) if place == 0 else None
        rows.append(element("tr", first, element("td", cause, class_="words"), element("td", f"{number:,}")))
    return rows
