"""Runs a sweep over seeds and prints how long it took, and what a run of it is.

Arguments: the config, how many seeds, how many workers; and ``dask``, for workers of a scheduler on loopback.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from regress_cli.cli.workers import chosen_workers
from regress_cli.sweeps.asking.asked import Wishes, asked_sweep
from regress_cli.sweeps.run_sweep import run_sweep


def main() -> None:
    """Print ``seconds``, and the median ``training`` seconds, ``files`` and ``bytes`` of a run."""
    config, count, jobs, *kind = sys.argv[1:]
    asked = asked_sweep(Path(config), [f"seed=0..{int(count) - 1}"], Wishes())
    out = Path("outputs")
    with cluster_of(int(jobs)) if kind else here() as address:
        # The first points wait for imports, with Dask even for those of the workers' own.
        started = time.perf_counter()
        with chosen_workers(address, None if address else int(jobs), lambda text: None) as workers:
            run_sweep(asked, out, workers)
        seconds = time.perf_counter() - started
    folders = [path.parent for path in out.glob("*-*/run.json")]
    sizes = [[path.stat().st_size for path in folder.rglob("*") if path.is_file()] for folder in folders]
    training = [json.loads((one / "run.json").read_text())["timings"]["training"] for one in folders]
    facts = {"training": training, "files": list(map(len, sizes)), "bytes": list(map(sum, sizes))}
    print(json.dumps({"seconds": seconds, **{name: median(values) for name, values in facts.items()}}))


@contextmanager
def here() -> Iterator[None]:
    """Yield no address: the points are run by processes of this machine."""
    yield None


@contextmanager
def cluster_of(count: int) -> Iterator[str]:
    """Yield the address of a scheduler with so many workers, all processes of their own."""
    from distributed.deploy.subprocess import SubprocessCluster

    options = {"nthreads": 1}
    with SubprocessCluster("127.0.0.1", n_workers=count, worker_kwargs=options, silence_logs=50) as cluster:
        yield cluster.scheduler_address


if __name__ == "__main__":
    main()
