"""The second process that draws: the same pictures with it and without it, and nothing of it is left."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from conftest import selected
from shell import SMALL, call, small_config

from regress_cli import Run, load_config, run
from regress_cli.cli import ahead
from regress_cli.drawing import helper as helpers
from regress_cli.drawing.helper import Helper
from regress_cli.drawing.picture import Picture, draw

X = np.linspace(0, 1, 20)
FIGURES = {
    "fit_figure": {
        "points": {"train": (X, X**2)},
        "fit": (X, X),
        "truth": None,
        "x_name": "x",
        "y_name": "y",
        "title": "a fit",
    },
    "loss_figure": {
        "steps": [0, 1],
        "losses": {"train": [9.0, 1.0]},
        "levels": {},
        "y_name": "loss",
        "title": "t",
    },
    "residual_figure": {"points": {"train": (X, X**2)}, "y_name": "y", "title": "ä, R² and 漢"},
}
PICTURES = [
    Picture(file_format, *figure)
    for file_format, figure in zip(cycle(["png", "svg", "pdf"]), FIGURES.items(), strict=False)
]
# More than a pipe holds, so that a helper that does not read keeps who writes waiting.
_OF_ONE_LINE = {**FIGURES["residual_figure"], "points": {"train": [X] * 2}}
LARGE = [
    Picture("svg", "residual_figure", _OF_ONE_LINE),
    Picture("svg", "residual_figure", {**_OF_ONE_LINE, "title": "long " * 100_000}),
]
UNDRAWABLE = Picture("png", "no_such_figure", {})

# What a helper may be, in place of the one that draws.
BROKEN = {
    "ends at once": "pass",
    "fails": "raise SystemExit(3)",
    "talks": "print('x' * 100_000)",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "hangs": "import time; time.sleep(60)",
    "closes its pipes": "import os, time; os.close(0); os.close(1); time.sleep(60)",
    "answers in part": "import os; os.write(1, (9).to_bytes(8, 'little') + b'half')",
}


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a helper for each run, also on one core and where matplotlib is imported already."""
    monkeypatch.setattr(helpers, "_is_worthwhile", lambda: True)


@pytest.fixture
def _never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a helper is started."""

    def start() -> None:
        raise AssertionError("a helper was started")

    monkeypatch.setattr(helpers, "_start", start)


def drawn_by(helper: Helper, pictures: list[Picture]) -> list[bytes]:
    """Return the pictures' contents."""
    helper.start()
    helper.begin(pictures)
    return [helper.content(picture) for picture in pictures]


@cache
def drawn_here() -> list[bytes]:
    """Return the contents of all pictures as this process draws them."""
    return [draw(picture) for picture in PICTURES]


@cache
def large_drawn_here() -> list[bytes]:
    """Return the contents of the large pictures as this process draws them."""
    return [draw(picture) for picture in LARGE]


def refuse_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let drawing in this process be an error."""
    monkeypatch.setattr(helpers, "draw", None)


def wait_for(condition: Callable[[], object]) -> None:
    """Return when the condition holds."""
    give_up = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


@pytest.mark.usefixtures("_always")
def test_both_ways_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch):
    """In every format a picture of the second process is the one that this process draws."""
    expected = drawn_here()
    refuse_to_draw(monkeypatch)
    with Helper() as helper:
        assert drawn_by(helper, PICTURES) == expected


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_are_drawn_too(monkeypatch: pytest.MonkeyPatch, count: int):
    """No picture and one are drawn by the second process."""
    expected = drawn_here()[:count]
    refuse_to_draw(monkeypatch)
    with Helper() as helper:
        assert drawn_by(helper, PICTURES[:count]) == expected


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_a_helper_that_fails_is_done_without(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], kind: str
):
    """Whatever the second process does, the pictures are drawn, and none of its output is shown."""
    monkeypatch.setattr(helpers, "_CODE", BROKEN[kind])
    monkeypatch.setattr(helpers, "_LONGEST_SECONDS", 0.5)
    with Helper() as helper:
        process = helper._process
        assert drawn_by(helper, LARGE) == large_drawn_here()
        assert process is None or process.returncode is not None
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("_always")
def test_a_helper_that_is_killed_while_it_draws_is_done_without():
    """The pictures that a killed process has not delivered are drawn here."""
    with Helper() as helper:
        helper.start()
        assert helper._process is not None
        helper._process.kill()
        assert drawn_by(helper, PICTURES[:2]) == drawn_here()[:2]


@pytest.mark.usefixtures("_always")
def test_what_cannot_be_drawn_is_told_by_this_process():
    """A picture that the second process refuses is tried here, where the reason is seen."""
    with Helper() as helper:
        helper.start()
        helper.begin([PICTURES[0], UNDRAWABLE, PICTURES[1]])
        assert helper.content(PICTURES[0]) == drawn_here()[0]
        with pytest.raises(AttributeError, match="no_such_figure"):
            helper.content(UNDRAWABLE)
        assert helper.content(PICTURES[1]) == drawn_here()[1]


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("executable", ["", "/nonexistent/python", "/dev/null"])
def test_a_python_that_cannot_be_started_is_done_without(monkeypatch: pytest.MonkeyPatch, executable: str):
    """Without a Python to start, this process draws."""
    monkeypatch.setattr(sys, "executable", executable)
    with Helper() as helper:
        assert drawn_by(helper, PICTURES[:1]) == drawn_here()[:1]


@pytest.mark.usefixtures("_always")
def test_nothing_is_left_of_a_helper():
    """After the block the process has ended and was waited for, and its pipes are closed."""
    with Helper() as helper:
        helper.start()
        process = helper._process
        assert process is not None
        helper.start()
        assert helper._process is process
    assert process.returncode is not None
    assert process.stdin is not None
    assert process.stdin.closed


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize("pictures", selected([[], PICTURES[:1]], 2))
def test_no_cache_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: list[Picture]):
    """Where matplotlib can't write, it makes a folder; that is gone, also if nothing was drawn after all."""
    monkeypatch.setenv("MPLCONFIGDIR", "/dev/null/none")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(helpers, "_LEAVING_SECONDS", 30)
    with Helper() as helper:
        helper.start()
        if pictures:
            drawn_by(helper, pictures)
        else:
            # A file by which Python tries the folder comes and goes before it.
            wait_for(lambda: any(tmp_path.glob("matplotlib-*")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_always")
def test_nothing_is_imported_from_the_folder_of_the_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Files beside a config are no modules, also for a process whose search path begins with its folder."""
    (tmp_path / "pickle.py").write_text("open('imported', 'w').close()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    refuse_to_draw(monkeypatch)
    with Helper() as helper:
        drawn_by(helper, PICTURES[:1])
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize(
    ("executable", "expected"),
    [
        ("/usr/bin/python3.11", True),
        ("/opt/bin/pypy3", True),
        ("/usr/sbin/uwsgi", False),
        ("", False),
        (None, False),
    ],
)
def test_only_python_is_started(executable: str | None, expected: bool):
    """A program in which Python is embedded is not started again."""
    assert helpers._is_python(executable) is expected


def test_a_helper_needs_a_core_of_its_own(monkeypatch: pytest.MonkeyPatch):
    """With one core, or where matplotlib is imported already, or in a second run, there is none."""
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    monkeypatch.setattr(helpers, "_started", [])
    monkeypatch.setattr(helpers, "_cores", lambda: 2)
    assert helpers._is_worthwhile()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", sys)
        assert not helpers._is_worthwhile()
    monkeypatch.setattr(helpers, "_started", [1])
    assert not helpers._is_worthwhile()
    monkeypatch.setattr(helpers, "_started", [])
    monkeypatch.setattr(helpers, "_cores", lambda: 1)
    assert not helpers._is_worthwhile()


@pytest.mark.usefixtures("_always")
def test_a_run_in_a_thread_has_a_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Outside the main thread, too, the second process draws."""
    refuse_to_draw(monkeypatch)
    made: list[Run] = []
    config = load_config(small_config(tmp_path), ["plots.pictures=[loss]"])
    thread = threading.Thread(target=lambda: made.append(run(config, tmp_path)))
    thread.start()
    thread.join()
    assert len(made[0].plot_paths) == 1
    assert made[0].record["notes"] == []


def test_a_script_needs_no_guard(tmp_path: Path):
    """A script without ``if __name__ == "__main__"`` is run once, wherever regress was imported from."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os; from pathlib import Path\n"
        "from regress_cli import load_config, run\n"
        "from regress_cli.drawing import helper\n"
        "helper._cores = lambda: 2\n"
        "helper.draw = None\n"
        "config = load_config('small.yaml', ['plots.pictures=[loss]'])\n"
        "print(len(run(config).plot_paths), helper._started != [])\n"
    )
    small_config(tmp_path)
    answer = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (answer.stdout, answer.stderr) == ("1 True\n", "")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_helper_does_not_outlive_the_run(tmp_path: Path, number: int):
    """However the first process ends, also by kill -9, the second one ends too."""
    (tmp_path / "long.yaml").write_text(
        SMALL.replace("steps: 30", "steps: 100000000").replace("pictures: []", "pictures: [loss]")
    )
    code = (
        "from regress_cli.drawing import helper; helper._cores = lambda: 2\n"
        "from regress_cli.__main__ import main; main()"
    )
    command = [sys.executable, "-c", code, "run", "long.yaml", "-q"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: children_of(process.pid))
            [child] = children_of(process.pid)
        finally:
            process.send_signal(number)
    wait_for(lambda: not is_alive(child))


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that only waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.usefixtures("_always", "_never")
def test_a_finished_run_starts_no_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where nothing is to be drawn, no second process is started."""
    config = load_config(small_config(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(helpers, "_is_worthwhile", lambda: False)
        made = run(config, tmp_path)
    assert run(config, tmp_path) == made
    assert call("run", tmp_path / "small.yaml", "--dry-run", "--out", tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "small.yaml"], False),
        (["run", "small.yaml", "--force"], True),
        (["run", "small.yaml", "--force", "--dry-run"], False),
        (["run", "small.yaml", "--out", "elsewhere"], True),
        (["run", "-q", "--out=elsewhere", "small.yaml"], True),
        (["run", "small.yaml", "name=other"], True),
        (["run", "small.yaml", "--out", "small.yaml"], False),
        (["run", "missing.yaml", "--out", "elsewhere"], False),
        (["run", "unnamed.yaml"], True),
        (["run"], False),
        (["predict", "small.yaml"], False),
        ([], False),
    ],
)
def test_a_glance_tells_whether_a_run_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: bool
):
    """The helper starts ahead for a run whose name is not there yet, and for one that is forced."""
    started: list[bool] = []
    monkeypatch.setattr(Helper, "start", lambda self: started.append(True))
    monkeypatch.chdir(tmp_path)
    small_config(tmp_path)
    (tmp_path / "unnamed.yaml").write_text(SMALL.replace("name: small\n", ""))
    (tmp_path / "outputs" / "small-0123456789ab").mkdir(parents=True)
    ahead.helper_for(arguments)
    assert bool(started) is expected


def test_a_glance_takes_nothing_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A config that is no file is refused later; until then nobody waits for what it holds."""
    monkeypatch.setattr(Helper, "start", None)
    os.mkfifo(tmp_path / "pipe.yaml")
    ahead.helper_for(["run", str(tmp_path / "pipe.yaml"), "--out", str(tmp_path)])


def test_pictures_can_be_sent():
    """A picture consists of plain data: sent through a pipe it is the same."""
    assert repr(pickle.loads(pickle.dumps(PICTURES))) == repr(PICTURES)
    assert os.name == "posix" or not helpers._is_worthwhile()
