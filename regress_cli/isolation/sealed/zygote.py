"""The parent's side of a sandbox: it starts the warm process, in what shuts it in, and gives it orders."""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

from regress_cli.errors import LimitReached
from regress_cli.isolation.conversation import Conversation
from regress_cli.isolation.frames import ProtocolError
from regress_cli.isolation.limits import Limits
from regress_cli.isolation.process import (
    CANNOT_START,
    LEAVING_SECONDS,
    MAKE_ROOM,
    ONE_THREAD,
    START_SECONDS,
    StartedProcess,
    pipe_between,
    refusal,
)
from regress_cli.isolation.sealed import bubblewrap, landlock, orders
from regress_cli.isolation.sealed.bundle import packed
from regress_cli.isolation.sealed.orders import Order, Report, report_of
from regress_cli.isolation.sealed.tier import Isolation
from regress_cli.isolation.sealed.visible import Visible, visible
from regress_cli.text import printable

_CODE = (
    # What is imported is no garbage.
    "import gc; gc.disable(); "
    "import marshal, os, sys; d = int(sys.argv[1]); "
    "boot, bundle, settings = marshal.loads(os.pread(d, os.fstat(d).st_size, 0)); "
    "exec(boot, {'__name__': 'boot', 'bundle': bundle, 'packages': settings['packages']}); "
    "from regress_cli.isolation.sealed.forking import main; main(settings)"
)
# What the process that was told to end an answer may take for that, and to leave.
_ENDING_SECONDS = 20.0
_AS_ORDERED = Report(orders.ENDED, -signal.SIGKILL)
_MORE_PROCESSES = 32
_MOST_TROUBLE = 4096


class Zygote:
    """The warm process of one sandbox.

    Args:
        isolated: What it is shut in with.
        folder: The folder with the submission's files.
        with_autograd: Whether autograd is visible; if not, there is a stand-in that differentiates nothing.

    Raises:
        LimitReached: it can't be started.
    """

    def __init__(self, isolated: Isolation, folder: Path, *, with_autograd: bool = False) -> None:
        seen = visible(("numpy", "autograd") if with_autograd else ("numpy",))
        with ExitStack() as stack, refusal():
            self._control, control_end = socket.socketpair()
            stack.enter_context(self._control)
            self._trouble = stack.enter_context(tempfile.TemporaryFile())
            with control_end:
                settings = _settings(isolated, seen, folder, control_end.fileno())
                settings["has_stand_in"] = not with_autograd
                self._process = _launched(isolated, seen, folder, settings, self._trouble)
            self._opened = stack.pop_all()
        self._ended: Report | None = None
        self._is_busy = self._is_lost = self._is_touched = False
        try:
            self._expect_ready()
        except BaseException:
            self.close()
            raise

    @property
    def is_usable(self) -> bool:
        """Whether it can start another process."""
        return not self._is_lost and self._process.poll() is None

    @property
    def is_fresh(self) -> bool:
        """Whether every process so far has come to the end that was ordered, and has left nothing behind."""
        return self.is_usable and not self._is_touched

    def start(self, limits: Limits) -> "ForkedProcess":
        """Return a process that it forks.

        Raises:
            LimitReached: it does not.
        """
        return ForkedProcess(self, limits)

    def order_start(self, limits: Limits, channel: int, words: int) -> None:
        """Have a process forked that gets a channel and a way for its last words."""
        if self._is_busy:
            raise RuntimeError("a sandbox asks one answer at a time; leave the block of the first one")
        self._ended, self._is_busy = None, True
        content = Order(orders.START, float(limits.seconds), int(limits.memory)).content()
        socket.send_fds(self._control, [content], [channel, words])

    def has_ended(self, seconds: float = 0.0) -> Report | None:
        """Return the report of the process's end, None if it has not come within the time."""
        deadline = time.monotonic() + seconds
        while self._ended is None and not self._is_lost:
            left = max(0.0, deadline - time.monotonic())
            if not self._has_news(left):
                break
            self._ended = self._next_report()
        if self._ended is not None:
            self._is_touched |= self._ended != _AS_ORDERED
            self._is_lost |= self._ended.is_spent
        return self._ended

    def end_process(self) -> None:
        """Have the process ended; if that takes too long, everything is."""
        self._is_busy = False
        if self.has_ended() is None and not self._is_lost:
            with suppress(OSError):
                self._control.settimeout(_ENDING_SECONDS)
                self._control.sendall(Order(orders.END).content())
            if self.has_ended(_ENDING_SECONDS) is None:
                self._is_lost = True
        if self._is_lost:
            self._kill()

    def close(self) -> None:
        """End it and all that it has started."""
        with self._opened:
            # It leaves when it sees that there is no one to obey.
            self._control.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING_SECONDS)
            self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _expect_ready(self) -> None:
        if not self._has_news(START_SECONDS):
            raise LimitReached(f"{CANNOT_START}; {MAKE_ROOM}")
        report = self._next_report()
        if report is None or report.kind != orders.READY:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING_SECONDS)
            raise LimitReached(f"{CANNOT_START}: {self._told()}; {MAKE_ROOM}")

    def _has_news(self, seconds: float) -> bool:
        """Wait until it has reported something, or is gone."""
        # A process that grades may have more files open than select can name.
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        return bool(waiting.poll(1000 * seconds))

    def _next_report(self) -> Report | None:
        """Return what it reports, None if it is gone or talks nonsense."""
        try:
            return report_of(self._control.recv(orders.REPORT_SIZE, socket.MSG_WAITALL))
        except (OSError, ProtocolError):
            self._is_lost = True
            return None

    def _told(self) -> str:
        """Return the last line of what was written to standard error before it was ready."""
        content = os.pread(self._trouble.fileno(), _MOST_TROUBLE, 0).decode(errors="replace")
        lines = content.strip().splitlines()
        return printable(lines[-1]) if lines else f"it ended with {self._process.poll()}"


class ForkedProcess(StartedProcess):
    """A process that a warm one has forked, as `Answer` uses it.

    Args:
        zygote: The warm one.
        limits: What one request may take.
    """

    def __init__(self, zygote: Zygote, limits: Limits) -> None:
        self._zygote = zygote
        with ExitStack() as ours, refusal():
            channel, channel_end = socket.socketpair()
            ours.enter_context(channel)
            with channel_end, ExitStack() as theirs:
                self._words, words = pipe_between(ours, theirs)
                zygote.order_start(limits, channel_end.fileno(), words)
            os.set_blocking(self._words, False)
            self._opened = ours.pop_all()
        self._conversation = Conversation(channel, self._is_alive)

    def status(self) -> int | None:
        """Return the exit status of a process that has closed its end of the channel; None if it lives on.

        Raises:
            LimitReached: the sandbox itself has ended.
        """
        ended = self._zygote.has_ended(LEAVING_SECONDS)
        if ended is None and not self._zygote.is_usable:
            raise LimitReached(f"the sandbox has ended by itself; {MAKE_ROOM}")
        return None if ended is None else ended.status

    def end(self) -> str:
        """End it and all that it has started, and return what it wrote about its end."""
        with self._opened:
            self._zygote.end_process()
            return self._last_words()

    def _is_alive(self) -> bool:
        return self._zygote.has_ended() is None and self._zygote.is_usable

    def _why_not(self) -> str:
        ended = self._zygote.has_ended(LEAVING_SECONDS)
        if ended is None:
            return ": it does not answer"
        if ended.kind == orders.FAILED:
            return f": {os.strerror(ended.status)}"
        words = self._last_words().strip().splitlines()
        return f": {printable(words[-1]) if words else f'it ended with {ended.status} before it was ready'}"


def _settings(isolated: Isolation, seen: Visible, folder: Path, control: int) -> dict[str, Any]:
    """Return what the warm process is told; in a sealed one, no path of this system is among it."""
    is_sealed = isolated.tier == "sealed"
    settings: dict[str, Any] = {
        "control": control,
        "place": bubblewrap.SUBMISSION,
        "folder": bubblewrap.SUBMISSION if is_sealed else str(folder),
        "packages": {name: str(path) for name, path in seen.packages.items()},
        "scratch": bubblewrap.SCRATCH if is_sealed else "",
        "is_filtered": isolated.tier != "limits",
        "has_landlock": isolated.tier == "locked" or (is_sealed and landlock.version() > 0),
        "keeps_files": not is_sealed,
        "processes": _most_processes(),
        "devices": [str(device) for device in bubblewrap.DEVICES],
        "readable": ["/"],
        "shown_as": {} if is_sealed else _shown_as(seen, folder),
    }
    if is_sealed:
        settings["packages"] = {name: f"{bubblewrap.PACKAGES}/{name}" for name in seen.packages}
    elif isolated.tier == "locked":
        settings["readable"] = [str(path) for path in (*seen.readable(), folder)]
    return settings


def _shown_as(seen: Visible, folder: Path) -> dict[str, str]:
    """Return what a message shows in place of each path that an answer may come across."""
    shown = {str(path.parent): bubblewrap.PACKAGES for path in seen.packages.values()}
    shown[str(folder)] = bubblewrap.SUBMISSION
    if not seen.belongs_to_the_system:
        shown[str(seen.prefix)] = str(seen.neutral(seen.prefix))
    return shown


def _most_processes() -> int | None:
    """Return how many processes and threads the user of an answer may have.

    Root's answers have users of their own. Those of others are counted with all that the user has, here or,
    by older kernels, outside: there are no more than the system has in all.
    """
    if sys.platform != "linux":
        return None
    if os.geteuid() == 0:
        return _MORE_PROCESSES
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2]) + _MORE_PROCESSES
    return None


def _launched(
    isolated: Isolation, seen: Visible, folder: Path, settings: dict[str, Any], trouble: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """Start Python, in bubblewrap if it is to be sealed."""
    with ExitStack() as stack:
        content = _unnamed(stack, packed(settings))
        passed = [settings["control"], content]
        python = ["-I", "-S", "-B", "-c", _CODE, str(content)]
        environment: Mapping[str, str] = ONE_THREAD
        if isolated.tier == "sealed":
            inside = {**ONE_THREAD, **bubblewrap.environment_of(seen)}
            told = "\0".join(bubblewrap.arguments(seen, folder, inside))
            passed.append(_unnamed(stack, os.fsencode(told) + b"\0"))
            command = [isolated.program, "--args", str(passed[-1]), "--", str(seen.neutral(seen.executable))]
            environment = {}
        else:
            command = [str(seen.executable)]
            # Python itself may need it here.
            if "LD_LIBRARY_PATH" in os.environ:
                environment = {**environment, "LD_LIBRARY_PATH": os.environ["LD_LIBRARY_PATH"]}
        return subprocess.Popen(  # noqa: S603 - it is this very Python, or bubblewrap around it.
            [*command, *python],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=trouble,
            pass_fds=passed,
            cwd=folder,
            # A session of its own can be ended as a whole, and hears no Ctrl-C: this process does.
            start_new_session=True,
            env=dict(environment),
        )


def _unnamed(stack: ExitStack, content: bytes) -> int:
    """Return a descriptor of a file without a name, at whose beginning there is some content."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the stack closes it.
    stack.enter_context(file)
    file.write(content)
    file.seek(0)
    return file.fileno()
