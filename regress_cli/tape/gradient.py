"""`value_and_grad`: autograd's function of that name, with a tape behind it."""

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from regress_cli.errors import TapeError
from regress_cli.tape.agreement import same_within_rounding
from regress_cli.tape.arguments import Arguments, Result
from regress_cli.tape.calls import write_program
from regress_cli.tape.decisions import NotRecordable
from regress_cli.tape.record import InsideAnotherTrace, record
from regress_cli.tape.replay import Replay
from regress_cli.tape.steps import Tape, same_constant
from regress_cli.tape.watched import is_unchanged, random_states, what_it_reads

Engine = Literal["auto", "tape", "eager"]

# A function that is called with ever new shapes, constants or closures is better left to autograd.
_MOST_TAPES = 16


class TapeWarning(UserWarning):
    """A function is left to autograd, for a tape would not do what it does."""


def value_and_grad(
    function: Callable[..., Any], argnum: int | Sequence[int] = 0, engine: Engine = "auto"
) -> "ValueAndGrad":
    """Return a function that gives the value of a scalar function and its gradient.

    It takes and returns what ``autograd.value_and_grad`` does. The first call is autograd's, and is
    written down; further calls with arrays of the same shapes replay that. A call with other shapes is
    recorded anew. What a replay gives is compared with autograd at the second call, the fourth, the
    eighth and so on.

    Args:
        function: A function of arrays, written in autograd.numpy, whose result is a single number.
        argnum: Which argument to differentiate by, or several: an array, or a dict, list or tuple of arrays.
        engine: ``eager`` never replays; ``tape`` raises an error where ``auto`` goes on with autograd.

    >>> value, gradient = value_and_grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0})
    >>> float(value), float(gradient["a"])
    (6.0, 3.0)
    """
    return ValueAndGrad(function, argnum, engine)


class ValueAndGrad:
    """What `value_and_grad` returns: call it like the function itself.

    Attributes:
        tape: The tape of the last call; None if autograd was called.
        reason: Why the function is left to autograd for good; None if it is not.
    """

    def __init__(self, function: Callable[..., Any], argnum: int | Sequence[int], engine: Engine) -> None:
        self.tape: Tape | None = None
        self.reason: str | None = "the engine is eager" if engine == "eager" else None
        self._function = function
        self._argnum = argnum
        self._engine = engine
        self._recordings: dict[Any, _Recording] = {}
        self._made = 0
        self._read: tuple[Any, ...] = ()

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return the value and its gradient, which has the form of the argument."""
        call = Arguments(self._function, self._argnum, args, kwargs)
        self.tape = None
        if self.reason is not None or call.is_traced:
            value, gradients = call.evaluate()
            return value, call.in_form(gradients)
        self._forget_if_changed()
        recording = self._recordings.get(call.signature)
        value, gradients = self._replay(recording, call) if recording else self._record(call)
        return value, call.in_form(gradients)

    def _record(self, call: Arguments) -> Result:
        sources = [*self._read, *call.data.values()]
        numbers, random = call.copied_inputs(), random_states(sources)
        result = call.evaluate()
        try:
            if call.changeable is not None:
                raise NotRecordable(call.changeable)
            if self._made >= _MOST_TAPES:
                raise NotRecordable(f"{_MOST_TAPES} calls each needed a tape of their own")
            if not same_constant(random, random_states(sources)):
                raise NotRecordable("it draws random numbers")
            if not same_constant(numbers, call.copied_inputs()):
                raise NotRecordable("it changes its arguments")
            recording = _Recording(record(call.loss, call.params, call.data), call, result)
        except InsideAnotherTrace:
            return result
        except NotRecordable as reason:
            self._give_up(str(reason))
            return result
        self._made += 1
        self._recordings[call.signature] = recording
        self.tape = recording.replay.tape
        return result

    def _replay(self, recording: "_Recording", call: Arguments) -> Result:
        self.tape = recording.replay.tape
        try:
            calls, result = recording.evaluate(call)
        except Exception as error:  # noqa: BLE001 - where autograd raises too, that is what the caller gets.
            expected = call.evaluate()
            reason = f"a replay raises {type(error).__name__}: {error}"
        else:
            # The first call, the second, the fourth, and so on, are compared with autograd.
            if calls & (calls - 1):
                return result
            expected = call.evaluate()
            if same_within_rounding(result, expected, call.evaluate):
                return result
            reason = (
                "a replay differs from autograd: the function depends on more than its arguments' values; "
                f"results since call {calls // 2 + 1:,} may be wrong"
            )
        self._recordings.clear()
        self._give_up(reason)
        return expected

    def _give_up(self, reason: str) -> None:
        self.reason = reason
        self.tape = None
        if self._engine == "tape":
            raise TapeError(f"the function can't be replayed: {reason}; give engine='auto'")
        warnings.warn(f"left to autograd: {reason}", TapeWarning, stacklevel=4)

    def _forget_if_changed(self) -> None:
        read = what_it_reads(self._function)
        if not is_unchanged(self._read, read):
            self._recordings.clear()
            self._read = read


class _Recording:
    """A replay with arrays of its own, and how often it was used."""

    def __init__(self, tape: Tape, call: Arguments, result: Result) -> None:
        self._calls = 1
        self._inputs = call.copied_inputs()
        self._gradients = {name: np.empty(np.shape(g), np.asarray(g).dtype) for name, g in result[1].items()}
        # Where autograd gives a number, so does a replay, and no array of shape ().
        self._is_number = {name: not isinstance(g, np.ndarray) for name, g in result[1].items()}
        self.replay = Replay(tape, self._inputs, self._gradients)
        self._program = write_program(self.replay.calls)
        self._lock = threading.Lock()

    def evaluate(self, call: Arguments) -> tuple[int, Result]:
        """Return how many calls there have been, and the value and the gradients of this one."""
        with self._lock:
            self._calls += 1
            for name, value in call.inputs.items():
                np.copyto(self._inputs[name], value)
            self._program.run()
            # Copies: the next replay writes to the same arrays.
            gradients = {name: self._copy(name) for name in self._gradients}
            return self._calls, (self.replay.value.copy()[()], gradients)

    def _copy(self, name: str) -> Any:
        gradient = self._gradients[name]
        return gradient[()] if self._is_number[name] else gradient.copy()
