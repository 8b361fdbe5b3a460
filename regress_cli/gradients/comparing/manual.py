"""Finds what is to be compared: an entry of the library, or a learner's file against a function."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.cases import varied
from regress_cli.gradients.comparing.compare import compare
from regress_cli.gradients.comparing.comparison import Comparison
from regress_cli.gradients.comparing.guesses import guess_inputs
from regress_cli.gradients.inputs import Inputs, read_inputs
from regress_cli.gradients.library import LIBRARY, Entry
from regress_cli.gradients.point import read_points, shown_point
from regress_cli.gradients.quiet import quiet
from regress_cli.gradients.reference import Reference
from regress_cli.gradients.staged import forward, run
from regress_cli.gradients.user_file import load_function, split_target
from regress_cli.isolation import Answer, Failure, Limits, Reply
from regress_cli.text import did_you_mean, printable, quoted


def compare_manual(
    target: str,
    *,
    against: str | None = None,
    at: Sequence[str] = (),
    inputs: Path | None = None,
    wrt: Sequence[str] | None = None,
    limits: Limits | None = None,
    rtol: float = RTOL,
    seed: int = 0,
    allow_shortcuts: bool = False,
) -> Comparison:
    """Hold a hand-written gradient against autograd's and against differences.

    Args:
        target: A name of the library, or ``FILE.py:FUNCTION``: a learner's gradient.
        against: What a learner's gradient should be the gradient of: a name, or ``FILE.py:FUNCTION``.
        at: Points, as texts; see `read_points`.
        inputs: A JSON or npz file of arguments.
        wrt: The arguments to differentiate by.
        limits: Time and memory for the learner's file.
        rtol: The relative error up to which a gradient is right.
        seed: Draws other inputs, and random directions.
        allow_shortcuts: Whether the answer may use autograd or differences.

    Raises:
        UserError: there is no such name, file or function, or the inputs do not fit.
    """
    answer = split_target(target)
    reference = _reference(target, answer is not None, against)
    if answer is None and reference.entry is not None:
        for name in wrt or ():
            if name not in reference.entry.wrt:
                hint = did_you_mean(name, reference.entry.wrt)
                raise UserError(f"--wrt: {target} has no hand-written gradient by {quoted(name)}; {hint}")
    given = _given(reference, at, inputs, is_answer=answer is not None)
    with _asker(answer, reference, limits or Limits()) as ask:
        tries = given or _own_inputs(reference, ask)
        return compare(
            reference,
            ask,
            tries.first,
            lambda names: tries.all(names, seed),
            left_out=tries.left_out,
            subject=target,
            wrt=wrt,
            rtol=rtol,
            seed=seed,
            allow_shortcuts=allow_shortcuts,
        )


def find_reference(text: str) -> Reference:
    """Return the function that a name of the library, or ``FILE.py:FUNCTION``, stands for."""
    own = split_target(text)
    if own is not None:
        reference = Reference(text, load_function(*own))
        reference.check_form()
        return reference
    if text not in LIBRARY:
        raise UserError(
            f"{quoted(text)} is not in the library; {did_you_mean(text, LIBRARY)} "
            "(a function of your own is written as FILE.py:FUNCTION)"
        )
    return Reference(text, LIBRARY[text].function, LIBRARY[text])


def _reference(target: str, is_answer: bool, against: str | None) -> Reference:
    if not is_answer:
        if against is not None:
            raise UserError(f"--against is for a file; {printable(target)} is compared with its own function")
        return find_reference(target)
    if against is None:
        name = target.rpartition(":")[2].removeprefix("grad_")
        example = name if name in LIBRARY else "sigmoid"
        raise UserError(
            f"{printable(target)}: say what it is the gradient of, with --against {printable(example)} or "
            "--against reference.py:loss"
        )
    return find_reference(against)


@dataclass(frozen=True)
class _Tries:
    """The inputs that are to be tried.

    Attributes:
        cases: They, by what they are.
        is_example: Whether there is one that stands for others of its form.
        left_out: What is not tried, each with the reason.
    """

    cases: Mapping[str, Inputs]
    is_example: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> Inputs:
        """The first inputs."""
        return next(iter(self.cases.values()))

    def all(self, wrt: Sequence[str], seed: int) -> Mapping[str, Inputs]:
        """Return all inputs, once it is known what the gradient is by."""
        return varied(self.first, wrt, seed) if self.is_example else self.cases


def _given(reference: Reference, at: Sequence[str], inputs: Path | None, *, is_answer: bool) -> _Tries | None:
    """Return the inputs that the user gives; None if there are none.

    For an answer they stand for others too. The library's gradients are shown at them, and tried at its own.
    """
    if at and inputs is not None:
        raise UserError("--at and --inputs exclude each other; give one of them")
    # The library's functions are asked with all their arguments, and their answers have to take them.
    defaults = reference.defaults if reference.entry is not None else {}
    if inputs is not None:
        return _Tries({"the given inputs": {**defaults, **read_inputs(inputs)}}, is_example=is_answer)
    if at:
        _expect_numbers(reference)
        points = read_points(at, reference.required)
        return _Tries({shown_point(point): {**defaults, **point} for point in points})
    if reference.entry is None and len(reference.required) > 1:
        names = printable(", ".join(reference.required))
        raise UserError(
            f"{reference.name} takes several arguments ({names}); give their values with --inputs FILE.json"
        )
    return None


def _expect_numbers(reference: Reference) -> None:
    """Refuse points for a function of the library that takes arrays."""
    entry = reference.entry
    if entry is not None and len(reference.required) > 1:
        raise UserError(
            f"--at is for single numbers, and {entry.name} takes {_forms(entry)}; give them with --inputs "
            "FILE.json"
        )


def _own_inputs(reference: Reference, ask: Ask) -> _Tries:
    """Return the library's own inputs, or some for a function of one argument."""
    if reference.entry is not None:
        return _Tries(reference.entry.cases())
    guess = guess_inputs(reference, ask, *reference.required)
    return _Tries(guess.cases, left_out=guess.left_out)


@contextmanager
def _asker(answer: tuple[Path, str] | None, reference: Reference, limits: Limits) -> Iterator[Ask]:
    if answer is None:
        entry = reference.entry
        if entry is None:
            raise TypeError("a function without a file is one of the library")
        yield lambda inputs, cotangent=None: _library_reply(entry, inputs, cotangent)
        return
    with Answer(*answer, limits) as process:
        loaded = process.load()
        if isinstance(loaded, Failure):
            failure = loaded
            yield lambda inputs, cotangent=None: failure
        else:
            yield process.call


def _library_reply(entry: Entry, inputs: Inputs, cotangent: np.ndarray | None) -> Reply:
    """Return the library's own hand-written gradient in the form of an answer.

    Raises:
        UserError: the stages can't be run on inputs of this form.
    """
    try:
        with quiet():
            value, backward = forward(entry.stages, inputs)
            gradients = backward(np.ones_like(value) if cotangent is None else cotangent)
            stages = run(entry.stages, inputs, cotangent)
    except Exception as error:
        # They are written for arrays of certain dimensions, and anything may come of others.
        raise UserError(
            f"the stages of {entry.name} do not take these inputs ({type(error).__name__}: "
            f"{printable(error, 120)}); give them in the form of its example: {_forms(entry)}"
        ) from error
    return Reply("stages", {name: gradients[name] for name in entry.wrt}, stages[-1].value, stages)


def _forms(entry: Entry) -> str:
    """Return the arguments of an entry's example, each with its shape."""
    shapes = {name: np.shape(value) for name, value in entry.example().items()}
    return ", ".join(
        f"{name} of shape {shape}" if shape else f"the number {name}" for name, shape in shapes.items()
    )
