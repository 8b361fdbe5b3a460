"""Finds what is to be compared: an entry of the library, or a learner's file against a function."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from regress_cli.errors import UserError
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.comparing.cases import varied
from regress_cli.gradients.comparing.compare import Cases, compare
from regress_cli.gradients.comparing.comparison import Comparison
from regress_cli.gradients.comparing.one_case import Ask
from regress_cli.gradients.inputs import Inputs, read_inputs
from regress_cli.gradients.library import LIBRARY, Entry
from regress_cli.gradients.library.entry import elementwise_cases
from regress_cli.gradients.point import read_points, shown_point
from regress_cli.gradients.quiet import quiet
from regress_cli.gradients.reference import Reference
from regress_cli.gradients.staged import run
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
    first, cases = _cases(reference, at, inputs, seed)
    with _asker(answer, reference, limits or Limits()) as ask:
        return compare(
            reference,
            ask,
            first,
            cases,
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


def _cases(reference: Reference, at: Sequence[str], inputs: Path | None, seed: int) -> tuple[Inputs, Cases]:
    """Return the first inputs, and what gives all of them once the arguments of the gradient are known."""
    if at and inputs is not None:
        raise UserError("--at and --inputs exclude each other; give one of them")
    if inputs is not None:
        given = read_inputs(inputs)
        return given, lambda wrt: varied(given, wrt, seed)
    fixed = _fixed_cases(reference, at)
    return next(iter(fixed.values())), lambda wrt: fixed


def _fixed_cases(reference: Reference, at: Sequence[str]) -> Mapping[str, Inputs]:
    if at:
        return {shown_point(point): point for point in read_points(at, reference.required)}
    if reference.entry is not None:
        return reference.entry.cases()
    if len(reference.required) == 1:
        (name,) = reference.required
        return {
            label.replace("x = ", f"{name} = "): {name: case["x"]}
            for label, case in elementwise_cases().items()
        }
    names = printable(", ".join(reference.required))
    raise UserError(
        f"{reference.name} takes several arguments ({names}); give their values with --inputs FILE.json"
    )


@contextmanager
def _asker(answer: tuple[Path, str] | None, reference: Reference, limits: Limits) -> Iterator[Ask]:
    if answer is None:
        entry = reference.entry
        if entry is None:
            raise TypeError("a function without a file is one of the library")
        yield lambda inputs: _library_reply(entry, inputs)
        return
    with Answer(*answer, limits) as process:
        loaded = process.load()
        if isinstance(loaded, Failure):
            failure = loaded
            yield lambda inputs: failure
        else:
            yield process.call


def _library_reply(entry: Entry, inputs: Inputs) -> Reply:
    """Return the library's own hand-written gradient in the form of an answer."""
    with quiet():
        stages = run(entry.stages, inputs)
        manual: dict[str, Any] = entry.manual(**inputs)
    return Reply("stages", manual, stages[-1].value, stages)
