"""From a tape to a plan: what is not needed goes, what is done twice is done once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.tape.steps import Ref, Step, Tape


@dataclass(frozen=True)
class Lifetimes:
    """Which memory each value lies in, and how long that memory is needed.

    Attributes:
        holders: For each value the values whose memory it may share, itself included.
        last_use: For each value the number of the last step that needs its memory.
    """

    holders: Mapping[int, frozenset[int]]
    last_use: Mapping[int, int]


def drop_dead_steps(tape: Tape) -> Tape:
    """Return the tape without the steps on which neither the loss nor a gradient depends."""
    needed = tape.needed
    kept = {index: step for index, step in tape.numbered if index in needed}
    return tape.with_steps(kept, {index: index for index in [*range(len(tape.inputs)), *kept]})


def share_equal_steps(tape: Tape, is_pure: Callable[[Step], bool]) -> Tape:
    """Return the tape with equal calls made once.

    Args:
        tape: The tape.
        is_pure: Whether equal calls of a step's function always have equal results.
    """
    places = {index: index for index in range(len(tape.inputs))}
    kept: dict[int, Step] = {}
    first: dict[Any, int] = {}
    for index, step in tape.numbered:
        places[index] = index
        if is_pure(step):
            key = (step.function, _key(step.at(places).args), _key(dict(step.kwargs)))
            places[index] = first.setdefault(key, index)
        if places[index] == index:
            kept[index] = step
    return tape.with_steps(kept, places)


def find_lifetimes(tape: Tape, shared_args: Callable[[Step], tuple[Any, ...]]) -> Lifetimes:
    """Return how long the memory of each value is needed.

    Args:
        tape: The tape.
        shared_args: The arguments of a step in whose memory its result may lie.
    """
    holders = {index: frozenset([index]) for index in range(len(tape.inputs))}
    last_use = dict.fromkeys(holders, -1)
    for index, step in tape.numbered:
        shared = [holders[arg.index] for arg in shared_args(step) if isinstance(arg, Ref)]
        holders[index] = frozenset([index]).union(*shared)
        last_use[index] = index
        for ref in step.refs:
            last_use |= dict.fromkeys(holders[ref.index], index)
    for end in tape.ends:
        last_use |= dict.fromkeys(holders[end], len(holders))
    return Lifetimes(holders, last_use)


def _key(value: Any) -> Any:
    """Return something hashable that only equal constants share; of arrays and objects, their identity."""
    if isinstance(value, tuple | list):
        return (type(value), *map(_key, value))
    if isinstance(value, dict):
        return tuple((name, _key(entry)) for name, entry in sorted(value.items()))
    if isinstance(value, slice):
        return (slice, value.start, value.stop, value.step)
    if isinstance(value, np.generic):
        return (type(value), value.tobytes())
    if value is None or type(value) in (bool, int, str, Ref):
        return (type(value), value)
    if type(value) is float:
        return (float, value.hex())
    return (object, id(value))
