"""Signals while training: the checkpoint is kept, and going on gives the bytes of an undisturbed run."""

import errno
import fcntl
import os
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from conftest import selected
from processes import has_signals_in_hand
from shell import LONG, RUN_FILES, SMALL, call, names_in

from regress_cli import Run, load_config, open_run, run
from regress_cli.errors import Interrupted, LimitReached
from regress_cli.experiment import checkpoints
from regress_cli.experiment.plan import make_plan
from regress_cli.experiment.watch import Watch
from regress_cli.interrupts import deferred_signals
from regress_cli.runs.environment import describe_environment
from regress_cli.runs.workplace import Workplace
from regress_cli.training import Progress, TrainingState

# The command line, with pauses between short slices of training so that there is time to interrupt it.
SLOW = """
import time
from regress_cli.cli import app, live
from regress_cli.training import fit
fit._SLICE_SECONDS = 0.005
live.RunWatch.progress = lambda self, progress: time.sleep(0.05)
app.main()
"""


# The same, with the progress bar that a terminal is shown.
SHOWN = SLOW.replace(
    "live.RunWatch.progress = lambda self, progress: time.sleep(0.05)",
    "show = live.RunWatch.progress\n"
    "live.RunWatch.progress = lambda self, progress: (show(self, progress), time.sleep(0.05))",
)


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Heed SIGINT even where the suite was started in the background, which ignores it."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the checkpoint that an interruption leaves."""
    return interrupted(tmp_path_factory.mktemp("kept")).read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the run as it is when nothing interrupts it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    return run(load_config(config_in(folder)), folder / "outputs")


def config_in(folder: Path) -> Path:
    """Write the config."""
    path = folder / "long.yaml"
    path.write_text(LONG)
    return path


@contextmanager
def training_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the run as a process, and wait until it has trained long enough to leave a checkpoint."""
    command = [sys.executable, "-c", SLOW, "run", str(config_in(folder)), "-q"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            give_up = time.monotonic() + 60
            while not list(folder.glob("outputs/.working-*/checkpoint")):
                assert process.poll() is None, "the run was over before it could be interrupted"
                assert time.monotonic() < give_up
                time.sleep(0.005)
            yield process
        finally:
            process.kill()


def assert_same_result(made: Run, expected: Run) -> None:
    """Compare every byte, but for how long it took and the checksum that covers that."""
    assert made.folder.name == expected.folder.name
    of_its_making = dict.fromkeys(("timings", "checksum"))
    assert {**made.record, **of_its_making} == {**expected.record, **of_its_making}
    names = [str(path.relative_to(expected.folder)) for path in expected.folder.rglob("*.*")]
    assert len(names) == len(expected.record["files"]) + 1
    for name in set(names) - {"run.json"}:
        assert (made.folder / name).read_bytes() == (expected.folder / name).read_bytes(), name
    assert names_in(made.folder) == RUN_FILES
    assert names_in(made.folder.parent) == [made.folder.name]


class Notes(Watch):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        """Take a note."""
        self.texts.append(text)


@pytest.mark.parametrize(
    ("number", "code"), selected([(signal.SIGINT, 130), (signal.SIGHUP, 129), (signal.SIGTERM, 143)], 2)
)
def test_an_interrupted_run_says_so_and_keeps_the_checkpoint(
    tmp_path: Path, undisturbed: Run, number: int, code: int
):
    """A signal ends training with its code and one line; the checkpoint at the step it names is left."""
    with training_process(tmp_path) as process:
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == code
    assert stdout == ""
    [line] = stderr.splitlines()
    said = re.fullmatch(
        "error: interrupted at step ([0-9,]+) of 3,000; "
        "the checkpoint is kept: give the same command again to go on",
        line,
    )
    assert said is not None, line
    assert_step_kept(tmp_path / "outputs", undisturbed, said[1])
    if number == signal.SIGINT:
        assert_goes_on(tmp_path, undisturbed)


def assert_step_kept(outputs: Path, undisturbed: Run, step: str) -> None:
    """Check that there is nothing but a checkpoint, and that it can be used and is of a step."""
    [working] = outputs.iterdir()
    assert names_in(working) == ["checkpoint"]
    arrays = Workplace(working, outputs / undisturbed.folder.name).load_checkpoint()
    assert arrays is not None
    assert f"{TrainingState.from_arrays(arrays).step:,}" == step


def assert_goes_on(folder: Path, undisturbed: Run) -> None:
    """Give the same command again, and check that it goes on to the same bytes."""
    notes = Notes()
    made = run(load_config(folder / "long.yaml"), folder / "outputs", watch=notes)
    assert notes.texts[0].startswith("going on from the checkpoint at step ")
    assert_same_result(made, undisturbed)


@contextmanager
def process_in_a_terminal(folder: Path, *, is_shown: bool, code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the run in a terminal of its own, and close that once there is a checkpoint."""
    ours, its = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code, "run", str(config_in(folder))],
        cwd=folder,
        env={**os.environ, "TERM": "xterm"} if is_shown else None,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(its)
        # A terminal that nobody reads would be full one day.
        shown = b""
        give_up = time.monotonic() + 60
        while not (list(folder.glob("outputs/.working-*/checkpoint")) and (b"loss" in shown or not is_shown)):
            assert process.poll() is None, f"the run was over before its terminal was closed: {shown!r}"
            assert time.monotonic() < give_up
            if select.select([ours], [], [], 0.005)[0]:
                shown += os.read(ours, 1 << 16)
        os.close(ours)
        yield process


@pytest.mark.parametrize("is_shown", selected([True, False], 2))
def test_a_closed_terminal_keeps_the_checkpoint(tmp_path: Path, is_shown: bool):
    """When the terminal is closed, with a progress bar in it or not, the run ends with 129 and can go on."""
    with process_in_a_terminal(tmp_path, is_shown=is_shown, code=SHOWN) as process:
        process.wait(timeout=60)
    assert process.returncode == 129
    [working] = (tmp_path / "outputs").iterdir()
    assert names_in(working) == ["checkpoint"]


@pytest.mark.full
def test_a_run_that_ignores_the_hang_up_goes_on_unseen(tmp_path: Path, undisturbed: Run):
    """Started with nohup, a run outlives its terminal and finishes, though its bar can't be drawn."""
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)" + SHOWN.replace("0.05)", "0.001)")
    with process_in_a_terminal(tmp_path, is_shown=True, code=code) as process:
        process.wait(timeout=60)
    assert process.returncode == 0
    assert_same_result(open_run(tmp_path / "outputs" / undisturbed.folder.name), undisturbed)


def test_a_killed_run_goes_on(tmp_path: Path, undisturbed: Run):
    """After kill -9 the same command goes on from the last checkpoint to the same bytes."""
    with training_process(tmp_path) as process:
        process.kill()
    assert_goes_on(tmp_path, undisturbed)


class SignalAt(Watch):
    """Sends SIGINT to its own process when training is at or after a step."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.is_sent = False

    def progress(self, progress: Progress) -> None:
        """Send the signal once."""
        if progress.step >= self.step and not self.is_sent:
            self.is_sent = True
            os.kill(os.getpid(), signal.SIGINT)


def interrupted(folder: Path, *overrides: str) -> Path:
    """Interrupt a run at its first sign of life, and return its checkpoint."""
    with pytest.raises(Interrupted) as stopped:
        run(load_config(config_in(folder), overrides), folder / "outputs", watch=SignalAt(1))
    assert stopped.value.exit_code == 130
    [working] = (folder / "outputs").iterdir()
    return working / "checkpoint"


def test_a_signal_at_the_last_step_does_not_cost_the_run(tmp_path: Path, undisturbed: Run):
    """When training has ended, a signal is heeded only once the folder is finished, and says so."""
    config = config_in(tmp_path)
    with pytest.raises(Interrupted, match="the run was just finished"):
        run(load_config(config), tmp_path / "outputs", watch=SignalAt(3000))
    notes = Notes()
    assert_same_result(run(load_config(config), tmp_path / "outputs", watch=notes), undisturbed)
    assert notes.texts == ["this run was made before, and is not repeated; --force repeats it"]


def place_with(content: bytes, folder: Path, name: str) -> Workplace:
    """Return the place of the run of that name, with a checkpoint of these bytes in it."""
    (folder / "checkpoint").write_bytes(content)
    return Workplace(folder, folder.parent / name)


DAMAGES = {
    "flip": lambda content: bytes([*content[:-9], content[-9] ^ 1, *content[-8:]]),
    "flip in the seal": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"\0",
    "empty": lambda content: b"",
    "text": lambda content: b"hello",
}


def test_a_checkpoint_is_used(tmp_path: Path, kept: bytes, undisturbed: Run):
    """What an interruption left is taken as it is, so that the refusals below are none by accident."""
    assert place_with(kept, tmp_path, undisturbed.folder.name).load_checkpoint() is not None


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_not_used(tmp_path: Path, kept: bytes, undisturbed: Run, damage: str):
    """A checkpoint that was damaged is not trusted."""
    damaged = DAMAGES[damage](kept)
    assert place_with(damaged, tmp_path, undisturbed.folder.name).load_checkpoint() is None


def test_a_foreign_checkpoint_is_not_used(tmp_path: Path, kept: bytes):
    """The checkpoint of another seed's run, copied to this one's place, is not trusted."""
    config = load_config(config_in(tmp_path), ["seed=7"])
    other = make_plan(config, tmp_path / "outputs").folder.name
    assert place_with(kept, tmp_path, other).load_checkpoint() is None


def test_where_a_checkpoint_is_not_used_training_starts_again(tmp_path: Path, kept: bytes, undisturbed: Run):
    """Beside a checkpoint that can't be trusted, the run says so and comes to the right result."""
    working = tmp_path / "outputs" / f".working-{undisturbed.folder.name}"
    working.mkdir(parents=True)
    place_with(DAMAGES["flip"](kept), working, undisturbed.folder.name)
    notes = Notes()
    made = run(load_config(config_in(tmp_path)), tmp_path / "outputs", watch=notes)
    [note] = notes.texts
    assert note == (
        "the checkpoint is damaged, or of another run, version, machine or number of threads; "
        "training starts again"
    )
    assert_same_result(made, undisturbed)


def test_force_does_not_go_on(tmp_path: Path, undisturbed: Run):
    """--force starts from the beginning, whatever checkpoint there is."""
    interrupted(tmp_path)
    notes = Notes()
    made = run(load_config(tmp_path / "long.yaml"), tmp_path / "outputs", force=True, watch=notes)
    assert notes.texts == []
    assert_same_result(made, undisturbed)


def test_fresh_does_not_go_on(tmp_path: Path, undisturbed: Run):
    """--fresh begins anew in place of going on, and finds a finished run as ever."""
    checkpoint = interrupted(tmp_path)
    config, out = tmp_path / "long.yaml", tmp_path / "outputs"
    answer = call("run", config, "--out", out, "--fresh")
    assert answer.exit_code == 0
    assert "going on" not in answer.stderr
    assert not checkpoint.exists()
    made = open_run(out / undisturbed.folder.name)
    assert_same_result(made, undisturbed)
    assert "is not repeated" in call("run", config, "--out", out, "--fresh").stderr
    assert open_run(made.folder).record == made.record


def test_a_fit_can_begin_anew(tmp_path: Path):
    """``fit`` knows --fresh as well, and its finished run is found all the same."""
    table = tmp_path / "line.csv"
    table.write_text("x,y\n1,2\n2,4.1\n3,6\n4,8.2\n")
    command = (
        "fit",
        "a*x",
        table,
        "plots.pictures=[fit]",
        "--out",
        tmp_path / "outputs",
        "--fresh",
        "--json",
    )
    first, second = call(*command), call(*command)
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout


@pytest.mark.parametrize("what", sorted(describe_environment()))
def test_a_checkpoint_of_another_arithmetic_is_not_used(
    tmp_path: Path, kept: bytes, undisturbed: Run, monkeypatch: pytest.MonkeyPatch, what: str
):
    """After an upgrade, or with other threads, training begins anew: no run mixes two arithmetics."""
    other = {**describe_environment(), what: "another"}
    monkeypatch.setattr("regress_cli.runs.workplace.describe_environment", lambda: other)
    assert place_with(kept, tmp_path, undisturbed.folder.name).load_checkpoint() is None


def test_a_checkpoint_of_another_form_is_not_used(tmp_path: Path, undisturbed: Run):
    """A checkpoint that is whole, but lacks what this regress keeps in it, makes training begin anew."""
    checkpoint = interrupted(tmp_path)
    place = Workplace(checkpoint.parent, tmp_path / "outputs" / undisturbed.folder.name)
    place.save_checkpoint({"params": np.zeros(3)})
    notes = Notes()
    made = run(load_config(tmp_path / "long.yaml"), tmp_path / "outputs", watch=notes)
    [note] = notes.texts
    assert note.endswith("training starts again")
    assert_same_result(made, undisturbed)


def test_a_checkpoint_that_can_not_be_read_just_now_is_kept(tmp_path: Path, monkeypatch):
    """A disk that fails while a checkpoint is read ends the run; it does not cost what was trained."""
    checkpoint = interrupted(tmp_path)
    content = checkpoint.read_bytes()

    def fails(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", fails)
        with pytest.raises(
            LimitReached, match=r"can't read .*checkpoint: Input/output error; check the disk"
        ):
            run(load_config(tmp_path / "long.yaml"), tmp_path / "outputs")
    assert checkpoint.read_bytes() == content


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(checkpoints, "time", self)

    def perf_counter(self) -> float:
        """Return the time."""
        return self.now


@pytest.mark.parametrize(("took", "pause"), [(0.01, 5.0), (0.025, 5.0), (0.25, 50.0), (3.0, 600.0)])
def test_checkpoints_take_one_percent_of_the_time_at_most(monkeypatch, took: float, pause: float):
    """The next is due after checkpoint_seconds, or 200 times what the last one took if that is more."""
    now = Clock(monkeypatch)
    clock = checkpoints.CheckpointClock(5.0)
    now.now = 4.9
    assert not clock.is_due()
    now.now = 5.1
    assert clock.is_due()
    with clock.saving():
        now.now += took
    now.now += pause * 0.99
    assert not clock.is_due()
    now.now += pause * 0.02
    assert clock.is_due()


def test_a_checkpoint_is_due_every_five_seconds_by_default(tmp_path: Path):
    """What an interruption costs at most is five seconds, unless the config says otherwise."""
    (tmp_path / "c.yaml").write_text(SMALL)
    assert load_config(tmp_path / "c.yaml").training.checkpoint_seconds == 5.0


def test_a_deferred_signal_is_noted_and_handlers_come_back():
    """In the block a first signal is only noted; afterwards the handlers are those of before."""
    numbers = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    with deferred_signals() as pending:
        assert not pending
        os.kill(os.getpid(), signal.SIGTERM)
        assert pending.number == signal.SIGTERM
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_second_signal_acts_at_once():
    """Who presses Ctrl-C twice does not have to wait."""
    with deferred_signals() as pending:
        os.kill(os.getpid(), signal.SIGINT)
        assert pending.number == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_an_ignored_signal_stays_ignored():
    """What the parent process asked to ignore, as nohup and cmd & do, is not noted."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred_signals() as pending:
            os.kill(os.getpid(), signal.SIGINT)
            assert not pending
    finally:
        signal.signal(signal.SIGINT, previous)


def test_another_thread_defers_nothing():
    """Outside the main thread, where Python sets no handlers, the block does nothing."""
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work() -> None:
        with deferred_signals() as pending:
            seen.append((bool(pending), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at handlers in /proc")
@pytest.mark.parametrize(
    ("number", "delay"), [(signal.SIGINT, 0.0), (signal.SIGTERM, 0.05), (signal.SIGHUP, 0.2)]
)
def test_a_signal_at_the_start_ends_with_one_line(tmp_path: Path, number: signal.Signals, delay: float):
    """From before the libraries are imported, a signal ends the command with its code and one line."""
    command = [
        sys.executable,
        "-m",
        "regress_cli",
        "run",
        str(config_in(tmp_path)),
        "training.steps=10000000",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not has_signals_in_hand(process.pid):
            assert process.poll() is None, "the run was over before it had the signals in hand"
        time.sleep(delay)
        process.send_signal(number)
        message = process.stderr.read()
    assert process.returncode == 128 + number
    assert message.startswith("error: interrupted")
    assert message.count("\n") == 1
