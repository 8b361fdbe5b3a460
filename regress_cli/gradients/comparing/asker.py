"""What is asked for a hand-written gradient: a learner's file, or an entry of the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.comparing.answer_form import by_name
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.tries import forms_of
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.library import Entry
from regress_cli.gradients.quiet import quiet
from regress_cli.gradients.reference import Reference
from regress_cli.gradients.staged import reply
from regress_cli.isolation import Answer, Failure, Limits, Reply
from regress_cli.text import printable


@contextmanager
def asker(answer: tuple[Path, str] | None, reference: Reference, limits: Limits) -> Iterator[Ask]:
    """Give what is asked: the learner's file, in a process that ends with the block, or the library.

    Args:
        answer: The file, and the name in it; None for the library's own gradient.
        reference: The function.
        limits: Time and memory for the file.
    """
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
            own = reply(entry.stages, inputs, cotangent)
    except Exception as error:
        # They are written for arrays of certain dimensions, and anything may come of others.
        raise UserError(
            f"the stages of {entry.name} do not take these inputs ({type(error).__name__}: "
            f"{printable(error, 120)}); give them in the form of its example: {forms_of(entry)}"
        ) from error
    return replace(own, gradient=by_name(own.gradient, entry.wrt))
