"""Finds what is to be compared: an entry of the library, or a learner's file against a function."""

from collections.abc import Sequence
from pathlib import Path

from regress_cli.errors import UserError
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.comparing.asker import asker
from regress_cli.gradients.comparing.compare import compare
from regress_cli.gradients.comparing.comparison import Comparison
from regress_cli.gradients.comparing.tries import given_tries, own_tries
from regress_cli.gradients.library import LIBRARY
from regress_cli.gradients.reference import Reference
from regress_cli.gradients.user_file import load_function, split_target
from regress_cli.isolation import Limits
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
    given = given_tries(reference, at, inputs, is_answer=answer is not None)
    with asker(answer, reference, limits or Limits()) as ask:
        tries = given or own_tries(reference, ask)
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
