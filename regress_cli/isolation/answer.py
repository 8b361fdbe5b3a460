"""The parent: it starts the process that runs the file, asks it, and ends it with all that it has started."""

import os
import signal
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import regress_cli
from regress_cli.errors import LimitReached, UserError
from regress_cli.isolation import diagnosis
from regress_cli.isolation.conversation import Conversation
from regress_cli.isolation.frames import ProtocolError, Value, is_sendable
from regress_cli.isolation.limits import Limits
from regress_cli.isolation.reply import Failure, Reply, is_texts, read
from regress_cli.isolation.source import read_source
from regress_cli.text import did_you_mean, printable, quoted

_DEFAULT = Limits()
# Importing NumPy takes a tenth of a second, and on a machine that is busy, or whose disk is slow, far longer.
_START_SECONDS = 60.0
_LEAVING_SECONDS = 0.5
_MOST_WORDS = 1 << 16
_CANNOT_START = "Python can't be started in a process of its own"
_MAKE_ROOM = "make room and give the same command again"
_CODE = (
    "import sys; *numbers, seconds, memory = sys.argv[1:6]; sys.path[:] = sys.argv[6:]; "
    "from regress_cli.isolation.worker import main; main(*map(int, numbers), float(seconds), int(memory))"
)
# After these the process is gone, or in no state to go on.
_FINAL = {"crashed", "exited", "time", "memory", "output"}


class Answer:
    """A learner's answer: a function of a file, or a list of stages, run in a process of its own.

    Leaving the ``with`` block ends the process and all that it has started.

    Args:
        path: The Python file.
        name: The function or the list in it.
        limits: What one request may take.

    >>> with Answer(Path("answer.py"), "grad_f") as answer:  # doctest: +SKIP
    ...     print(answer.load())
    ...     print(answer.call({"x": 2.0}).gradient)
    ('x',)
    12.0
    """

    def __init__(self, path: Path, name: str, limits: Limits = _DEFAULT) -> None:
        self._path = path
        # As Python reads names in a file.
        self._name = unicodedata.normalize("NFKC", name)
        self._limits = limits
        self._process: _Process | None = None
        self._source: bytes | None = None
        self._names: tuple[str, ...] = ()
        self._is_loaded = self._is_looked_at = False
        self._noticed: dict[str, None] = {}

    def __enter__(self) -> "Answer":
        self._process = _Process(self._limits)
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def load(self) -> tuple[str, ...] | Failure:
        """Load the file, and return the names of the arguments that the answer takes.

        Those that have a default are left out; a call may name them all the same. For stages, they are the
        names that no stage computes.

        Raises:
            UserError: there is no such file, or no such name in it.
        """
        if self._is_loaded:
            return self._names
        if not self._name.isidentifier() or len(self._name) > 200:
            raise UserError(f"{quoted(self._name)} is no name of a function; give one such as grad_f")
        if self._source is None:
            self._source = read_source(self._path)
        contents = (self._source, os.fsencode(self._place))
        body = self._ask("load", *(np.frombuffer(content, np.uint8) for content in contents), self._name)
        match body:
            case Failure():
                return body
            case (str("missing"), names) if is_texts(names):
                raise UserError(self._no_such_name(names))
            case (str("loaded"), names, notices) if is_texts(names) and is_texts(notices):
                self._is_loaded, self._names = True, names
                self._noticed |= dict.fromkeys(notices)
                return names
        return self._give_up_on(ProtocolError("does not tell what was loaded"))

    def call(self, inputs: Mapping[str, Any], cotangent: np.ndarray | None = None) -> Reply | Failure:
        """Call the answer, and load it first if it is not loaded, or if the last call ended its process.

        Args:
            inputs: Arrays or numbers by name: float64, int64 or bool. The answer gets them as keyword
                arguments, and a single number as a number.
            cotangent: What the backward pass of an answer that has one begins with, an array of its value's
                shape; None for ones. A gradient function does without.

        Raises:
            UserError: as `load` does.
        """
        if not self._is_loaded:
            loaded = self.load()
            if isinstance(loaded, Failure):
                return loaded
        arrays: Value = {name: _as_input(name, value) for name, value in inputs.items()}
        body = self._ask("call", arrays, cotangent)
        if isinstance(body, Failure):
            return body
        try:
            reply = read(body)
        except ProtocolError as error:
            return self._give_up_on(error)
        if isinstance(reply, Reply):
            self._noticed |= dict.fromkeys(reply.noticed)
            self._look(arrays)
            reply = replace(reply, noticed=tuple(self._noticed))
        return reply

    @property
    def _place(self) -> str:
        return str(self._path.absolute())

    def _look(self, arrays: Value) -> None:
        """Watch one more call, the first time that a call succeeds; if it fails, there is nothing to see."""
        if self._is_looked_at:
            return
        self._is_looked_at = True
        match self._ask("look", arrays):
            case (str("looked"), notices) if is_texts(notices):
                self._noticed |= dict.fromkeys(notices)

    def _ask(self, kind: str, *question: Value) -> Any:
        """Return what came back, or what happened instead; after the worst the process is ended."""
        if self._process is None:
            self._process = _Process(self._limits)
        try:
            body = self._process.conversation.ask(kind, *question, seconds=self._limits.seconds)
            outcome = _outcome_of(body)
        except TimeoutError:
            return diagnosis.of_time(self._limits.seconds, self._end(), self._place)
        except EOFError:
            status = self._process.status()
            words = self._end()
            if status is None:
                return diagnosis.of_closed_channel(self._place)
            return diagnosis.of_end(status, words, self._place)
        except ProtocolError as error:
            return self._give_up_on(error)
        if isinstance(outcome, Failure) and outcome.kind in _FINAL:
            self._end()
        return outcome

    def _give_up_on(self, error: ProtocolError) -> Failure:
        self._end()
        return diagnosis.of_rubbish(str(error), self._place)

    def _end(self) -> str:
        """End the process, if there is one, and return what it wrote about its end."""
        process, self._process = self._process, None
        self._is_loaded = False
        return "" if process is None else process.end()

    def _no_such_name(self, names: tuple[str, ...]) -> str:
        file = printable(self._path.name)
        if not names:
            return f"{file}: has no function at all; define {self._name} in it"
        return f"{file}: has no function or list {quoted(self._name)}; {did_you_mean(self._name, names)}"


def _outcome_of(body: Value) -> Any:
    """Return a failure as one, and all else as it came."""
    match body:
        case (str("failure"), *_):
            return read(body)
    return body


def _as_input(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if not is_sendable(array):
        raise UserError(f"the input {quoted(name)} holds {printable(array.dtype)}; give real numbers")
    return array


class _Process:
    """A Python that runs the worker, in a session of its own.

    Args:
        limits: What one request may take.
    """

    def __init__(self, limits: Limits) -> None:
        if os.name != "posix":
            raise UserError("a file of answers can be run on Linux and macOS only; use one of them, or WSL")
        with ExitStack() as ours, _refusal():
            channel, channel_end = socket.socketpair()
            ours.enter_context(channel)
            with channel_end, ExitStack() as theirs:
                # When this process is gone, so is the end that it holds of this pipe: the worker hears of it.
                lifeline, _ = _pipe(theirs, ours)
                self._words, words = _pipe(ours, theirs)
                self._process = _started((channel_end.fileno(), lifeline, words), limits)
            os.set_blocking(self._words, False)
            self._opened = ours.pop_all()
        self._conversation = Conversation(channel, lambda: self._process.poll() is None)
        self._is_ready = False

    @property
    def conversation(self) -> Conversation:
        """The way to ask it, as soon as it is ready.

        Raises:
            LimitReached: it does not become ready.
        """
        if not self._is_ready:
            try:
                self._conversation.expect_ready(_START_SECONDS)
            except (TimeoutError, EOFError, ProtocolError) as error:
                raise LimitReached(f"{_CANNOT_START}; {_MAKE_ROOM}") from error
            self._is_ready = True
        # A call that was slow, but came to an end, has left words as well.
        self._last_words()
        return self._conversation

    def status(self) -> int | None:
        """Return the exit status of a process that has closed its end of the channel; None if it lives on."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_LEAVING_SECONDS)
        return None

    def end(self) -> str:
        """End it and all that it has started, and return what it wrote about its end."""
        with self._opened:
            # The group outlives its first process, if that has started others.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return self._last_words()

    def _last_words(self) -> str:
        try:
            return os.read(self._words, _MOST_WORDS).decode(errors="replace")
        except BlockingIOError:  # There are none, or none yet.
            return ""


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
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
        # Other threads' buffers would count as memory, and a single one computes the same everywhere.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    )


@contextmanager
def _refusal() -> Iterator[None]:
    """Tell that there is no room for another process."""
    try:
        yield
    except (OSError, ValueError, TypeError, MemoryError, subprocess.SubprocessError) as error:
        reason = printable(getattr(error, "strerror", None) or error)
        raise LimitReached(f"{_CANNOT_START}: {reason}; {_MAKE_ROOM}") from error
