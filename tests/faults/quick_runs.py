"""Runs that take no time: a slow clock, a checkpoint at each look, no real picture, no wait for the disk."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from shell import SMALL
from test_fit import slow_clock

from regress_cli import Run, load_config, run
from regress_cli.config import Experiment
from regress_cli.errors import Interrupted
from regress_cli.experiment.checkpoints import CheckpointClock
from regress_cli.experiment.watch import Watch
from regress_cli.runs.disk import disk
from regress_cli.runs.environment import describe_environment
from regress_cli.training import Progress

__all__ = ["quick", "quick_folder", "slow_clock"]

CONFIG = SMALL.replace("steps: 30", "steps: 6").replace("pictures: []", "pictures: [loss]")
_MEMORY = Path("/dev/shm")


@pytest.fixture
def quick(slow_clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a few checkpoints in eight steps, and put bytes in place of a picture."""
    monkeypatch.setattr(CheckpointClock, "is_due", lambda clock: True)
    monkeypatch.setattr("regress_cli.experiment.runner.drawn", _one_picture)
    monkeypatch.setattr(disk, "sync", lambda descriptor: None)
    # The same each time, and slow to make: the text of the config, and what describes the environment.
    monkeypatch.setattr("regress_cli.experiment.runner.to_yaml", lambda experiment, folder: CONFIG)
    for module in ("regress_cli.runs.workplace", "regress_cli.experiment.record"):
        monkeypatch.setattr(f"{module}.describe_environment", _environment)


@pytest.fixture
def quick_folder(quick: None, tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder, in memory where there is one: thousands of files are made and removed in it."""
    if not os.access(_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        yield Path(folder)


@cache
def _environment() -> dict[str, Any]:
    return describe_environment()


def _one_picture(*arguments: object) -> Iterator[tuple[str, bytes]]:
    yield "loss.png", b"a picture"


def make(folder: Path, name: str = "small", *, force: bool = False, watch: Watch | None = None) -> Run:
    """Make a run of that name in the folder."""
    return run(experiment_in(folder, name), folder / "outputs", force=force, watch=watch)


def experiment_in(folder: Path, name: str = "small") -> Experiment:
    """Return the run's config, from a file in the folder."""
    path = folder / "small.yaml"
    if not path.exists():
        path.write_text(CONFIG)
    return _loaded(path, name)


@cache
def _loaded(path: Path, name: str) -> Experiment:
    # The text is always the same, and a test asks for it hundreds of times.
    return load_config(path, [f"name={name}"])


def interrupt(folder: Path) -> None:
    """Leave a run that has trained for a while, and has a checkpoint."""
    with pytest.raises(Interrupted):
        make(folder, watch=_Impatient())


def start_again_from(template: Path, folder: Path) -> None:
    """Make a folder what it was before the fault."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)


class _Impatient(Watch):
    """Interrupts training when it has looked twice."""

    def __init__(self) -> None:
        self.looks = 0

    def progress(self, progress: Progress) -> None:
        self.looks += 1
        if self.looks == 2:
            raise Interrupted(signal.SIGINT, "interrupted")
