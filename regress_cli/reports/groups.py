"""Runs that differ in nothing but their seed are one group; two groups are compared seed by seed."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regress_cli.inference.mean import Mean, mean_of
from regress_cli.reports.differences import flattened
from regress_cli.reports.labels import told_apart
from regress_cli.runs import Run
from regress_cli.runs.result import METRICS, is_result

# What a run may have otherwise, and be the same experiment with another seed.
_SET_ASIDE = ("seed", "name")
_LONGEST_LABEL = 1000


@dataclass(frozen=True)
class Group:
    """Runs of one config with several seeds.

    Attributes:
        label: What tells it from the other groups.
        runs: Its runs, by their seed; only those whose training came to its end.
        left_out: How many others there are.
    """

    label: str
    runs: dict[int, Run]
    left_out: int

    def values(self, metric: str) -> dict[int, float]:
        """Return a metric such as ``train.rmse`` of each seed that has it."""
        part, _, name = metric.rpartition(".")
        found = {seed: run.metrics.get(part, {}).get(name) for seed, run in self.runs.items()}
        return {seed: value for seed, value in found.items() if value is not None}

    def mean(self, metric: str) -> Mean | None:
        """Return the mean of a metric over the seeds; None where no seed has it."""
        values = list(self.values(metric).values())
        return mean_of(values) if values else None


@dataclass(frozen=True)
class Paired:
    """How a metric of the second group differs from that of the first, seed by seed.

    Attributes:
        metric: Such as ``train.rmse``.
        difference: The mean of second minus first, with its interval.
        seeds: The seeds that both have.
        lower: At how many of them the second one's is lower.
    """

    metric: str
    difference: Mean
    seeds: tuple[int, ...]
    lower: int

    @property
    def is_evident(self) -> bool:
        """Whether the interval leaves out zero: the groups differ by more than chance explains."""
        low, high = self.difference.low, self.difference.high
        return not math.isnan(low) and not low <= 0 <= high


def groups_of(runs: Sequence[Run]) -> list[Group]:
    """Return the groups of runs, in the order of their first ones; none, if a run has no such other."""
    gathered: dict[str, list[Run]] = {}
    for run in runs:
        gathered.setdefault(json.dumps(_kept(run), sort_keys=True), []).append(run)
    if any(len({_seed(run) for run in members}) < 2 for members in gathered.values()):
        return []
    labels = _labels([members[0] for members in gathered.values()])
    return [_group(label, members) for label, members in zip(labels, gathered.values(), strict=True)]


def metrics_of(groups: Sequence[Group]) -> list[str]:
    """Return the metrics that any run of the groups has, such as ``train.rmse``."""
    parts = dict.fromkeys(part for group in groups for run in group.runs.values() for part in run.metrics)
    return [f"{part}.{metric}" for part in parts for metric in METRICS]


def paired(first: Group, second: Group, metric: str) -> Paired | None:
    """Return how a metric differs at the seeds that both groups have; None where there is no such seed."""
    before, after = first.values(metric), second.values(metric)
    seeds = tuple(seed for seed in before if seed in after)
    if not seeds:
        return None
    apart = np.array([after[seed] - before[seed] for seed in seeds])
    return Paired(metric, mean_of(apart), seeds, int((apart < 0).sum()))


def _group(label: str, members: Sequence[Run]) -> Group:
    good = {_seed(run): run for run in members if is_result(run.status)}
    return Group(label, dict(sorted(good.items())), len({_seed(run) for run in members}) - len(good))


def _seed(run: Run) -> int:
    return run.record["config"]["seed"]


def _kept(run: Run) -> dict[str, object]:
    config = flattened(run.record["config"])
    return {key: value for key, value in config if key not in _SET_ASIDE and not key.startswith("plots.")}


def _labels(runs: Sequence[Run]) -> list[str]:
    """Return for each run the values by which it is told from the others, or its name."""
    configs = [_kept(run) for run in runs]
    keys = dict.fromkeys(key for config in configs for key in config)
    differing = [key for key in keys if len({repr(config.get(key)) for config in configs}) > 1]
    values = [{key: config.get(key) for key in differing} for config in configs]
    # Groups have no folder whose name would say more than a long label.
    return told_apart(values, [run.name for run in runs], _LONGEST_LABEL)
