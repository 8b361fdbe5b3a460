"""The inputs on which a check tries an answer: the teacher's, drawn ones, or the library's and more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from regress_cli.gradients.comparing.ask import Ask
from regress_cli.gradients.comparing.cases import others
from regress_cli.gradients.comparing.tries import Tries, own_tries
from regress_cli.gradients.inputs import Inputs
from regress_cli.gradients.reference import Reference
from regress_cli.grading.assignment.values import Values

# Beside the library's own examples, which anybody may know.
_DRAWN = 3


def given_inputs(values: Mapping[str, Values], seed: int) -> Inputs:
    """Return the arguments of a check, each from a stream of its own: one more shifts none of the others.

    >>> given_inputs({"x": Values(low=0, high=1), "n": Values(value=3)}, seed=1)["n"]
    3
    """
    return {
        name: value.drawn(np.random.default_rng([seed, *name.encode()])) for name, value in values.items()
    }


def tries_of(reference: Reference, ask: Ask, wrt: Sequence[str], given: Inputs | None, seed: int) -> Tries:
    """Return what an answer is tried on.

    Args:
        reference: The function.
        ask: Returns the answer's gradient.
        wrt: The arguments that it is by.
        given: The teacher's inputs, which stand for others of their form too; None if there are none.
        seed: Draws what nobody can know beforehand.
    """
    if given is not None:
        defaults = reference.defaults if reference.entry is not None else {}
        return Tries({"the given inputs": {**defaults, **given}}, is_example=True)
    tries = own_tries(reference, ask)
    drawn = {
        f"other numbers, {number}": inputs
        for number, inputs in enumerate(others(tries.first, wrt, _DRAWN, seed), 1)
    }
    return replace(tries, cases={**tries.cases, **drawn})
