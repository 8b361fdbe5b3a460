"""Submissions as JUnit XML, which GitLab, GitHub's actions and Jenkins show.

A submission is a test suite and a check a test case. A wrong answer is a failure, a crash or a limit an
error, and what was not run is skipped. GitLab knows a test case by its class name and its name alone.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from regress_cli.grading.formats.summary import in_order
from regress_cli.grading.formats.wording import (
    feedback_text,
    labelled,
    name_of,
    points_text,
    short_state,
    told_apart,
    told_seconds,
)
from regress_cli.grading.records.record import Checked, Record, State

_LONGEST_MESSAGE = 200
# What XML can't hold, and `printable` does not know of: two code points that are no characters.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")

FAILURE, ERROR, SKIPPED = "failure", "error", "skipped"
_COUNTS = {"failures": FAILURE, "errors": ERROR}


def document(records: Sequence[Record]) -> bytes:
    """Return submissions as one XML document."""
    ordered = in_order(records)
    names = told_apart(record.student for record in ordered)
    assignments = {record.assignment for record in ordered}
    root = Element("testsuites", name=_held(name_of(*assignments)) if len(assignments) == 1 else "grades")
    kinds = [kind_of(check) for record in ordered for check in record.checks]
    # The schema knows no count of what was skipped here.
    _count(root, kinds, sum(map(_seconds, ordered)))
    root.extend(_suite(record, name) for record, name in zip(ordered, names, strict=True))
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def kind_of(check: Checked) -> str | None:
    """Return the element that says what became of a check; None where it passed."""
    match check.state:
        case State.PASSED:
            return None
        case State.NOT_RUN:
            return SKIPPED
    return FAILURE if check.trouble is None or check.trouble.is_answer else ERROR


def _suite(record: Record, name: str) -> Element:
    suite = Element("testsuite", name=_held(name))
    kinds = [kind_of(check) for check in record.checks]
    _count(suite, kinds, _seconds(record))
    suite.set("skipped", str(kinds.count(SKIPPED)))
    properties = SubElement(suite, "properties")
    for key, value in (
        ("score", points_text(record.score)),
        ("max_score", points_text(record.points)),
        ("isolation", _held(record.isolated.tier)),
    ):
        SubElement(properties, "property", name=key, value=value)
    suite.extend(_case(label, check, name) for label, check in labelled(record).items())
    return suite


def _case(label: str, check: Checked, student: str) -> Element:
    case = Element("testcase", classname=_held(student), name=_held(label), time=_time(told_seconds(check)))
    kind = kind_of(check)
    if kind is not None:
        feedback = _held(feedback_text(check))
        first = feedback.partition("\n")[0]
        message = f"{short_state(check)}: {first}".removesuffix(": ")[:_LONGEST_MESSAGE]
        trouble = check.state if check.trouble is None else check.trouble
        SubElement(case, kind, message=message, type=trouble.value).text = feedback
    return case


def _count(node: Element, kinds: Sequence[str | None], seconds: float) -> None:
    node.set("tests", str(len(kinds)))
    for attribute, kind in _COUNTS.items():
        node.set(attribute, str(kinds.count(kind)))
    node.set("time", _time(seconds))


def _seconds(record: Record) -> float:
    return sum(map(told_seconds, record.checks))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _held(text: str) -> str:
    """Return a harmless text without the two characters of it that XML has no way to write."""
    return _NO_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
