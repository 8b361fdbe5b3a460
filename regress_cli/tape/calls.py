"""Straight-line programs: calls of NumPy functions on arrays that are all there before the first call."""

import itertools
import keyword
import linecache
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class Call:
    """A function with its arguments, the array for the result among them.

    Attributes:
        function: What is called.
        args: Arguments by position.
        kwargs: Arguments by name.
        note: What the call belongs to, for readers of the program.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


Calls = Sequence[Call]


class Repeatable(Protocol):
    """Makes calls one after another."""

    @property
    def run(self) -> Callable[[], None]:
        """Makes them once; asked for once and called often."""
        ...

    def repeat(self, count: int) -> None:
        """Make them so many times."""
        ...


_numbers = itertools.count(1)
# What may not be the name of an object in a program.
_TAKEN = {"program", "run", *keyword.kwlist}


@dataclass(frozen=True)
class Program:
    """A Python function that makes calls one after another, and its text.

    A debugger steps through it as through any other code.
    """

    run: Callable[[], None]
    source: str

    def repeat(self, count: int) -> None:
        """Run it so many times."""
        run = self.run
        for _ in range(count):
            run()


def write_program(calls: Calls) -> Program:
    """Return a function with a line for each call: no loop, no look-up, no allocation.

    >>> total = np.zeros(3)
    >>> program = write_program([Call(np.add, (total, 1, total)), Call(np.multiply, (total, 5, total))])
    >>> program.run()
    >>> total
    array([5., 5., 5.])
    >>> print(program.source)
    def program(a1, add, multiply):
        def run():
            add(a1, 1, a1)
            multiply(a1, 5, a1)
        return run
    <BLANKLINE>
    """
    names = _Names()
    lines, note = [], ""
    for call in calls:
        if call.note != note:
            note = call.note
            lines.append(f"        # {note}")
        lines.append(f"        {_text(call, names)}")
    header = f"def program({', '.join(names.objects)}):"
    text = "\n".join([header, "    def run():", *(lines or ["        pass"]), "    return run", ""])
    file_name = f"<tape {next(_numbers)}>"
    # A debugger, and a traceback, look the lines up here.
    linecache.cache[file_name] = (len(text), None, text.splitlines(keepends=True), file_name)
    namespace: dict[str, Any] = {}
    exec(compile(text, file_name, "exec"), namespace)  # noqa: S102 - it is the text above, no one else's.
    run = namespace["program"](**names.objects)
    weakref.finalize(run, linecache.cache.pop, file_name, None)
    return Program(run, text)


def _text(call: Call, names: "_Names") -> str:
    args = [names.name(arg) for arg in call.args]
    args += [f"{name}={names.name(value)}" for name, value in call.kwargs.items()]
    return f"{names.name(call.function)}({', '.join(args)})"


class _Names:
    """Gives each object a name, the same one each time."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self._names: dict[Any, str] = {}
        self._counts: Counter[str] = Counter()

    def name(self, value: Any) -> str:
        """Return how a value is written: as itself where that is plain, else by a name."""
        if value is None or type(value) in (bool, int):
            return repr(value)
        key = _identity(value)
        if key not in self._names:
            self._names[key] = self._new(_stem(value))
            self.objects[self._names[key]] = value
        return self._names[key]

    def _new(self, stem: str) -> str:
        self._counts[stem] += 1
        count = self._counts[stem]
        name = stem if stem != "a" and count == 1 else f"{stem}{count}"
        return self._new(stem) if name in self.objects or name in _TAKEN else name


def _identity(value: Any) -> Any:
    owner = getattr(value, "__self__", None)
    # Python makes a new object each time that a method is asked for.
    return (id(owner), value.__name__) if isinstance(owner, np.ufunc) else id(value)


def _stem(value: Any) -> str:
    if not callable(value):
        return "a"
    owner = getattr(value, "__self__", None)
    name = value.__name__ if hasattr(value, "__name__") else "call"
    return (
        f"{owner.__name__}_{name}" if isinstance(owner, np.ufunc) else name if name.isidentifier() else "call"
    )
