"""The figures as tables, on the terminal and in README.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from comparison import Comparison
from grid import Grid

_README = Path(__file__).with_name("README.md")
_START, _END = "<!-- figures: written by bench.py --write -->", "<!-- end of figures -->"
_HEADER = ["what", "regress", "reference", "ratio", "single rounds", "bar", "verdict", "command"]

Figure = Comparison | Grid
Cells = list[list[str]]


def plain_text(figures: Sequence[Figure]) -> str:
    """Return the figures as tables with aligned columns."""
    tables = [_plain_table(_comparison_cells(figures))] if _comparisons(figures) else []
    tables += [f"{grid.title}\n\n{_plain_table(_grid_cells(grid))}" for grid in _grids(figures)]
    return "\n\n".join(tables)


def write_readme(figures: Sequence[Figure], machine: Mapping[str, str]) -> Path:
    """Put the figures and the machine's description in their place in README.md."""
    tables = [_markdown_table(_comparison_cells(figures))]
    tables += [f"{grid.title}:\n\n{_markdown_table(_grid_cells(grid))}" for grid in _grids(figures)]
    lines = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    content = "\n\n".join([*tables, lines])
    before, _, rest = _README.read_text(encoding="utf-8").partition(_START)
    _, _, after = rest.partition(_END)
    _README.write_text(f"{before}{_START}\n\n{content}\n\n{_END}{after}", encoding="utf-8")
    return _README


def _comparisons(figures: Sequence[Figure]) -> list[Comparison]:
    return [figure for figure in figures if isinstance(figure, Comparison)]


def _grids(figures: Sequence[Figure]) -> list[Grid]:
    return [figure for figure in figures if isinstance(figure, Grid)]


def _plain_table(rows: Cells) -> str:
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _markdown_table(rows: Cells) -> str:
    header, *others = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, ["---"] * len(header), *others])


def _grid_cells(grid: Grid) -> Cells:
    values = ([row, *(grid.value(row, column) for column in grid.columns)] for row in grid.samples)
    return [["workload", *grid.columns], *([name, *map(_number, numbers)] for name, *numbers in values)]


def _comparison_cells(figures: Sequence[Figure]) -> Cells:
    return [_HEADER, *(_cells(comparison) for comparison in _comparisons(figures))]


def _cells(comparison: Comparison) -> list[str]:
    low, high = comparison.spread
    ratio, spread, bar = f"{comparison.ratio:.2f}", f"{low:.2f} to {high:.2f}", "-"
    if comparison.most is not None:
        bar = f"at most {comparison.most:g}"
    if comparison.least_times is not None:
        ratio, spread = f"1/{1 / comparison.ratio:.1f}", f"1/{1 / low:.1f} to 1/{1 / high:.1f}"
        bar = f"at most 1/{comparison.least_times:g}"
    return [
        comparison.title,
        f"{_number(median(comparison.ours))} {comparison.unit}",
        f"{_number(median(comparison.reference))} {comparison.unit}",
        ratio,
        spread,
        bar,
        comparison.verdict,
        f"`python benchmarks/bench.py {comparison.command}`",
    ]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
