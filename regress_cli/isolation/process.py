"""A process that runs the worker: what any of them can do, and the plain one, in a session of its own."""

import os
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

import regress_cli
from regress_cli.errors import LimitReached, UserError
from regress_cli.isolation.conversation import Conversation
from regress_cli.isolation.frames import ProtocolError
from regress_cli.isolation.limits import Limits
from regress_cli.text import printable

# Importing NumPy takes a tenth of a second, and on a machine that is busy, or whose disk is slow, far longer.
START_SECONDS = 60.0
LEAVING_SECONDS = 0.5
CANNOT_START = "Python can't be started in a process of its own"
MAKE_ROOM = "make room and give the same command again"
_MOST_WORDS = 1 << 16
_CODE = (
    "import sys; *numbers, seconds, memory = sys.argv[1:6]; sys.path[:] = sys.argv[6:]; "
    "from regress_cli.isolation.worker import main; main(*map(int, numbers), float(seconds), int(memory))"
)
# Other threads' buffers would count as memory, and a single one computes the same everywhere.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Process(Protocol):
    """A process that runs the worker, whatever surrounds it."""

    @property
    def conversation(self) -> Conversation:
        """The way to ask it, as soon as it is ready.

        Raises:
            LimitReached: it does not become ready.
        """
        ...

    def status(self) -> int | None:
        """Return the exit status of a process that has closed its end of the channel; None if it lives on.

        Raises:
            LimitReached: nothing can be told, for what surrounds it has ended too.
        """
        ...

    def end(self) -> str:
        """End it and all that it has started, and return what it wrote about its end."""
        ...


class StartedProcess(ABC):
    """A process that becomes ready a while after it was started, and may leave words about its end."""

    _conversation: Conversation
    _words: int
    _is_ready = False

    @property
    def conversation(self) -> Conversation:
        """The way to ask it, as soon as it is ready.

        Raises:
            LimitReached: it does not become ready.
        """
        if not self._is_ready:
            try:
                self._conversation.expect_ready(START_SECONDS)
            except (TimeoutError, EOFError, ProtocolError) as error:
                raise LimitReached(f"{CANNOT_START}{self._why_not()}; {MAKE_ROOM}") from error
            self._is_ready = True
        # A call that was slow, but came to an end, has left words as well.
        self._last_words()
        return self._conversation

    @abstractmethod
    def _why_not(self) -> str:
        """Return why it does not become ready, with a colon in front; empty if nobody can tell."""

    def _last_words(self) -> str:
        """Return what it wrote about its end."""
        try:
            return os.read(self._words, _MOST_WORDS).decode(errors="replace")
        except BlockingIOError:  # There are none, or none yet.
            return ""


class PlainProcess(StartedProcess):
    """A Python that runs the worker, in a session of its own.

    Args:
        limits: What one request may take.
    """

    def __init__(self, limits: Limits) -> None:
        if os.name != "posix":
            raise UserError("a file of answers can be run on Linux and macOS only; use one of them, or WSL")
        with ExitStack() as ours, refusal():
            channel, channel_end = socket.socketpair()
            ours.enter_context(channel)
            with channel_end, ExitStack() as theirs:
                # When this process is gone, so is the end that it holds of this pipe: the worker hears of it.
                lifeline, _ = pipe_between(theirs, ours)
                self._words, words = pipe_between(ours, theirs)
                self._process = _started((channel_end.fileno(), lifeline, words), limits)
            os.set_blocking(self._words, False)
            self._opened = ours.pop_all()
        self._conversation = Conversation(channel, lambda: self._process.poll() is None)

    def status(self) -> int | None:
        """Return the exit status of a process that has closed its end of the channel; None if it lives on."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(LEAVING_SECONDS)
        return None

    def end(self) -> str:
        """End it and all that it has started, and return what it wrote about its end."""
        with self._opened:
            # The group outlives its first process, if that has started others.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return self._last_words()

    def _why_not(self) -> str:
        return ""


def pipe_between(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """Return the two ends of a pipe, each of which is closed with its side."""
    reading, writing = os.pipe()
    reader.callback(os.close, reading)
    writer.callback(os.close, writing)
    return reading, writing


def _started(descriptors: tuple[int, ...], limits: Limits) -> "subprocess.Popen[bytes]":
    """Start Python on the worker, with this process's own search path and no other setting."""
    # What is relative leads elsewhere, and the folder of the moment is no place to import from.
    path = [entry for entry in sys.path if isinstance(entry, str) and Path(entry).is_absolute()]
    home = str(Path(regress_cli.__file__).parent.parent)
    numbers = [*map(str, descriptors), repr(float(limits.seconds)), str(int(limits.memory))]
    return subprocess.Popen(  # noqa: S603 - it is this very Python, on this very package.
        [sys.executable, "-I", "-B", "-S", "-c", _CODE, *numbers, *path, home],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=descriptors,
        # A session of its own can be ended as a whole, and hears no Ctrl-C: this process does.
        start_new_session=True,
        env={**os.environ, **ONE_THREAD},
    )


@contextmanager
def refusal() -> Iterator[None]:
    """Tell that there is no room for another process."""
    try:
        yield
    except (OSError, ValueError, TypeError, MemoryError, subprocess.SubprocessError) as error:
        reason = printable(getattr(error, "strerror", None) or error)
        raise LimitReached(f"{CANNOT_START}: {reason}; {MAKE_ROOM}") from error
