"""The parent: it has a process started that runs the file, asks it, and ends it with all it has started."""

import os
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from regress_cli.errors import UserError
from regress_cli.isolation import diagnosis
from regress_cli.isolation.frames import ProtocolError, Value, is_sendable
from regress_cli.isolation.limits import Limits
from regress_cli.isolation.process import PlainProcess, Process
from regress_cli.isolation.reply import Failure, Reply, is_texts, read
from regress_cli.isolation.source import read_source, without_mark
from regress_cli.text import did_you_mean, printable, quoted

_DEFAULT = Limits()
# A file may have its process tell as many as it likes.
_MOST_NOTICES = 100
# After these the process is gone, or in no state to go on.
_FINAL = {"crashed", "exited", "time", "memory", "output"}


class Answer:
    """A learner's answer: a function of a file, or a list of stages, run in a process of its own.

    Leaving the ``with`` block ends the process and all that it has started.

    Args:
        path: The Python file.
        name: The function or the list in it.
        limits: What one request may take.
        source: The file's content, where it is no file of this system; None to read the file.
        start: Starts a process that runs the worker.

    >>> with Answer(Path("answer.py"), "grad_f") as answer:  # doctest: +SKIP
    ...     print(answer.load())
    ...     print(answer.call({"x": 2.0}).gradient)
    ('x',)
    12.0
    """

    def __init__(
        self,
        path: Path,
        name: str,
        limits: Limits = _DEFAULT,
        *,
        source: bytes | None = None,
        start: Callable[[Limits], Process] = PlainProcess,
    ) -> None:
        self._path = path
        # As Python reads names in a file.
        self._name = unicodedata.normalize("NFKC", name)
        self._limits = limits
        self._start = start
        self._process: Process | None = None
        self._given = source
        self._source: bytes | None = None
        self._names: tuple[str, ...] = ()
        self._is_loaded = self._was_loaded = self._is_looked_at = False
        self._noticed: dict[str, None] = {}

    def __enter__(self) -> "Answer":
        self._process = self._start(self._limits)
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
            self._source = self._read()
        contents = (self._source, os.fsencode(self._place))
        arrays = (np.frombuffer(content, np.uint8) for content in contents)
        # Before the file is executed: nothing that it does can change what its text shows.
        match self._ask("scan", *arrays, self._name):
            case Failure() as failure:
                return failure
            case (str("scanned"), notices) if is_texts(notices):
                self._note(notices)
            case _:
                return self._give_up_on(ProtocolError("does not tell what the text shows"))
        body = self._ask("load")
        match body:
            case Failure():
                return body
            case (str("missing"), names) if is_texts(names):
                raise UserError(self._no_such_name(names))
            case (str("loaded"), names, notices) if is_texts(names) and is_texts(notices):
                self._is_loaded, self._was_loaded, self._names = True, True, names
                self._note(notices)
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
            loaded = self._load_again() if self._was_loaded else self.load()
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
            self._note(reply.noticed)
            self._look(arrays)
            reply = replace(reply, noticed=tuple(self._noticed))
        return reply

    def _load_again(self) -> tuple[str, ...] | Failure:
        """Load a file that was loaded before; what is not there any more was there then."""
        try:
            return self.load()
        except UserError as error:
            return Failure("load", "; ".join(error.messages))

    def _read(self) -> bytes:
        return read_source(self._path) if self._given is None else without_mark(self._given, self._path)

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
                self._note(notices)

    def _note(self, notices: tuple[str, ...]) -> None:
        """Keep notices, the first ones first: those about the text, which the file can't change, lead."""
        left = _MOST_NOTICES - len(self._noticed)
        self._noticed |= dict.fromkeys(notices[: max(0, left)])

    def _ask(self, kind: str, *question: Value) -> Any:
        """Return what came back, or what happened instead; after the worst the process is ended."""
        if self._process is None:
            self._process = self._start(self._limits)
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
