"""The child: it loads the file once, and then answers one request after the other.

A request is a tuple: what to do, a number, and what belongs to it. The answer begins with the same number, so
that nothing that was written before can pass for it.

    ("scan", number, source, path, name)   ("scanned", notices), before anything of the file is executed
    ("load", number)                       a failure, ("missing", names), or ("loaded", parameters, notices)
    ("call", number, inputs, cotangent)    a failure or a reply
    ("look", number, inputs)               ("looked", notices)
"""

import faulthandler
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from regress_cli.isolation.arrays import Unusable, describe
from regress_cli.isolation.channel import CHANNEL_LOST, MEMORY_LOST, framed, receive
from regress_cli.isolation.cheats import look_at
from regress_cli.isolation.explain import failure_of, file_name, load_failure_of, unreadable
from regress_cli.isolation.forms import evaluate
from regress_cli.isolation.frames import ProtocolError, Value, pack, size_of, unpack
from regress_cli.isolation.limits import MOST_OUTPUT, allow_seconds, confine
from regress_cli.isolation.loading import callable_names, compiled, is_list_of_functions, module_of
from regress_cli.isolation.parameters import Parameters, parameters_of
from regress_cli.isolation.reply import Failure, Reply, StageReply, written
from regress_cli.isolation.shadow import Shadow
from regress_cli.isolation.stages import Pass, Stage, inputs_of, stages_of
from regress_cli.isolation.steps import StepLook
from regress_cli.isolation.watch import Watch

_RETURN_ARRAYS = "return one array for each argument"
# No file of a submission is larger.
_LARGEST_BESIDE = 1 << 20
# Requests come from the parent, who may send what it likes.
_MOST_REQUEST = 1 << 40


def main(channel: int, lifeline: int, last_words: int, seconds: float, memory: int) -> None:
    """Answer the requests that come through a socket.

    Args:
        channel: The socket's file descriptor.
        lifeline: One end of a pipe; when the other one is closed, this process has to end.
        last_words: The end of a pipe that takes the traceback of a crash, and of a call that takes too long.
        seconds: The longest that a request may take.
        memory: Bytes of memory beyond what is in use now.
    """
    for descriptor in (channel, lifeline, last_words):
        os.set_inheritable(descriptor, False)
    _end_with_parent(lifeline)
    add_exit()
    confine(memory)
    serve(channel, last_words, seconds)


def serve(
    channel: int, last_words: int, seconds: float, folder_of: Callable[[str], str] = os.path.dirname
) -> None:
    """Answer the requests that come through a socket, in a process that is ready to run a stranger's code.

    Args:
        channel: The socket's file descriptor.
        last_words: The end of a pipe that takes the traceback of a crash, and of a call that takes too long.
        seconds: The longest that a request may take.
        folder_of: Returns the folder from which a file may import its neighbours.
    """
    os.set_blocking(last_words, False)
    faulthandler.enable(last_words)
    with socket.socket(fileno=channel) as connection:
        _serve(connection, Worker(folder_of), last_words, seconds)


def _serve(connection: socket.socket, worker: "Worker", last_words: int, seconds: float) -> None:
    process = os.getpid()
    content = pack(("ready", 0))
    while True:
        # A copy of this process that the file has made does not answer.
        if os.getpid() != process:
            os._exit(0)
        try:
            connection.sendall(framed(content))
            request = unpack(receive(lambda count: _read(connection, count), _MOST_REQUEST))
        except (OSError, EOFError, ProtocolError):
            os._exit(CHANNEL_LOST)
        allow_seconds(seconds)
        # Shortly before the parent gives up.
        with suppress(RuntimeError):  # There may be no memory for another thread.
            faulthandler.dump_traceback_later(max(0.8 * seconds, seconds - 0.2), file=last_words)
        try:
            content = worker.answer(request)
        except MemoryError:
            os._exit(MEMORY_LOST)
        faulthandler.cancel_dump_traceback_later()


class Worker:
    """Holds the file, once it is loaded.

    Args:
        folder_of: Returns the folder from which a file may import its neighbours.
    """

    def __init__(self, folder_of: Callable[[str], str] = os.path.dirname) -> None:
        self._folder_of = folder_of
        self._path = ""
        self._name = ""
        self._text = ""
        self._function: Callable[..., Any] | None = None
        self._parameters = Parameters((), ())
        self._stages: tuple[Stage, ...] = ()
        self._shadow: Shadow | None = None
        self._watch = Watch()

    def answer(self, request: Any) -> bytes:
        """Return the answer to a request as bytes; only a MemoryError may come out of it."""
        kind, number, *rest = request
        body: Value
        try:
            body = {"scan": self._scan, "load": self._load, "call": self._call, "look": self._look}[kind](
                *rest
            )
            if size_of(body) > MOST_OUTPUT:
                raise _TooMuch
            return pack((number, body))
        except _TooMuch:
            most = f"{MOST_OUTPUT >> 20} MiB"
            failure = Failure("output", f"{self._name} returned more than {most}; return less")
        except ProtocolError as error:
            failure = Failure("unusable", f"what {self._name} returned {error}; {_RETURN_ARRAYS}")
        except BaseException as error:  # noqa: BLE001 - it is the file that may raise whatever it likes.
            failure = failure_of(error, self._path)
        return pack((number, written(failure)))

    def _scan(self, source: np.ndarray, path: np.ndarray, name: str) -> Value:
        self._path, self._name = os.fsdecode(path.tobytes()), name
        self._text = source.tobytes().decode()
        look = look_at(self._text, self._path, name, self._beside)
        self._watch.install(self._path, look.import_lines)
        return ("scanned", look.notices)

    def _beside(self, name: str) -> str | None:
        """Return the text of a file in the same folder, None if it is none that can be read."""
        place = os.path.join(self._folder_of(self._path), name)  # noqa: PTH118
        try:
            with open(place, "rb") as file:  # noqa: PTH123
                return file.read(_LARGEST_BESIDE).decode()
        except (OSError, ValueError):
            return None

    def _load(self) -> Value:
        name = self._name
        sys.path.insert(0, self._folder_of(self._path))
        try:
            code = compiled(self._text, self._path)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
            return written(unreadable(error, self._path))
        try:
            module = module_of(code, self._path)
        except BaseException as error:  # noqa: BLE001 - the same.
            return written(load_failure_of(error, self._path))
        if not hasattr(module, name):
            return ("missing", callable_names(module))
        self._take(getattr(module, name))
        if self._stages:
            self._shadow = Shadow(code, self._path, name)
        names = inputs_of(self._stages) if self._stages else self._parameters.required
        return ("loaded", names, self._watch.notices())

    def _take(self, found: Any) -> None:
        """Make a function or a list of stages the answer."""
        if is_list_of_functions(found) or isinstance(found, list | tuple):
            self._stages = stages_of(found)
            self._parameters = Parameters(inputs_of(self._stages), ())
        elif callable(found):
            self._function = found
            self._parameters = parameters_of(found, self._name)
        else:
            raise Unusable(
                f"{self._name} in {file_name(self._path)} is {describe(found)}; name a function or a list"
            )

    def _call(self, inputs: Mapping[str, np.ndarray], cotangent: np.ndarray | None = None) -> Value:
        with self._watch.looking():
            reply = self._evaluate(inputs, cotangent)
        if isinstance(reply, Pass):
            reply = reply.reply(self._autograd)
        return written(Reply(**{**vars(reply), "noticed": self._watch.notices()}))

    def _look(self, inputs: Mapping[str, np.ndarray]) -> Value:
        look = StepLook(self._path, inputs, self._folder_of(self._path))
        with suppress(BaseException):
            sys.setprofile(look)
            try:
                self._evaluate(inputs)
            finally:
                sys.setprofile(None)
        return ("looked", look.notices())

    def _evaluate(
        self, inputs: Mapping[str, np.ndarray], cotangent: np.ndarray | None = None
    ) -> Reply | Pass:
        self._parameters.check(tuple(inputs), self._name)
        if self._function is not None:
            return evaluate(self._function, self._name, inputs, cotangent)
        return Pass.over(self._stages, inputs, cotangent)

    def _autograd(self, stage: StageReply) -> dict[str, np.ndarray] | None:
        position = next(k for k, other in enumerate(self._stages) if other.name == stage.name)
        return self._shadow.gradients(position, stage) if self._shadow is not None else None


class _TooMuch(Exception):
    """What came back is too large to send."""


def _read(connection: socket.socket, count: int) -> bytes:
    content = bytearray()
    while len(content) < count:
        piece = connection.recv(min(count - len(content), 1 << 20))
        if not piece:
            raise EOFError
        content += piece
    return bytes(content)


def _end_with_parent(lifeline: int) -> None:
    """Let the system kill this process and all that it starts when the parent is gone, however it ended."""
    if sys.platform != "linux":
        # There the time limits have to do.
        return
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def warm_up() -> None:
    """Do what a first answer does with an answer of our own: the first time, much takes longer in Python."""
    text = "def grad(x):\n    s = 1 / (1 + 2.0 ** -x)\n    return s * (1 - s)\n"
    inputs = {"x": np.linspace(0.0, 1.0, 4)}
    look_at(text, "/answer.py", "grad")
    names: dict[str, Any] = {}
    exec(compiled(text, "/answer.py"), names)  # noqa: S102 - it is the text above.
    parameters_of(names["grad"], "grad")
    unpack(pack((0, written(evaluate(names["grad"], "grad", inputs)))))
    look = StepLook("/answer.py", inputs)
    sys.setprofile(look)
    evaluate(names["grad"], "grad", inputs)
    sys.setprofile(None)
    look.notices()
    Watch().notices()


def add_exit() -> None:
    """Add what Python's start-up files add to the built-in names, for a file may well use it."""
    import _sitebuiltins
    import builtins

    builtins.exit = builtins.quit = _sitebuiltins.Quitter("exit", "Ctrl-D")
