"""What comes back from a call, and how it is written as plain values and read from them."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np

from regress_cli.isolation.frames import ProtocolError

Kind: TypeAlias = Literal["raised", "crashed", "exited", "time", "memory", "output", "load", "unusable"]
Form: TypeAlias = Literal["gradient", "forward", "stages"]
Gradient: TypeAlias = "np.ndarray | tuple[np.ndarray, ...] | dict[str, np.ndarray]"

_LIMITS = {"time", "memory", "output"}


@dataclass(frozen=True)
class Failure:
    """Why there is no reply.

    Attributes:
        kind: What happened: the code raised an exception, crashed, exited; it took too much time or memory or
            returned too much; the file could not be loaded; what came back can't be used.
        message: One printable line that ends with what to do or where to look.
    """

    kind: Kind
    message: str

    @property
    def is_limit(self) -> bool:
        """Whether a limit ended the call, and a larger limit might not."""
        return self.kind in _LIMITS


@dataclass(frozen=True)
class StageReply:
    """One stage of an answer, forward and backward.

    Attributes:
        name: The stage function's name, which is that of its result.
        inputs: The names of its arguments.
        formula: The first line of its docstring, empty if there is none.
        rule: The rest of its docstring, which may say what its local derivative is.
        values: Its arguments' values.
        value: What it returned.
        cotangent: The gradient by its result that came in, in the backward pass.
        backward: What its own backward gave by each argument; None for data.
        autograd: What autograd gives by its float arguments, for the same code, values and cotangent; None if
            autograd can't trace it.
    """

    name: str
    inputs: tuple[str, ...]
    formula: str
    rule: str
    values: dict[str, np.ndarray]
    value: np.ndarray
    cotangent: np.ndarray
    backward: dict[str, np.ndarray | None]
    autograd: dict[str, np.ndarray] | None


@dataclass(frozen=True)
class Reply:
    """What a call gave, in real numbers; whether they are right, or finite, is for others to judge.

    Attributes:
        form: Which kind of answer it is: a gradient function, a function that returns its value and its
            backward, a list of stages.
        gradient: The gradient in the form in which it was returned: one array, a tuple, a dict by name.
        output: The value, for an answer that gives one.
        stages: Every stage in the order of the forward pass, for a list of stages.
        noticed: What was noticed so far: shortcuts to a gradient, one short sentence each.
        changed: The names of the arguments that the call changed in place.
    """

    form: Form
    gradient: Gradient
    output: np.ndarray | None = None
    stages: tuple[StageReply, ...] = ()
    noticed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def written(reply: Reply | Failure) -> Any:
    """Return a reply as plain values."""
    if isinstance(reply, Failure):
        return ("failure", reply.kind, reply.message)
    stages = tuple(tuple(vars(stage).values()) for stage in reply.stages)
    return ("reply", reply.form, reply.gradient, reply.output, stages, reply.noticed, reply.changed)


def read(value: Any) -> Reply | Failure:
    """Return the reply that plain values stand for.

    Raises:
        ProtocolError: they stand for none.
    """
    # Where a word is expected, there may be an array, which can't be compared with it.
    match value:
        case (str("failure"), str(kind), str(message)) if kind in get_args(Kind):
            return Failure(cast(Kind, kind), message)
        case (str("reply"), str(form), gradient, output, tuple(stages), noticed, changed) if (
            form in get_args(Form)
            and _is_gradient(gradient)
            and (output is None or _is_array(output))
            and is_texts(noticed)
            and is_texts(changed)
        ):
            return Reply(cast(Form, form), gradient, output, tuple(map(_stage, stages)), noticed, changed)
    raise ProtocolError("is no reply")


def is_texts(value: object) -> bool:
    """Return whether a value is a tuple of texts."""
    return isinstance(value, tuple) and all(isinstance(entry, str) for entry in value)


def _stage(value: Any) -> StageReply:
    match value:
        case (str(name), inputs, str(formula), str(rule), values, value, cotangent, backward, autograd) if (
            is_texts(inputs)
            and _is_arrays(values)
            and _is_array(value)
            and _is_array(cotangent)
            and _is_arrays(backward, or_none=True)
            and (autograd is None or _is_arrays(autograd))
        ):
            return StageReply(name, inputs, formula, rule, values, value, cotangent, backward, autograd)
    raise ProtocolError("holds something else than a stage")


def _is_gradient(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_array, value))
    return _is_array(value) or _is_arrays(value)


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _is_arrays(value: object, *, or_none: bool = False) -> bool:
    if not isinstance(value, dict):
        return False
    return all(_is_array(entry) or (or_none and entry is None) for entry in value.values())
