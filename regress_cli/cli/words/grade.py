"""Graded submissions as words, cells and plain data; `view` draws them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regress_cli.grading.formats.summary import (
    CheckSummary,
    counted,
    in_order,
    marks_of,
    most_common,
    summarized,
)
from regress_cli.grading.formats.wording import (
    feedback_text,
    labelled,
    name_of,
    percentage,
    points_text,
    score_text,
    short_state,
    told_apart,
    unfinished_line,
)
from regress_cli.grading.records.record import Checked, Record, State

Rows = list[list[str]]

_NOTHING = "-"
_INDENT = "    "


def parts(records: Sequence[Record]) -> list[str | Rows]:
    """Return one submission check by check, and of several a line each and what failed how often."""
    if not records:
        return ["there are no submissions"]
    return list(_one(records[0])) if len(records) == 1 else _many(in_order(records))


def essential(records: Sequence[Record], folder: Path) -> str:
    """Return the one line that a script wants: the points of one submission, or where those of many are."""
    if len(records) != 1:
        return f"{folder}\n"
    return f"{points_text(records[0].score)}/{points_text(records[0].points)}\n"


def document(records: Sequence[Record]) -> dict[str, Any]:
    """Return submissions as plain data, with all digits."""
    ordered = in_order(records)
    marks = marks_of([record.score for record in ordered])
    return {
        "submissions": [_submission(record) for record in ordered],
        "summary": {
            "submissions": len(ordered),
            "mean": marks.mean,
            "median": marks.median,
            "standard_deviation": marks.deviation,
        },
        "checks": [_check(check) for check in summarized(ordered)],
    }


def _one(record: Record) -> list[str]:
    checks = labelled(record)
    scores = [f"{points_text(check.score)}/{points_text(check.points)}" for check in checks.values()]
    states = [short_state(check) for check in checks.values()]
    widths = [max(map(len, column), default=0) for column in (states, scores)]
    lines = [f"{name_of(record.student)}, {name_of(record.assignment)}"]
    for (label, check), state, score in zip(checks.items(), states, scores, strict=True):
        first, *others = _feedback(check)
        lines.append(f"{state:<{widths[0]}}  {score:>{widths[1]}}  {label}{first}")
        lines += [f"{_INDENT}{line}" for line in others]
    return [*lines, *_ending(record)]


def _feedback(check: Checked) -> list[str]:
    """Return the feedback: what follows the name on its line, and the lines below it."""
    first, *others = feedback_text(check).split("\n")
    return [f": {first}" if first else "", *others]


def _ending(record: Record) -> list[str]:
    unfinished = unfinished_line(record)
    total = f"total: {score_text(record.score, record.points)} ({_percent(record)})"
    return [*([unfinished] if unfinished else []), total, _isolation([record])]


def _many(records: Sequence[Record]) -> list[str | Rows]:
    names = told_apart(record.student for record in records)
    rows = [_row(name, record) for name, record in zip(names, records, strict=True)]
    header = ["student", "score", "points", "percent", "passed", "failed", "not run", "why"]
    shown: list[str | Rows] = [[header, *rows]]
    checks = summarized(records)
    if checks:
        header = ["check", "points", "mean", "passed", "failed", "not run", "why"]
        shown.append([header, *map(_check_row, checks)])
    return [*shown, _marks(records), _isolation(records)]


def _row(name: str, record: Record) -> list[str]:
    states = Counter(check.state for check in record.checks)
    failed = Counter(short_state(check) for check in record.checks if check.state is State.FAILED)
    return [
        name if record.is_finished else f"{name} (not finished)",
        points_text(record.score),
        points_text(record.points),
        _percent(record),
        *(str(states[state]) for state in State),
        counted(failed) or _NOTHING,
    ]


def _check_row(check: CheckSummary) -> list[str]:
    return [
        check.name,
        points_text(check.points),
        points_text(round(check.mean, 2)),
        *(f"{check.states[state]:,}" for state in State),
        check.why or _NOTHING,
    ]


def _marks(records: Sequence[Record]) -> str:
    marks = marks_of([record.score for record in records])
    numbers = {"mean": marks.mean, "median": marks.median, "standard deviation": marks.deviation}
    words = (f"{name} {points_text(round(value, 2))}" for name, value in numbers.items() if value is not None)
    return f"{len(records):,} submissions: {', '.join(words)}"


def _isolation(records: Sequence[Record]) -> str:
    descriptions = Counter(name_of(record.isolated.description) for record in records)
    if len(descriptions) == 1:
        return f"isolation: {next(iter(descriptions))}"
    return f"isolation: {'; '.join(f'{name} ({number:,})' for name, number in most_common(descriptions))}"


def _percent(record: Record) -> str:
    percent = percentage(record)
    return _NOTHING if percent is None else f"{percent:.0f} %"


def _submission(record: Record) -> dict[str, Any]:
    return {
        "student": record.student,
        "submission": record.submission,
        "assignment": record.assignment,
        "score": record.score,
        "points": record.points,
        "percent": percentage(record),
        "is_finished": record.is_finished,
        "isolation": record.isolated.model_dump(mode="json"),
        "seconds": record.seconds,
        "checks": [{**check.model_dump(mode="json"), "score": check.score} for check in record.checks],
    }


def _check(check: CheckSummary) -> dict[str, Any]:
    return {
        "name": check.name,
        "points": check.points,
        "mean": check.mean,
        "states": {state.value: check.states[state] for state in State},
        "troubles": {trouble.value: number for trouble, number in check.troubles.most_common()},
        "causes": dict(most_common(check.causes)),
    }
