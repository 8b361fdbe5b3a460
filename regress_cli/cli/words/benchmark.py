"""A benchmark of the engines as cells; `view` draws them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regress_cli.training.benchmark import Benchmark


def rows(benchmark: "Benchmark") -> list[list[str]]:
    """Return a header and a row for each engine: a step, the speed, the whole training, the parameters."""
    reference = next(iter(benchmark.engines))
    compared = f"parameters at {_steps(benchmark.compared_steps)}"
    table = [["engine", "a step", f"{reference} / it", _steps(benchmark.steps), compared]]
    for engine, times in benchmark.engines.items():
        speed = benchmark.engines[reference].median / times.median
        whole = _seconds(benchmark.steps * times.median)
        same = "the same bits" if times.difference == 0 else f"within {times.difference:.0e}"
        table.append([engine, _seconds(times.median), f"{speed:.1f}", whole, same])
    return table


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"


def _seconds(seconds: float) -> str:
    """Return a duration with three digits and a unit that suits it.

    >>> _seconds(0.0000321)
    '32.1 us'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"
