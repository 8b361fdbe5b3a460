"""The marks of a class as a table for a spreadsheet: one row a submission, two columns a check."""

from collections.abc import Sequence
from typing import Any

from regress_cli.grading.formats.summary import in_order
from regress_cli.grading.formats.wording import labelled, percentage, told_apart
from regress_cli.grading.records.record import Checked, Record, State
from regress_cli.runs.csv_text import csv_text
from regress_cli.text import harmless


def columns(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Return each column by its name.

    A check has its score, empty where it was not run, and in a column beside it what became of it: its
    state, or, where it failed, why.
    """
    ordered = in_order(records)
    table: dict[str, list[Any]] = {
        "student": [_line(record.student) for record in ordered],
        "submission": [_line(record.submission) for record in ordered],
        "score": [record.score for record in ordered],
        "points": [record.points for record in ordered],
        "percent": [percentage(record) for record in ordered],
        "finished": ["yes" if record.is_finished else "no" for record in ordered],
        "isolation": [_line(record.isolated.tier) for record in ordered],
    }
    checks = [labelled(record) for record in ordered]
    for name in dict.fromkeys(name for own in checks for name in own):
        found = [own.get(name) for own in checks]
        # A check may be called as a column that is there already.
        [score] = told_apart([name], table)
        table[score] = [_score(check) for check in found]
        [state] = told_apart([f"{score}: state"], table)
        table[state] = [_state(check) for check in found]
    return table


def table_text(records: Sequence[Record]) -> str:
    """Return the table as csv, in which no cell is a formula."""
    return csv_text(columns(records))


def _score(check: Checked | None) -> float | None:
    return None if check is None or check.state is State.NOT_RUN else check.score


def _state(check: Checked | None) -> str | None:
    if check is None:
        return None
    if check.state is State.FAILED and check.trouble is not None:
        return check.trouble.value
    return check.state.value


def _line(text: str) -> str:
    """Return a text as one harmless line, however long: a name is there to be found again."""
    return harmless(text).replace("\n", "\\n")
