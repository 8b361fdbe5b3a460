"""What came of making a run again, as words and plain data."""

from pathlib import Path
from typing import Any

from regress_cli.experiment.verify import EQUAL, Difference, Verification
from regress_cli.runs.strict_json import finite
from regress_cli.text import all_digits, printable

Rows = list[list[str]]

# The largest differences say enough.
_MOST_ROWS = 12


def parts(folder: Path, seen: Verification) -> list[str | Rows]:
    """Return the verdict, and what differs."""
    shown: list[str | Rows] = [f"{printable(folder)}: {_verdict(seen)}"]
    if seen.differences:
        header = ["what", "before", "now", "apart"]
        shown.append([header, *map(_row, seen.differences[:_MOST_ROWS])])
    if len(seen.differences) > _MOST_ROWS:
        shown.append(f"and {len(seen.differences) - _MOST_ROWS:,} smaller differences")
    if seen.files:
        shown.append(f"files with other bytes: {printable(', '.join(seen.files), 1000)}")
    shown += [
        f"{key}: {printable(before)} before, {printable(now)} now"
        for key, (before, now) in seen.environment.items()
    ]
    return shown


def document(folder: Path, seen: Verification) -> dict[str, Any]:
    """Return the verdict as plain data, with all digits."""
    data = {
        "folder": str(folder),
        "verdict": seen.verdict,
        "rtol": seen.rtol,
        "differences": [
            {
                "place": one.place,
                "before": one.before,
                "now": one.now,
                "relative": one.relative,
            }
            for one in seen.differences
        ],
        "files": list(seen.files),
        "environment": {key: {"before": old, "now": new} for key, (old, new) in seen.environment.items()},
    }
    # A number that was infinite, or none, is null as everywhere.
    return finite(data)[0]


def _verdict(seen: Verification) -> str:
    if seen.verdict == EQUAL:
        return "made again, it is bitwise equal"
    if not seen.differences:
        return "made again, its numbers are equal; only files have other bytes"
    if seen.verdict.startswith("equal"):
        return f"made again, it is equal within {seen.rtol:g} of the largest number of each array"
    return "made again, it is different"


def _row(one: Difference) -> list[str]:
    apart = f"{one.relative:.1e}" if one.relative < float("inf") else "-"
    return [printable(one.place, 60), _value(one.before), _value(one.now), apart]


def _value(value: Any) -> str:
    return all_digits(value) if isinstance(value, float) else printable(value, 40)
