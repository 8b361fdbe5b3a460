"""How many runs go through a Dask scheduler on loopback with two workers, and what this process pays.

Usage: python benchmarks/cluster_throughput.py
"""

import queue
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from places import HERE

from regress_cli.cli.workers import chosen_workers
from regress_cli.sweeps.asking.asked import Wishes, asked_sweep
from regress_cli.sweeps.run_sweep import run_sweep

sys.path.append(str(HERE.parent / "tests"))
from clusters import ELSEWHERE, cluster_in

# A run that takes no time, so that what remains is the way there and back.
_TINY = """\
name: tiny
data: {kind: synthetic, n: 20, inputs: {x: {low: 0, high: 3}}, target: 4*x + 10, noise: 2}
model: {kind: linear}
optimizer: {kind: exact}
"""
_FEW, _MANY, _TASKS = 50, 250, 2000
# As many as regress gives out for two workers of one thread.
_AT_A_TIME = 6


def main() -> None:
    """Print the figures of docs/sweeps.md."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with two_workers(folder / "shared") as address:
            print(f"tasks that do nothing: {tasks_a_second(address):.0f} a second")
            print(f"runs in a shared folder: {cost_of_a_run(address, folder / 'shared')}")
        with two_workers(folder / "elsewhere", "--preload", "elsewhere.py") as address:
            print(f"runs that are brought back: {cost_of_a_run(address, folder / 'elsewhere')}")


@contextmanager
def two_workers(folder: Path, *options: str) -> Iterator[str]:
    """Yield the address of a scheduler with two workers."""
    folder.mkdir()
    (folder / "elsewhere.py").write_text(ELSEWHERE)
    with cluster_in(folder) as cluster:
        for name in ("first", "second"):
            cluster.worker(name, options=options)
        yield cluster.address


def tasks_a_second(address: str) -> float:
    """Return how many tasks go through a scheduler, as many at a time as points would."""
    from distributed import Client

    ended: queue.SimpleQueue = queue.SimpleQueue()
    alive, given, started = set(), 0, time.perf_counter()
    with Client(address, set_as_default=False) as client:
        for _ in range(_TASKS):
            while len(alive) < _AT_A_TIME and given < _TASKS:
                future = client.submit(abs, given, pure=False)
                alive.add(future)
                future.add_done_callback(ended.put)
                given += 1
            future = ended.get()
            future.result()
            alive.remove(future)
        return _TASKS / (time.perf_counter() - started)


def cost_of_a_run(address: str, folder: Path) -> str:
    """Return what each further run takes, in words."""
    (folder / "tiny.yaml").write_text(_TINY)
    sweep(address, folder, 10, "first")
    few, many = sweep(address, folder, _FEW, "few"), sweep(address, folder, _MANY, "many")
    wall, own = (1e3 * (b - a) / (_MANY - _FEW) for a, b in zip(few, many, strict=True))
    return f"{wall:.1f} ms each, {own:.1f} ms of which are this process's"


def sweep(address: str, folder: Path, count: int, name: str) -> tuple[float, float]:
    """Run a sweep, and return its seconds and those of this process's processor time."""
    asked = asked_sweep(folder / "tiny.yaml", [f"seed=0..{count - 1}"], Wishes())
    with chosen_workers(address, None, lambda text: None) as workers:
        started, own = time.perf_counter(), time.process_time()
        run_sweep(asked, folder / name, workers)
        return time.perf_counter() - started, time.process_time() - own


if __name__ == "__main__":
    main()
