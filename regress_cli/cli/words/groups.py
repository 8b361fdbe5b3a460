"""Groups of runs with several seeds, side by side, as blocks of words and cells, and as plain data."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from regress_cli.cli.words.summary import Block
from regress_cli.inference.mean import Mean
from regress_cli.reports.groups import Group, Paired, metrics_of, paired
from regress_cli.runs.result import TELLING_PARTS
from regress_cli.text import four_digits, printable

_NOTHING = "-"
_LONGEST_LABEL = 60


def blocks(groups: Sequence[Group]) -> list[Block]:
    """Return a table of every group's means, and for two groups what their difference comes to."""
    header = ["group", "metric", "runs", "mean", "sd", "95 % from", "to"]
    rows = [
        [printable(group.label, _LONGEST_LABEL), metric, *_cells(group.mean(metric))]
        for metric in metrics_of(groups)
        for group in groups
    ]
    found = [Block("Means over the seeds", [header, *rows], _left_out(groups))]
    if len(groups) == 2:
        found.append(_between(groups[0], groups[1]))
    return found


def columns(groups: Sequence[Group]) -> dict[str, list[Any]]:
    """Return the columns of a csv: a row for each metric of each group."""
    rows = [
        {"group": group.label, "metric": metric, **_numbers(group.mean(metric))}
        for metric in metrics_of(groups)
        for group in groups
    ]
    names = list(rows[0]) if rows else ["group", "metric"]
    return {name: [row[name] for row in rows] for name in names}


def document(groups: Sequence[Group]) -> dict[str, Any]:
    """Return the groups and their differences as plain data, with all digits."""
    metrics = metrics_of(groups)
    between = _pairs(groups[0], groups[1]) if len(groups) == 2 else []
    return {
        "groups": [
            {
                "label": group.label,
                "runs": [run.folder.name for run in group.runs.values()],
                "left_out": group.left_out,
                "metrics": {metric: _numbers(group.mean(metric)) for metric in metrics},
            }
            for group in groups
        ],
        "paired": [
            {
                "metric": pair.metric,
                **_numbers(pair.difference),
                "seeds": list(pair.seeds),
                "lower_at": pair.lower,
                "is_evident": pair.is_evident,
                "verdict": verdict(groups[0], groups[1], pair),
            }
            for pair in between
        ],
    }


def verdict(first: Group, second: Group, pair: Paired) -> str:
    """Return in plain words what a paired comparison says."""
    difference, count = pair.difference, len(pair.seeds)
    if count == 1:
        return f"no verdict on {pair.metric}: both groups have only seed {pair.seeds[0]}; run more seeds"
    if difference.low == difference.high == 0:
        return f"no difference in {pair.metric}: the two are equal at each of the {count} seeds"
    interval = f"95 % interval {four_digits(difference.low)} to {four_digits(difference.high)}"
    which = "lower" if difference.mean < 0 else "higher"
    there = pair.lower if which == "lower" else count - pair.lower
    facts = (
        f"{four_digits(abs(difference.mean))} {which} on average ({interval}), at {there} of {count} seeds"
    )
    label, other = (printable(group.label, _LONGEST_LABEL) for group in (second, first))
    if pair.is_evident:
        return f"{label} has a {which} {pair.metric} than {other}: {facts}"
    return f"no evidence of a difference in {pair.metric}: that of {label} is {facts}"


def _between(first: Group, second: Group) -> Block:
    title = f"{printable(second.label, _LONGEST_LABEL)} minus {printable(first.label, _LONGEST_LABEL)}"
    pairs = _pairs(first, second)
    if not pairs:
        sentence = "the groups have no seed in common, so that no two runs can be set side by side"
        return Block(title, sentences=[sentence])
    header = ["metric", "seeds", "mean", "95 % from", "to", "lower at"]
    rows = [
        [pair.metric, str(len(pair.seeds)), *_limits(pair.difference), f"{pair.lower} of {len(pair.seeds)}"]
        for pair in pairs
    ]
    telling = next(part for part in TELLING_PARTS if any(pair.metric.startswith(part) for pair in pairs))
    told = [pair for pair in pairs if pair.metric == f"{telling}.rmse"] or pairs[:1]
    return Block(title, [header, *rows], [verdict(first, second, pair) for pair in told])


def _pairs(first: Group, second: Group) -> list[Paired]:
    found = (paired(first, second, metric) for metric in metrics_of([first, second]))
    return [pair for pair in found if pair is not None]


def _left_out(groups: Sequence[Group]) -> list[str]:
    return [
        f"{printable(group.label, _LONGEST_LABEL)}: {group.left_out} of {group.left_out + len(group.runs)} "
        "seeds came to no end of their training, and are left out"
        for group in groups
        if group.left_out
    ]


def _cells(mean: Mean | None) -> list[str]:
    if mean is None:
        return ["0", *[_NOTHING] * 4]
    value, low, high = _limits(mean)
    return [str(mean.n), value, _number(mean.standard_deviation), low, high]


def _limits(mean: Mean) -> list[str]:
    return [_number(mean.mean), _number(mean.low), _number(mean.high)]


def _numbers(mean: Mean | None) -> dict[str, Any]:
    if mean is None:
        return {"n": 0, "mean": None, "standard_deviation": None, "low": None, "high": None}
    return {name: None if math.isnan(value) else value for name, value in asdict(mean).items()}


def _number(value: float) -> str:
    return _NOTHING if math.isnan(value) else four_digits(value)
