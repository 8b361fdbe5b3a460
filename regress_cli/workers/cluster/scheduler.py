"""The way to a cluster: from an address, or a queue's name, to a scheduler that answers."""

import asyncio
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regress_cli.errors import UserError
from regress_cli.text import printable

if TYPE_CHECKING:
    from distributed import Client

# A scheduler answers in milliseconds, wherever it is.
_CONNECT_SECONDS, _ANSWER_SECONDS = 3, 5


@dataclass(frozen=True)
class Scheduler:
    """A scheduler that answers.

    Attributes:
        name: What the user calls it.
        client: The connection.
        ask_for_workers: Puts so many jobs in the queue; None where workers are somebody else's affair.
    """

    name: str
    client: "Client"
    ask_for_workers: Callable[[int], None] | None = None


@contextmanager
def connected(cluster: str) -> Iterator[Scheduler]:
    """Yield the scheduler of an address such as ``tcp://HOST:8786``, or of a queue such as ``slurm``.

    Raises:
        UserError: there is none, or its library is not installed.
    """
    with _quiet():
        if "://" in cluster:
            with _at(cluster) as client:
                yield Scheduler(cluster, client)
        elif cluster in _QUEUES:
            with _in_queue(cluster) as scheduler:
                yield scheduler
        else:
            raise UserError(
                f"--cluster: {printable(cluster)} is no scheduler; give its address, such as "
                f"tcp://HOST:8786, or one of the queues {', '.join(_QUEUES)}"
            )


@contextmanager
def _at(address: str) -> "Iterator[Client]":
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError("--cluster needs dask.distributed: pip install 'regress-cli[cluster]'") from error
    _refuse_deaf(address)
    try:
        client = Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(_no_answer(address, error)) from error
    try:
        yield client
    finally:
        _closed(client)


def _refuse_deaf(address: str) -> None:
    """Refuse an address at which no scheduler answers; a client would wait there for ever."""
    try:
        kind = asyncio.run(_kind_at(address))
    except Exception as error:  # Whatever listens there may answer anything.
        raise UserError(_no_answer(address, error)) from error
    if kind != "Scheduler":
        raise UserError(
            f"--cluster: at {printable(address)} is a Dask {kind.lower()}, no scheduler; give the address "
            "that `dask scheduler` prints"
        )


async def _kind_at(address: str) -> str:
    from distributed import rpc

    async with asyncio.timeout(_ANSWER_SECONDS):
        async with rpc(address, timeout=_CONNECT_SECONDS) as there:
            answer: Any = await there.identity()
            return answer["type"]


def _no_answer(address: str, error: BaseException) -> str:
    # What is wrong with an address itself, or with the certificates, is said by Dask alone.
    is_wrong = isinstance(error, ValueError | TypeError)
    reason = f" ({printable(error, 200)})" if is_wrong else ""
    return (
        f"--cluster: no Dask scheduler answers at {printable(address)}{reason}; start one with `dask "
        "scheduler` and give the address that it prints, such as tcp://HOST:8786"
    )


@contextmanager
def _in_queue(queue: str) -> Iterator[Scheduler]:
    try:
        import dask_jobqueue
        from dask.config import get as setting
        from distributed import Client
    except ImportError as error:
        raise UserError(f"--cluster {queue} needs dask-jobqueue: pip install dask-jobqueue") from error
    missing = [key for key in _JOB if setting(f"jobqueue.{queue}.{key}", None) is None]
    if missing:
        raise UserError(
            f"--cluster {queue}: what a job is given has to be known; write {' and '.join(missing)} (and the "
            f"queue's own keys) in ~/.config/dask/jobqueue.yaml, under jobqueue and {queue}"
        )
    try:
        # A page that nobody opens would need a port of its own.
        cluster: Any = getattr(dask_jobqueue, _QUEUES[queue])(scheduler_options={"dashboard": False})
    except (ValueError, TypeError, OSError, RuntimeError) as error:
        raise UserError(
            f"--cluster {queue}: {printable(error, 300)}; change ~/.config/dask/jobqueue.yaml, under "
            f"jobqueue and {queue}"
        ) from error
    try:
        client = Client(cluster, timeout=_ANSWER_SECONDS, set_as_default=False)
        try:
            yield Scheduler(queue, client, lambda jobs: cluster.scale(jobs=jobs))
        finally:
            _closed(client)
    finally:
        with suppress(Exception):  # The queue ends what it could not be told to end.
            cluster.close(timeout=_ANSWER_SECONDS)


def _closed(client: "Client") -> None:
    """Close a connection, if it is still there."""
    with suppress(Exception):
        client.close(timeout=_ANSWER_SECONDS)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from telling in its own words what is told in a sentence here."""
    # Dask gives each of its loggers a level of its own as it is imported, and asyncio has one too.
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


# No queue starts a job without, and no library can guess them.
_JOB = ("cores", "memory")
# By the name that is also the section's in Dask's own config.
_QUEUES = {
    "htcondor": "HTCondorCluster",
    "lsf": "LSFCluster",
    "moab": "MoabCluster",
    "oar": "OARCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "slurm": "SLURMCluster",
}
