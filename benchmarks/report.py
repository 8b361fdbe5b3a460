"""The figures as one table, on the terminal and in README.md."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from comparison import Comparison
from machine import describe_machine

_README = Path(__file__).with_name("README.md")
_START, _END = "<!-- figures: written by bench.py --write -->", "<!-- end of figures -->"
_HEADER = ["what", "regress", "reference", "ratio", "single rounds", "bar", "verdict", "command"]


def plain_table(comparisons: Sequence[Comparison]) -> str:
    """Return the figures with aligned columns."""
    rows = [_HEADER, *(_cells(comparison) for comparison in comparisons)]
    widths = [max(len(row[j]) for row in rows) for j in range(len(_HEADER))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def write_readme(comparisons: Sequence[Comparison]) -> Path:
    """Put the figures and the machine's description in their place in README.md."""
    rows = [_HEADER, ["---"] * len(_HEADER), *(_cells(comparison) for comparison in comparisons)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    machine = "\n".join(f"- {name}: {value}" for name, value in describe_machine().items())
    before, _, rest = _README.read_text(encoding="utf-8").partition(_START)
    _, _, after = rest.partition(_END)
    _README.write_text(f"{before}{_START}\n\n{table}\n\n{machine}\n\n{_END}{after}", encoding="utf-8")
    return _README


def _cells(comparison: Comparison) -> list[str]:
    low, high = comparison.spread
    return [
        comparison.title,
        f"{median(comparison.ours):.3g} {comparison.unit}",
        f"{median(comparison.reference):.3g} {comparison.unit}",
        f"{comparison.ratio:.2f}",
        f"{low:.2f} to {high:.2f}",
        "-" if comparison.most is None else f"at most {comparison.most:g}",
        comparison.verdict,
        f"`python benchmarks/bench.py {comparison.command}`",
    ]
