"""What a teacher can send to one student: plain text, which is Markdown as well.

What comes from outside stands in code spans and in indented blocks, in which Markdown takes nothing for
markup, and which read as they are.
"""

import re

from regress_cli.grading.formats.wording import (
    feedback_text,
    isolation_line,
    name_of,
    score_text,
    state_text,
    unfinished_line,
)
from regress_cli.grading.records.record import Checked, Record


def feedback(record: Record) -> str:
    """Return the feedback on a submission."""
    parts = [
        f"# {_span(record.assignment)}: {score_text(record.score, record.points)}",
        f"Student: {_span(record.student)}",
        unfinished_line(record),
        *(_section(number, check) for number, check in enumerate(record.checks, start=1)),
        isolation_line(record.isolated),
    ]
    return "\n\n".join(part for part in parts if part is not None) + "\n"


def _section(number: int, check: Checked) -> str:
    heading = (
        f"## {number}. {_span(check.name)}: {state_text(check)}, {score_text(check.score, check.points)}"
    )
    text = feedback_text(check)
    return f"{heading}\n\n{_block(text)}" if text else heading


def _block(text: str) -> str:
    # An empty line would end nothing, but blanks at its end are of no use.
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


def _span(text: str) -> str:
    r"""Return a text as a code span: between more backticks than it has in a row.

    >>> _span("grad_f"), _span("a`b")
    ('`grad_f`', '``a`b``')
    """
    name = name_of(text)
    longest = max(map(len, re.findall("`+", name)), default=0)
    fence = "`" * (longest + 1)
    # Beside a backtick of its own, a fence needs a blank, which Markdown takes away again.
    blank = " " if name.startswith("`") or name.endswith("`") else ""
    return f"{fence}{blank}{name}{blank}{fence}"
