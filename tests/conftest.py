"""What every test may use: the shipped configs, a way to run the command line, a fixed terminal."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from processes import heed_signals

# Tests run beside one another, on all cores; a library of linear algebra that took them all for itself would
# only wait for the others. It reads this when NumPy is imported, here and in the processes that tests start.
for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"

# Without a place for what is compiled, each process of the suite compiles all tests again, and each of the
# hundreds of processes that tests start all of regress.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

heed_signals()

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"

# A slow machine is no failure, so no example has a deadline. Other examples are drawn each time.
settings.register_profile("suite", deadline=None, max_examples=50)
settings.register_profile("full", deadline=None, max_examples=100)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for what takes too long for every day."""
    parser.addoption("--full", action="store_true", help="Run whole matrices, not a selection of them.")


def selected(cases: Iterable[Any], every: int) -> list[Any]:
    """Return the cases of a matrix; all but every so-manieth of them wait for ``--full``.

    Cases are values, or tuples of them. So that each value is among those that are selected, the number of
    an axis's values should be no multiple of ``every``.
    """
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=marks)
        for number, case in enumerate(cases)
        for marks in [[] if number % every == 0 else pytest.mark.full]
    ]


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of what ``--full`` is for."""
    config.addinivalue_line("markers", "full: runs with --full only")
    if config.getoption("--full"):
        settings.load_profile("full")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give all tests of a file to one process where the whole suite runs: what they share is made once.

    The files keep their order, for at its end are the smallest, so that all processes end together.
    """
    is_whole = config.args_source == config.ArgsSource.TESTPATHS and not config.getoption("--full")
    if not is_whole or config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep thousands of tests, which live as long as the process, out of every collection of garbage."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for."""
    if not config.getoption("--full"):
        items[:] = [item for item in items if item.get_closest_marker("full") is None]


@pytest.fixture(autouse=True)
def _fixed_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test the same terminal, whatever the one is that runs the suite."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")


Regress = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def regress(tmp_path: Path) -> Regress:
    """Return a function that runs the command line as a process of its own, in ``tmp_path``."""

    def call(*arguments: object, cwd: Path = tmp_path, timeout: float = 60, **variables: str):
        return subprocess.run(
            [sys.executable, "-m", "regress_cli", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return call
