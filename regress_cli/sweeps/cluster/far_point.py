"""One point on a worker of a cluster: the only function that is sent there.

A worker that sees the folder of all runs makes the run in it. Another one makes it in a folder of its own,
and sends its files back with the outcome.
"""

import threading
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
from regress_cli.sweeps.outcome import Outcome, failure
from regress_cli.sweeps.workers.one_point import make_point
from regress_cli.text import printable
from regress_cli.version import __version__

# What is brought back lies in memory: the worker's, and then that of who asked for it.
LARGEST_CARRIED = 256 << 20

# The threads of a worker share its libraries' settings, and one core's worth of Python.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class FarOutcome:
    """How a point ended, with the files of a run that lies nowhere else.

    Attributes:
        outcome: How the point ended.
        files: Each file of its run by its name; none for a run that is in its place already.
        refusal: Why this worker can make no point at all, one line for each reason; none where it can.
    """

    outcome: Outcome
    files: Mapping[str, bytes] = field(default_factory=dict)
    refusal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Destination:
    """What is the same for all points of a sweep.

    Attributes:
        outputs: The folder of all runs, as who gives out the points sees it.
        mark: What lies in it.
        version: Of the regress that gives out the points.
    """

    outputs: str
    mark: str
    version: str


def make_far_point(
    number: int, config: dict[str, Any], folder_name: str, destination: Destination
) -> FarOutcome:
    """Make the run of a point, and see that it gets to where it belongs.

    Nothing is raised: an error that can't be sent would be waited for without end.

    Args:
        number: The point's.
        config: The resolved config, as plain data.
        folder_name: The run's final name.
        destination: Where it belongs.
    """
    try:
        return _made(number, config, folder_name, destination)
    except UserError as error:
        return FarOutcome(failure(number, error), refusal=error.messages)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told as the reason of this point.
        return FarOutcome(failure(number, error))


def _made(number: int, config: dict[str, Any], folder_name: str, destination: Destination) -> FarOutcome:
    """Do so.

    Raises:
        UserError: this worker can make no point: its regress or its table is another one.
    """
    from threadpoolctl import threadpool_limits

    # What was imported since the last point may have brought a library of its own.
    with _one_at_a_time, threadpool_limits(1):
        if destination.version != __version__:
            raise UserError(other_version(_address(), __version__, destination.version))
        if config["data"]["kind"] == "table":
            _refuse_other_table(config, folder_name)
        if sees_mark(Path(destination.outputs), destination.mark):
            return FarOutcome(make_point(number, config, destination.outputs))
        with TemporaryDirectory(prefix="regress-", dir=_scratch()) as scratch:
            outcome = make_point(number, config, scratch, destination.outputs)
            return _carried(outcome, Path(scratch) / folder_name)


def other_version(address: str, there: str | None, here: str) -> str:
    """Return the refusal of a worker that has no regress, or another one."""
    found = "has no regress" if there is None else f"has regress {there}"
    return (
        f"the worker {address} {found}, and this is regress {here}: run `pip install 'regress-cli=={here}'` "
        "in its environment, start it again, and give the same command again"
    )


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
        raise UserError(f"on the worker {_address()}: {error}; {remedy}") from error
    if plan.folder.name != folder_name:
        path = printable(config["data"]["path"])
        raise UserError(f"on the worker {_address()} the table {path} has another content; {remedy}")


def _address() -> str:
    from distributed import get_worker

    return get_worker().address


def _scratch() -> str:
    from distributed import get_worker

    return get_worker().local_directory
