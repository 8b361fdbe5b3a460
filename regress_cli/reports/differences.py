"""Which keys of their configs runs differ in, and how their metrics do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regress_cli.runs import Run
from regress_cli.runs.result import METRICS

# A key that one run has and another has not.
MISSING = None


@dataclass(frozen=True)
class Differences:
    """Runs side by side.

    Attributes:
        names: Of the runs: their folders' names.
        keys: Each dotted key in which the configs differ, with every run's value, or `MISSING`.
        metrics: Each metric, such as ``train.rmse``, with every run's value.
        statuses: How each run ended.
    """

    names: tuple[str, ...]
    keys: dict[str, tuple[Any, ...]]
    metrics: dict[str, tuple[float | None, ...]]
    statuses: tuple[str, ...]


def differences(runs: Sequence[Run]) -> Differences:
    """Return how runs differ."""
    configs = [dict(flattened(run.record["config"])) for run in runs]
    keys = dict.fromkeys(key for config in configs for key in config)
    values = {key: tuple(config.get(key, MISSING) for config in configs) for key in keys}
    parts = dict.fromkeys(part for run in runs for part in run.metrics)
    return Differences(
        names=tuple(run.folder.name for run in runs),
        keys={key: row for key, row in values.items() if any(value != row[0] for value in row)},
        metrics={
            f"{part}.{metric}": tuple(run.metrics.get(part, {}).get(metric) for run in runs)
            for part in parts
            for metric in METRICS
        },
        statuses=tuple(run.status for run in runs),
    )


def flattened(data: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return the values of nested mappings by their dotted keys.

    >>> flattened({"seed": 0, "model": {"kind": "linear"}})
    [('seed', 0), ('model.kind', 'linear')]
    """
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            found += flattened(value, f"{dotted}.")
        else:
            found.append((dotted, value))
    return found
