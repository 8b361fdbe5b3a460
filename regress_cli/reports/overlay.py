"""From several runs to the picture that lays them over one another."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.drawing.picture import Picture
from regress_cli.reports.differences import Differences
from regress_cli.runs import Run, layout
from regress_cli.spreadsheets import unguarded
from regress_cli.text import printable

_LONGEST = 48


def overlay(runs: Sequence[Run], seen: Differences, file_format: str) -> Picture:
    """Return the picture of several runs: fits over a single common input, and losses."""
    labels = labels_of(seen)
    tables = [_columns(run.folder / layout.PREDICTIONS) for run in runs]
    inputs = {tuple(run.record["data"]["feature_names"]) for run in runs}
    is_single = len(inputs) == 1 and len(next(iter(inputs))) == 1
    name = next(iter(inputs))[0] if is_single else ""
    target = runs[0].record["data"]["target"]
    fits, points = {}, None
    if is_single:
        for label, table in zip(labels, tables, strict=True):
            fits[label] = _sorted(table[name], table["prediction"])
        first = (tables[0][name], tables[0][target])
        if all(np.array_equal(table[target], first[1]) for table in tables if target in table):
            points = first
    losses = {
        label: (table["step"], table["train_loss"])
        for label, table in zip(labels, (_columns(run.folder / layout.METRICS) for run in runs), strict=True)
        if len(table["step"]) > 1
    }
    arguments: dict[str, Any] = {
        "points": points,
        "fits": fits,
        "losses": losses,
        "x_name": name,
        "y_name": target,
        "title": f"{len(runs)} runs: {', '.join(dict.fromkeys(run.name for run in runs))}",
    }
    return Picture(file_format, "compare_figure", arguments)


def labels_of(seen: Differences) -> list[str]:
    """Return a label for each run: the values in which it differs, or its folder's name."""
    labels = [
        ", ".join(f"{key.split('.')[-1]}={printable(row[number], 24)}" for key, row in seen.keys.items())
        for number in range(len(seen.names))
    ]
    is_clear = all(labels) and len(set(labels)) == len(labels) and max(map(len, labels)) <= _LONGEST
    return labels if is_clear else list(seen.names)


def _sorted(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _columns(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of numbers of a csv file that a run wrote; an empty cell is NaN."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = csv.reader(file)
        names = [unguarded(name) for name in next(rows)]
        cells = list(zip(*rows, strict=True)) or [()] * len(names)
    columns = {}
    for name, column in zip(names, cells, strict=True):
        try:
            columns[name] = np.array([float(cell) if cell else np.nan for cell in column])
        except ValueError:  # The part of the data, or a category.
            continue
    return columns
