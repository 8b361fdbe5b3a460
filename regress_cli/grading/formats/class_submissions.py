"""The parts of the class report that are about submissions: a table of all, and each with its checks."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from regress_cli.grading.formats.wording import (
    NOTHING,
    detail_text,
    feedback_text,
    labelled,
    name_of,
    percentage,
    points_text,
    score_text,
    short_state,
    state_text,
    told_apart,
)
from regress_cli.grading.records.record import Checked, Record, State, Visibility
from regress_cli.reports.elements import append, element
from regress_cli.reports.listing import Heading, Row, Shown, listing
from regress_cli.reports.look import badge

_KINDS = {State.PASSED: "good", State.FAILED: "bad", State.NOT_RUN: "fair"}
_UNFINISHED = "not finished"


def table_section(records: Sequence[Record]) -> Element:
    """Return the table of all submissions, which can be sorted and filtered."""
    own = [labelled(record) for record in records]
    checks = list(dict.fromkeys(label for labels in own for label in labels))
    headings = [Heading("score", is_number=True), Heading("percent", is_number=True)]
    headings += [Heading(label, "checks") for label in checks]
    rows = [
        Row(
            [
                element("a", name, href=f"#{_place(number)}"),
                None if record.is_finished else badge(_UNFINISHED, "fair"),
            ],
            [_score(record), _percent(record), *(_state(labels.get(label)) for label in checks)],
        )
        for number, (name, record, labels) in enumerate(
            zip(_names(records), records, own, strict=True), start=1
        )
    ]
    shown = listing(
        "student",
        "submissions",
        headings,
        rows,
        caption="All submissions. A check that failed is called by the reason.",
        example="wrong",
    )
    return element("section", element("h2", "Submissions"), *shown)


def details_section(records: Sequence[Record]) -> Element:
    """Return each submission with its checks, behind its student's name."""
    sections = [
        _details(number, name, record)
        for number, (name, record) in enumerate(zip(_names(records), records, strict=True), start=1)
    ]
    return element("section", element("h2", "Details"), *sections)


def _names(records: Sequence[Record]) -> list[str]:
    return told_apart(record.student for record in records)


def _place(number: int) -> str:
    return f"submission-{number}"


def _score(record: Record) -> Shown:
    return Shown(points_text(record.score), record.score)


def _percent(record: Record) -> Shown:
    percent = percentage(record)
    return Shown(NOTHING if percent is None else f"{percent:.0f} %", percent)


def _state(check: Checked | None) -> Shown:
    return Shown(NOTHING if check is None else badge(short_state(check), _KINDS[check.state]))


def _details(number: int, name: str, record: Record) -> Element:
    summary = element(
        "summary",
        element("span", name, class_="name"),
        element("span", score_text(record.score, record.points), class_="label"),
        None if record.is_finished else badge(_UNFINISHED, "fair"),
    )
    facts = f"{name_of(record.submission)}, {record.seconds:.2f} s, {name_of(record.isolated.tier)}"
    return element(
        "details",
        summary,
        element("p", facts, class_="label"),
        *(_check(label, check) for label, check in labelled(record).items()),
        id=_place(number),
        class_="entry",
    )


def _check(label: str, check: Checked) -> Element:
    visibility = (
        "" if check.visibility is Visibility.VISIBLE else f", {check.visibility.value.replace('_', ' ')}"
    )
    points = f"{score_text(check.score, check.points)}{visibility}"
    heading = element(
        "h3",
        label,
        " ",
        badge(state_text(check), _KINDS[check.state]),
        " ",
        element("span", points, class_="label"),
    )
    section = element("section", heading, class_="check")
    feedback, detail = feedback_text(check), detail_text(check)
    if feedback:
        append(section, [element("p", feedback)])
    # What the student is told is not said twice.
    more = "" if detail == feedback else detail.removeprefix(f"{feedback}\n")
    if more:
        append(section, [element("p", "For the teacher:", class_="label"), element("pre", more)])
    return section
