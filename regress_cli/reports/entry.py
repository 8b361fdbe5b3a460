"""A run as a report lists it: whole, damaged, or never made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from regress_cli.reports.differences import flattened
from regress_cli.runs import Run
from regress_cli.runs.result import TELLING_PARTS, is_result


@dataclass(frozen=True)
class Entry:
    """A run, or what is known of one.

    Attributes:
        name: Of its folder.
        status: How it ended; ``damaged``, ``unreadable``, or what a sweep says of a run that is not there.
        run: None where it can't be read, or is not there.
        reason: Why it is no finished run.
        settings: What is known of its config without it, by dotted keys.
    """

    name: str
    status: str
    run: Run | None = None
    reason: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """What is known of its config, by dotted keys."""
        return dict(self.settings if self.run is None else flattened(self.run.record["config"]))

    @property
    def is_result(self) -> bool:
        """Whether its numbers are a result, which may be the best one."""
        return self.run is not None and is_result(self.status)

    @property
    def metrics(self) -> Mapping[str, Mapping[str, float | None]]:
        """The metrics of each part; none without a run."""
        return {} if self.run is None else self.run.metrics

    def metric(self, part: str, name: str) -> float | None:
        """Return a metric; None where there is none."""
        return self.metrics.get(part, {}).get(name)


def common_part(entries: list[Entry]) -> str:
    """Return the part by which runs are compared: the most telling one of those that all results have."""
    results = [entry for entry in entries if entry.is_result]
    shared = (part for part in TELLING_PARTS if all(part in entry.metrics for entry in results))
    return next(shared, TELLING_PARTS[-1])


def ranked(entries: list[Entry]) -> list[Entry]:
    """Return the results from the best to the worst by their error on the common part."""
    part = common_part(entries)
    known = [(entry.metric(part, "rmse"), entry) for entry in entries if entry.is_result]
    return [
        entry
        for rmse, entry in sorted(
            ((rmse, entry) for rmse, entry in known if rmse is not None), key=lambda one: one[0]
        )
    ]
