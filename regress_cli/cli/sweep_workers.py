"""Who runs the points of a sweep, by its options."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from regress_cli.sweeps.workers.cores import cores

if TYPE_CHECKING:
    from regress_cli.sweeps.workers.workers import Workers


@contextmanager
def chosen_workers(
    cluster: str | None, jobs: int | None, out: Path, tell: Callable[[str], None]
) -> "Iterator[Workers]":
    """Yield the workers of a cluster, or the processes of this machine.

    Args:
        cluster: The address of a scheduler, or the name of a queue; None for this machine.
        jobs: How many points are run at a time, or how many jobs a queue is asked for.
        out: The folder of all runs.
        tell: Hears what is worth a line of its own.

    Raises:
        UserError: there is no such cluster.
    """
    if cluster is None:
        from regress_cli.sweeps.workers.pool import LocalWorkers

        yield LocalWorkers(jobs or cores())
        return
    from regress_cli.sweeps.cluster.scheduler import connected

    with connected(cluster) as scheduler:
        from regress_cli.sweeps.cluster.cluster import ClusterWorkers

        yield ClusterWorkers(scheduler, out, jobs, tell)
