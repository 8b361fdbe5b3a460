"""Names for the values of a tape: letters, stages or numbers forward, ``dx`` and ``t1`` backward."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count, product
from string import ascii_lowercase

from regress_cli.tape.steps import Step

# Given the names of the inputs and the forward steps by number, returns a name for each step.
StepNames = Callable[[Sequence[str], Mapping[int, Step]], Mapping[int, str]]


def numbers(inputs: Sequence[str], steps: Mapping[int, Step]) -> dict[int, str]:
    """Return the names that a tape itself uses, such as ``%7``: inputs are numbered first."""
    return {number: f"%{place}" for place, number in enumerate(steps, start=len(inputs))}


def letters(inputs: Sequence[str], steps: Mapping[int, Step]) -> dict[int, str]:
    """Return a, b, c, ... without those that are inputs already."""
    return dict(zip(steps, _fresh_letters(inputs), strict=False))


def gradient_names(forward: Mapping[int, str]) -> dict[int, str]:
    """Return the name of the gradient by each forward value: ``dx``, or ``d(x)`` if ``dx`` is a value too.

    >>> gradient_names({0: "x", 1: "dx"})
    {0: 'd(x)', 1: 'ddx'}
    """
    taken = set(forward.values())
    return {n: f"d{name}" if f"d{name}" not in taken else f"d({name})" for n, name in forward.items()}


def fresh_numbered(letter: str, taken: Collection[str]) -> Iterator[str]:
    """Yield ``t1``, ``t2``, ... without those that are taken."""
    return (name for number in count(1) if (name := f"{letter}{number}") not in taken)


def _fresh_letters(taken: Collection[str]) -> Iterator[str]:
    for length in count(1):
        for characters in product(ascii_lowercase, repeat=length):
            name = "".join(characters)
            # What begins with a d would look like a gradient.
            if name not in taken and (length == 1 or name[0] != "d"):
                yield name
