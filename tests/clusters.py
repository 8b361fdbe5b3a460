"""A real scheduler and real workers on loopback, each a process of its own, for tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST_SECONDS = 60.0
# Nobody looks at their pages.
_QUIET = ["--no-dashboard", "--host", "127.0.0.1"]

# A worker that starts with this sees another file system than the tests: none of their folders of runs.
ELSEWHERE = """\
from regress_cli.runs import shared_mark
shared_mark._PREFIX = ".elsewhere-"
"""


class Cluster:
    """A scheduler with the workers that tests start for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.scheduler = self._start("scheduler", "dask_scheduler", ["--port", "0"])
        self.address = self._line_in("scheduler", "Scheduler at:")

    def worker(self, name: str, *arguments: str, options: tuple[str, ...] = (), **variables: str):
        """Start a worker, and return its process once the scheduler knows it.

        Args:
            name: Of its log and its folder.
            arguments: Of the interpreter.
            options: Of the worker.
            variables: Of its environment.
        """
        more = [self.address, "--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder / name)]
        process = self._start(name, "dask_worker", [*more, *options], *arguments, **variables)
        self.workers[name] = process
        self._line_in(name, "Registered to:")
        return process

    def address_of(self, name: str) -> str:
        """Return a worker's address."""
        return self._line_in(name, "Start worker at:")

    def end(self, process: "subprocess.Popen[bytes]") -> None:
        """End a process, and return once it is gone."""
        process.terminate()
        process.wait(_LONGEST_SECONDS)

    def close(self) -> None:
        """End all that was started."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.kill()
            process.wait(_LONGEST_SECONDS)

    def _start(self, name: str, program: str, options: list[str], *arguments: str, **variables: str):
        command = [sys.executable, *arguments, "-m", f"distributed.cli.{program}", *_QUIET, *options]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def _line_in(self, name: str, words: str) -> str:
        """Return what stands behind these words in a process's log, once it does."""
        log, deadline = self.folder / f"{name}.log", time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < deadline:
            for line in log.read_text().splitlines():
                if words in line:
                    return line.rpartition(words)[2].strip()
            time.sleep(0.02)
        raise AssertionError(f"{words!r} is not in {log}: {log.read_text()}")


@contextmanager
def cluster_in(folder: Path) -> Iterator[Cluster]:
    """Yield a scheduler without workers; it ends with the block, and so do the workers started for it."""
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.close()


def packages_without_regress(folder: Path) -> dict[str, str]:
    """Return the environment of an interpreter that is started with ``-S``: all packages but regress."""
    import distributed

    installed = Path(distributed.__file__).parents[1]
    for path in installed.iterdir():
        if "regress" not in path.name:
            (folder / path.name).symlink_to(path)
    return {"PYTHONPATH": str(folder)}
