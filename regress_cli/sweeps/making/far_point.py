"""One point on a worker of a cluster.

A worker that sees the folder of all runs makes the run in it. Another one makes it in a folder of its own,
and sends its files back with the outcome.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from regress_cli.config import Experiment
from regress_cli.errors import DataError, LimitReached, UserError
from regress_cli.experiment.plan import make_plan
from regress_cli.runs.carried import carried_bytes, carried_files
from regress_cli.runs.shared_mark import sees_mark
from regress_cli.sweeps.making.one_point import make_point
from regress_cli.sweeps.outcome import Outcome, failure
from regress_cli.text import printable
from regress_cli.workers.cluster.far_job import worker_address

# What is brought back lies in memory: the worker's, and then that of who asked for it.
LARGEST_CARRIED = 256 << 20


@dataclass(frozen=True)
class FarOutcome:
    """How a point ended, with the files of a run that lies nowhere else.

    Attributes:
        outcome: How the point ended.
        files: Each file of its run by its name; none for a run that is in its place already.
    """

    outcome: Outcome
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Destination:
    """What is the same for all points of a sweep.

    Attributes:
        outputs: The folder of all runs, as who gives out the points sees it.
        mark: What lies in it.
    """

    outputs: str
    mark: str


def make_far_point(
    number: int, config: dict[str, Any], folder_name: str, destination: Destination
) -> FarOutcome:
    """Make the run of a point, and see that it gets to where it belongs.

    Args:
        number: The point's.
        config: The resolved config, as plain data.
        folder_name: The run's final name.
        destination: Where it belongs.

    Raises:
        UserError: this worker can make no point: its table is another one.
    """
    try:
        return _made(number, config, folder_name, destination)
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told as the reason of this point.
        return FarOutcome(failure(number, error))


def _made(number: int, config: dict[str, Any], folder_name: str, destination: Destination) -> FarOutcome:
    if config["data"]["kind"] == "table":
        _refuse_other_table(config, folder_name)
    if sees_mark(Path(destination.outputs), destination.mark):
        return FarOutcome(make_point(number, config, destination.outputs))
    with TemporaryDirectory(prefix="regress-", dir=_scratch()) as scratch:
        outcome = make_point(number, config, scratch, destination.outputs)
        return _carried(outcome, Path(scratch) / folder_name)


def _carried(outcome: Outcome, folder: Path) -> FarOutcome:
    if not folder.is_dir():
        return FarOutcome(outcome)
    size = carried_bytes(folder)
    if size > LARGEST_CARRIED:
        reason = LimitReached(
            f"its files have {size / 1e6:,.0f} MB, and at most {LARGEST_CARRIED / 1e6:,.0f} MB are brought "
            "back; give an --out on a file system that the workers share"
        )
        return FarOutcome(failure(outcome.number, reason, outcome.seconds))
    return FarOutcome(outcome, carried_files(folder))


def _refuse_other_table(config: Mapping[str, Any], folder_name: str) -> None:
    """Refuse a table that is not there, or has another content than where points are given out."""
    remedy = "put it on a file system that all share, or copy it to the same path on each worker"
    try:
        plan = make_plan(Experiment.model_validate(config))
    except DataError as error:
        raise UserError(f"on the worker {worker_address()}: {error}; {remedy}") from error
    if plan.folder.name != folder_name:
        path = printable(config["data"]["path"])
        raise UserError(f"on the worker {worker_address()} the table {path} has another content; {remedy}")


def _scratch() -> str:
    from distributed import get_worker

    return get_worker().local_directory
