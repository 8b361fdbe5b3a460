"""The inputs that are to be tried: those that the user gives, the library's own, or a guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.cases import varied
from regress_cli.gradients.comparing.guesses import guess_inputs
from regress_cli.gradients.inputs import Inputs, read_inputs
from regress_cli.gradients.library import Entry
from regress_cli.gradients.point import read_points, shown_point
from regress_cli.gradients.reference import Reference
from regress_cli.text import printable


@dataclass(frozen=True)
class Tries:
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


def given_tries(
    reference: Reference, at: Sequence[str], inputs: Path | None, *, is_answer: bool
) -> Tries | None:
    """Return the inputs that the user gives; None if there are none.

    For an answer they stand for others too. The library's gradients are shown at them, and tried at its own.
    """
    if at and inputs is not None:
        raise UserError("--at and --inputs exclude each other; give one of them")
    # The library's functions are asked with all their arguments, and their answers have to take them.
    defaults = reference.defaults if reference.entry is not None else {}
    if inputs is not None:
        return Tries({"the given inputs": {**defaults, **read_inputs(inputs)}}, is_example=is_answer)
    if at:
        _expect_numbers(reference)
        points = read_points(at, reference.required)
        return Tries({shown_point(point): {**defaults, **point} for point in points})
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
            f"--at is for single numbers, and {entry.name} takes {forms_of(entry)}; give them with --inputs "
            "FILE.json"
        )


def own_tries(reference: Reference, ask: Ask) -> Tries:
    """Return the library's own inputs, or some for a function of one argument."""
    if reference.entry is not None:
        return Tries(reference.entry.cases())
    guess = guess_inputs(reference, ask, *reference.required)
    return Tries(guess.cases, left_out=guess.left_out)


def forms_of(entry: Entry) -> str:
    """Return the arguments of an entry's example, each with its shape."""
    shapes = {name: np.shape(value) for name, value in entry.example().items()}
    return ", ".join(
        f"{name} of shape {shape}" if shape else f"the number {name}" for name, shape in shapes.items()
    )
