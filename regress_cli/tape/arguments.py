"""The arguments of one call, taken apart into named arrays and put together again."""

import inspect
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from random import Random
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from regress_cli.tape.internals import is_input, isbox
from regress_cli.tape.reverse import evaluate
from regress_cli.tape.steps import Spec

Result = tuple[Any, dict[str, Any]]

# What can be told apart by looking at it. Arrays that autograd can't trace are compared by content.
_CONSTANT = (
    *(bool, int, complex, str, bytes, type(None), type(...), slice, range, frozenset),
    *(type, np.dtype, np.generic, np.ndarray, Enum),
    *(FunctionType, BuiltinFunctionType, MethodType, np.ufunc, ModuleType),
    # Whether these have drawn numbers is looked at elsewhere.
    *(np.random.Generator, np.random.RandomState, Random),
)


class Arguments:
    """What a function was called with.

    Attributes:
        params: The arrays to differentiate by, by name.
        data: Every other leaf of the arguments, by name.
        inputs: The arrays and floats of both; they may change from one replay to the next.
        signature: All that may not change, hashable: names, shapes, dtypes, and the other values.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        argnum: int | Sequence[int],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        self._function, self._args, self._kwargs = function, args, kwargs
        self._is_single = not isinstance(argnum, list | tuple)
        chosen: Any = [argnum] if self._is_single else argnum
        self._chosen = [range(len(args))[operator.index(number)] for number in chosen]
        found = [
            (number in self._chosen, path, leaf)
            for number, (name, arg) in enumerate(zip(_argument_names(function), args, strict=False))
            for path, leaf in leaves(name, arg)
        ]
        found += [(False, path, leaf) for name, arg in kwargs.items() for path, leaf in leaves(name, arg)]
        self._names = _short_names(_distinct([path for _, path, _ in found]))
        named = [(name, *entry) for name, entry in zip(self._names, found, strict=True)]
        self.params = {name: leaf for name, is_param, _, leaf in named if is_param}
        self.data = {name: leaf for name, is_param, _, leaf in named if not is_param}
        self.inputs = {name: leaf for name, _, _, leaf in named if is_input(leaf)}
        self.signature = tuple((name, is_param, _fixed(leaf)) for name, is_param, _, leaf in named)

    def copied_inputs(self) -> dict[str, np.ndarray]:
        """Return a copy of each input."""
        return {name: np.array(value, order="K") for name, value in self.inputs.items()}

    @property
    def changeable(self) -> str | None:
        """An argument that may change without being seen to, and what it is; None if there is none."""
        for name, value in {**self.params, **self.data}.items():
            if not (is_input(value) or isinstance(value, _CONSTANT)):
                return f"{name} is a {type(value).__name__}, whose content may change"
        return None

    @property
    def is_traced(self) -> bool:
        """Whether autograd is tracing an argument for someone else."""
        return any(map(isbox, (*self.params.values(), *self.data.values())))

    def loss(self, params: Mapping[str, Any], *data: Any) -> Any:
        """Call the function with other leaves in the same places."""
        values = {**params, **dict(zip(self.data, data, strict=True))}
        supply = (values[name] for name in self._names)
        args = [filled(arg, supply) for arg in self._args]
        return self._function(*args, **{name: filled(arg, supply) for name, arg in self._kwargs.items()})

    def evaluate(self, factor: float = 1.0) -> Result:
        """Return autograd's value and gradients, at all floating-point numbers times a factor."""
        params, data = self.params, self.data
        if factor != 1:
            params, data = (
                {name: value * factor if _is_floating(value) else value for name, value in part.items()}
                for part in (params, data)
            )
        return evaluate(self.loss, params, data)

    def in_form(self, gradients: Mapping[str, Any]) -> Any:
        """Return gradients in the form of the arguments that they belong to."""
        supply = _apart(gradients.values(), self.inputs.values())
        by_number = {number: filled(self._args[number], supply) for number in sorted(set(self._chosen))}
        if self._is_single:
            return by_number[self._chosen[0]]
        return tuple(by_number[number] for number in self._chosen)


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what nested dicts, lists and tuples hold, each with the way that leads to it.

    >>> list(leaves("layers", [(1.0, {"b": 2.0})]))
    [('layers[0][0]', 1.0), ("layers[0][1]['b']", 2.0)]
    """
    if type(value) is dict:
        for key, entry in value.items():
            yield from leaves(f"{name}[{key!r}]", entry)
    elif _is_sequence(value):
        for number, entry in enumerate(value):
            yield from leaves(f"{name}[{number}]", entry)
    else:
        yield name, value


def filled(value: Any, supply: Iterator[Any]) -> Any:
    """Return the same dicts, lists and tuples with other leaves, in the order of `leaves`."""
    if type(value) is dict:
        return {key: filled(entry, supply) for key, entry in value.items()}
    if _is_sequence(value):
        entries = [filled(entry, supply) for entry in value]
        return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)
    return next(supply)


def _is_floating(value: Any) -> bool:
    return is_input(value) and np.asarray(value).dtype.kind == "f"


def _apart(gradients: Iterable[Any], inputs: Iterable[Any]) -> Iterator[Any]:
    """Yield gradients, and a copy where one lies in the memory of another or of an input."""
    given = set(map(id, inputs))
    for gradient in gradients:
        is_apart = not isinstance(gradient, np.ndarray) or (
            gradient.flags.owndata and id(gradient) not in given
        )
        given.add(id(gradient))
        yield gradient if is_apart else gradient.copy()


def _is_sequence(value: Any) -> bool:
    """Return whether a value is a list, a tuple or a named tuple; of others no one knows how to make them."""
    return type(value) in (list, tuple) or (isinstance(value, tuple) and hasattr(value, "_fields"))


def _argument_names(function: Callable[..., Any]) -> Iterator[str]:
    """Yield the names of positional arguments, as far as the function tells them, without an end."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    yield from (parameter.name for parameter in parameters if parameter.kind < parameter.VAR_POSITIONAL)
    number = 0
    while True:
        yield f"arg{number}"
        number += 1


def _distinct(paths: Sequence[str]) -> list[str]:
    """Return the paths with a number where two keys look the same."""
    count = Counter(paths)
    return [path if count[path] == 1 else f"{path} #{number}" for number, path in enumerate(paths)]


def _short_names(paths: Sequence[str]) -> list[str]:
    """Return the key for an entry of a dict, such as W1 of params['W1'], where no other has the same."""
    short = [path.split("['")[-1].removesuffix("']") if path.endswith("']") else path for path in paths]
    count = Counter(short) + Counter(paths)
    return [
        name if name == path or count[name] == 1 else path for name, path in zip(short, paths, strict=True)
    ]


def _fixed(leaf: Any) -> Any:
    """Return what may not change about a leaf from one replay to the next."""
    if is_input(leaf):
        return Spec.of(leaf) if isinstance(leaf, np.ndarray) else type(leaf)
    if type(leaf) is np.ndarray and not leaf.dtype.hasobject:
        return Spec.of(leaf), leaf.tobytes()
    try:
        hash(leaf)
    except TypeError:
        return _Itself(leaf)
    return type(leaf), leaf


class _Itself:
    """Stands for an object that can't be hashed; holds it, so that no other one gets its address."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self._value is other._value

    def __hash__(self) -> int:
        return id(self._value)
