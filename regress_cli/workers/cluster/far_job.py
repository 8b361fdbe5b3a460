"""One job on a worker of a cluster: the only function that is sent there."""

import threading

from regress_cli.version import __version__
from regress_cli.workers.cluster.versions import other_version
from regress_cli.workers.job import Broken, Done, Job, Refused, answer_to

# The threads of a worker share its libraries' settings, and one core's worth of Python.
_one_at_a_time = threading.Lock()


def answer_of_worker(job: Job, version: str) -> Done | Refused | Broken:
    """Do a job, and return what is sent back.

    Nothing is raised: an error that can't be sent would be waited for without end.

    Args:
        job: What is to be done.
        version: Of the regress that gives it out; a worker with another one does nothing.
    """
    from threadpoolctl import threadpool_limits

    if version != __version__:
        return Refused((other_version(worker_address(), __version__, version),))
    # What was imported since the last job may have brought a library of its own.
    with _one_at_a_time, threadpool_limits(1):
        return answer_to(job)


def worker_address() -> str:
    """Return the address of the worker that does the job of this thread."""
    from distributed import get_worker

    return get_worker().address
