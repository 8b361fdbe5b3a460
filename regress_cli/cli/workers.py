"""Who does the jobs of a command, by its options."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from regress_cli.workers.cores import cores

if TYPE_CHECKING:
    from regress_cli.workers.workers import Workers


@contextmanager
def chosen_workers(
    cluster: str | None, jobs: int | None, tell: Callable[[str], None], *, are_apart: bool = False
) -> "Iterator[Workers]":
    """Yield the workers of a cluster, or the processes of this machine.

    Args:
        cluster: The address of a scheduler, or the name of a queue; None for this machine.
        jobs: How many jobs are done at a time, or how many workers a queue is asked for.
        tell: Hears what is worth a line of its own.
        are_apart: Whether processes of this machine keep to a core each, so that none takes from another.

    Raises:
        UserError: there is no such cluster.
    """
    if cluster is None:
        from regress_cli.workers.local import LocalWorkers

        yield LocalWorkers(jobs or cores(), are_apart)
        return
    from regress_cli.workers.cluster.scheduler import connected

    with connected(cluster) as scheduler:
        from regress_cli.workers.cluster.cluster import ClusterWorkers

        yield ClusterWorkers(scheduler, jobs, tell)
