"""From several runs to the picture that lays them over one another."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from regress_cli.drawing.picture import Picture
from regress_cli.inference.mean import MIDDLE
from regress_cli.reports.differences import differences
from regress_cli.reports.groups import groups_of
from regress_cli.reports.labels import told_apart
from regress_cli.runs import Run

# More lines can't be told apart.
_MOST_LINES = 14
_GRID_POINTS = 400
_BAND_NOTE = "; a band holds the middle 95 % of its seeds"

Line = tuple[np.ndarray, np.ndarray]
Band = tuple[np.ndarray, np.ndarray, np.ndarray]


def overlay(runs: Sequence[Run], file_format: str) -> Picture:
    """Return the picture of several runs: fits over a single common input, and losses.

    Each run has a line. Runs that differ in nothing but their seed have one together, if each has such
    others: the mean of their fits, the median of their losses, and a band with the middle 95 % of them.
    """
    labelled = _labelled(runs)
    drawn = dict(list(labelled.items())[:_MOST_LINES])
    name, target = _common_input(runs), runs[0].record["data"]["target"]
    fits, fit_bands = _lines(drawn, lambda run: _fit(run, name), np.mean) if name else ({}, {})
    losses, loss_bands = _lines(drawn, _loss, np.median)
    names = ", ".join(dict.fromkeys(run.name for run in runs))
    left_out = f", {len(drawn)} of {len(labelled)} drawn" if len(drawn) < len(labelled) else ""
    arguments: dict[str, Any] = {
        "points": _common_points(runs, name, target) if name else None,
        "fits": fits,
        "losses": losses,
        "bands": {"fit": fit_bands, "loss": loss_bands},
        "x_name": name,
        "y_name": target,
        "title": f"{len(runs)} runs{left_out}: {names}{_BAND_NOTE if fit_bands or loss_bands else ''}",
    }
    return Picture(file_format, "compare_figure", arguments)


def _labelled(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs that share a line, by its label."""
    groups = groups_of(runs)
    if groups:
        return {
            f"{group.label} ({len(group.runs)} seeds)": list(group.runs.values())
            for group in groups
            if group.runs
        }
    seen = differences(runs)
    values = [{key: row[number] for key, row in seen.keys.items()} for number in range(len(runs))]
    return {label: [run] for label, run in zip(told_apart(values, seen.names), runs, strict=True)}


def _common_input(runs: Sequence[Run]) -> str:
    """Return the only input, if all runs have the same single one; else nothing."""
    inputs = {tuple(run.record["data"]["feature_names"]) for run in runs}
    [first, *others] = inputs
    return first[0] if not others and len(first) == 1 else ""


def _common_points(runs: Sequence[Run], name: str, target: str) -> Line | None:
    """Return input and target of the data, if all runs have the same."""
    points = None
    for run in runs:
        table = run.prediction_table()
        if name not in table or target not in table:
            return None
        own = table[name], table[target]
        points = points or own
        if not all(np.array_equal(one, other) for one, other in zip(points, own, strict=True)):
            return None
    return points


def _fit(run: Run, name: str) -> Line | None:
    table = run.prediction_table()
    if name not in table:
        return None
    order = np.argsort(table[name], kind="stable")
    return table[name][order], table["prediction"][order]


def _loss(run: Run) -> Line | None:
    table = run.training_table()
    return (table["step"], table["train_loss"]) if len(table["step"]) > 1 else None


def _lines(
    labelled: dict[str, list[Run]], line_of: Callable[[Run], Line | None], middle: Callable[..., Any]
) -> tuple[dict[str, Line], dict[str, Band]]:
    """Return each label's line, and the band around those that are made of several."""
    lines, bands = {}, {}
    for label, runs in labelled.items():
        own = [line for run in runs if (line := line_of(run)) is not None]
        if not own:
            continue
        x, stacked = _stacked(own)
        lines[label] = x, middle(stacked, axis=0)
        if len(own) > 1:
            low, high = np.quantile(stacked, MIDDLE, axis=0)
            bands[label] = x, low, high
    return lines, bands


def _stacked(lines: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    """Return lines over a common x, shape (lines, n): their own, or where they differ, a grid in all."""
    x = lines[0][0]
    if all(np.array_equal(line[0], x) for line in lines):
        return x, np.stack([line[1] for line in lines])
    grid = np.linspace(max(line[0][0] for line in lines), min(line[0][-1] for line in lines), _GRID_POINTS)
    return grid, np.stack([np.interp(grid, *line) for line in lines])
