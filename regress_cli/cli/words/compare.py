"""Several runs side by side, as blocks of words and cells, and as plain data."""

from typing import Any

from regress_cli.cli.words.summary import Block
from regress_cli.config.value_text import cells, value_text
from regress_cli.reports.differences import Differences
from regress_cli.text import all_digits, four_digits, printable

_NOTHING = "-"
_LONGEST_VALUE, _LONGEST_NAME = 32, 40


def blocks(seen: Differences) -> list[Block]:
    """Return a table of what differs in the configs, and one of the metrics; a row for each run."""
    names = [printable(name, _LONGEST_NAME) for name in seen.names]
    keys = list(seen.keys)
    what = Block("What differs", sentences=["nothing in their configs: they are one experiment"])
    if keys:
        header = ["run", *map(printable, keys)]
        rows = [[name, *(_value(seen.keys[key][n]) for key in keys)] for n, name in enumerate(names)]
        what = Block("What differs", [header, *rows])
    metrics = [name for name, row in seen.metrics.items() if any(value is not None for value in row)]
    header = ["run", "status", *metrics]
    rows = [
        [name, seen.statuses[n].replace("_", " "), *(_number(seen.metrics[metric][n]) for metric in metrics)]
        for n, name in enumerate(names)
    ]
    return [what, Block("Metrics", [header, *rows])]


def columns(seen: Differences) -> dict[str, list[Any]]:
    """Return the columns of a csv: the run, its status, the values that differ, the metrics."""
    return {
        "run": list(seen.names),
        "status": list(seen.statuses),
        **{key: cells(row) for key, row in seen.keys.items()},
        **{metric: list(row) for metric, row in seen.metrics.items()},
    }


def document(seen: Differences) -> dict[str, Any]:
    """Return plain data, with all digits."""
    return {
        "runs": list(seen.names),
        "status": list(seen.statuses),
        "differences": {key: list(row) for key, row in seen.keys.items()},
        "metrics": {metric: list(row) for metric, row in seen.metrics.items()},
    }


def _value(value: Any) -> str:
    if value is None:
        return _NOTHING
    return all_digits(value) if isinstance(value, float) else printable(value_text(value), _LONGEST_VALUE)


def _number(value: float | None) -> str:
    return _NOTHING if value is None else four_digits(value)
