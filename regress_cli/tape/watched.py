"""What a function reads besides its arguments: its closure, its defaults, names of its module, attributes.

A tape keeps what these were while it was recorded. This sees when one of them is bound to something
else; a change inside a list or an array is not seen.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import CodeType, FunctionType
from typing import Any

import numpy as np


def what_it_reads(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Return the values of all names that a function and its module's helpers read from outside.

    >>> scale = 2.0
    >>> what_it_reads(lambda x: scale * x)
    (2.0,)
    """
    return tuple(_read(function, seen=set()))


def is_unchanged(before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    """Return whether every name is bound to what it was bound to."""
    return len(before) == len(now) and all(map(_is_same, before, now))


def random_states(values: Iterable[Any]) -> list[Any]:
    """Return where the generators of random numbers among some values stand, and those that all share."""
    states: list[Any] = [random.getstate(), np.random.get_state(legacy=False)]
    states += [value.bit_generator.state for value in values if isinstance(value, np.random.Generator)]
    states += [value.get_state(legacy=False) for value in values if isinstance(value, np.random.RandomState)]
    states += [value.getstate() for value in values if isinstance(value, random.Random)]
    return states


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (
        type(one) is type(other) and type(one) in (int, float, str, bool) and one == other
    )


def _read(function: Any, seen: set[int], owner: Any = None) -> Iterator[Any]:
    if isinstance(function, partial):
        bound = (function.func, *function.args, *function.keywords.values())
        yield from bound
        yield from _read(function.func, seen)
        return
    owner = getattr(function, "__self__", owner)
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        # An object that can be called is read like a method of it.
        owner, function = function, getattr(type(function), "__call__", None)  # noqa: B004 - where it is defined.
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    seen.add(id(function))
    values = [cell.cell_contents for cell in function.__closure__ or () if _is_bound(cell)]
    values += function.__defaults__ or ()
    values += (function.__kwdefaults__ or {}).values()
    names = dict.fromkeys(_names(function.__code__))
    values += [function.__globals__[name] for name in names if name in function.__globals__]
    for value in [*values, *_attributes([owner, *values], names, visited=set())]:
        yield value
        # Helpers of the same module may read changing names too; libraries do not.
        if getattr(value, "__globals__", None) is function.__globals__:
            yield from _read(value, seen, owner)


def _attributes(values: Iterable[Any], names: Iterable[str], visited: set[int]) -> Iterator[Any]:
    """Yield the attributes of these names that objects have, and those of the attributes in turn."""
    for value in values:
        if id(value) in visited or isinstance(value, FunctionType) or not hasattr(value, "__dict__"):
            continue
        visited.add(id(value))
        own = vars(value)
        found = [own[name] for name in names if name in own]
        found += [vars(type(value))[name] for name in names if name not in own and name in vars(type(value))]
        yield from found
        yield from _attributes(found, names, visited)


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that a function looks up, and the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_bound(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - to look is to know.
    except ValueError:  # A name that the enclosing function has not bound yet.
        return False
    return True
