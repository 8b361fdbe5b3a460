"""A tape carried out once, for the sake of the numbers in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.tape import Tape
from regress_cli.tape.steps import Ref

# Larger arrays are told by their look alone.
MOST_NUMBERS = 6


@dataclass(frozen=True)
class Values:
    """What a tape gives.

    Attributes:
        small: The results that hold few enough numbers to be shown, by their number on the tape.
        not_finite: The numbers of the steps whose results hold an infinity or NaN, in order.
    """

    small: Mapping[int, np.ndarray]
    not_finite: tuple[int, ...]


def run_once(tape: Tape, inputs: Mapping[str, Any]) -> Values:
    """Do the steps of a tape; a large result is let go of once no step needs it any more.

    Args:
        tape: The tape.
        inputs: A value for each of its inputs.
    """
    live = {number: inputs[name] for number, name in enumerate(tape.inputs)}
    small = dict(_small(live))
    not_finite = []
    last_use = {ref.index: number for number, step in tape.numbered for ref in step.refs}
    for number, step in tape.numbered:
        args = [live[arg.index] if isinstance(arg, Ref) else arg for arg in step.args]
        with np.errstate(all="ignore"):
            result = step.function(*args, **step.kwargs)
        live[number] = result
        small |= _small({number: result})
        if step.result is not None and not np.isfinite(result).all():
            not_finite.append(number)
        del args, result
        for done in {number, *(ref.index for ref in step.refs)}:
            if last_use.get(done, number) == number:
                del live[done]
    return Values(small, tuple(not_finite))


def shown(value: Any) -> np.ndarray | None:
    """Return a copy of a value that is small enough to be shown; later steps may write into the original."""
    if not isinstance(value, np.ndarray | np.generic | float) or np.size(value) > MOST_NUMBERS:
        return None
    return np.array(value)


def _small(values: Mapping[int, Any]) -> Iterator[tuple[int, np.ndarray]]:
    for number, value in values.items():
        copy = shown(value)
        if copy is not None:
            yield number, copy
