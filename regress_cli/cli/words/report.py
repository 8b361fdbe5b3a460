"""What a report is about, as a sentence and as plain data."""

from collections import Counter
from pathlib import Path
from typing import Any

from regress_cli.cli.words.amounts import of_bytes
from regress_cli.reports.report import Report


def sentence(report: Report) -> str:
    """Return how many runs the page is about, how they ended, and how large it is."""
    count = len(report.entries)
    counts = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in _counts(report).items())
    about = f"{count:,} run{'' if count == 1 else 's'}" + (f" ({counts})" if counts else "")
    return f"a page about {about}, {of_bytes(len(report.content))}:"


def document(report: Report, path: Path) -> dict[str, Any]:
    """Return the same as plain data."""
    return {
        "report": str(path),
        "bytes": len(report.content),
        "runs": [entry.name for entry in report.entries],
        "status": _counts(report),
    }


def _counts(report: Report) -> dict[str, int]:
    return dict(Counter(entry.status for entry in report.entries).most_common())
