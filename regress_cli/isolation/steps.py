"""Notices a function that is called at points a tiny step apart, whatever the text of the file looks like.

A formula, too, calls helpers again and again, and their arguments may be close by chance. What gives a finite
difference away is that many numbers are close at once, or that the steps are all the same and round.
"""

import os
import time
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from regress_cli.isolation.explain import place
from regress_cli.text import printable

# The longest that a look may take; a call that is slower is looked at in part.
MOST_SECONDS = 1.0
_MOST_CALLS = 64
_MOST_NUMBERS = 1 << 20
_MOST_ENTRIES = 1000
_DEEPEST = 2

_SMALLEST, _LARGEST = 1e-12, 1e-2
# Of the calls, at least so many have another one close by.
_SHARE = 2 / 3
# So many numbers that are close at once are so by no chance.
_MANY = 3
_TOLERANCE = 2e-3
_MOST_MULTIPLE = 4.5
# A step is so small that points far apart are no such multiples of it.
_LARGEST_GRID, _GRID_TOLERANCE = 10_000, 0.02
_EPSILON = 2.0**-52


class OutOfTime(BaseException):
    """Ends a call that is looked at for too long."""


@dataclass
class _Calls:
    """The calls of one function with arguments of the same kinds and shapes."""

    vectors: list[np.ndarray] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether no more are kept."""
        size = len(self.vectors[0]) if self.vectors else 0
        return len(self.vectors) >= _MOST_CALLS or len(self.vectors) * size >= _MOST_NUMBERS


class StepLook:
    """Records, as a profile function of `sys.setprofile`, what the functions of a file are called with.

    Args:
        path: The file.
        inputs: What the answer is called with; data that are close by themselves are no steps.
        folder: Where the files lie that belong to it too; empty if there are none.
    """

    def __init__(self, path: str, inputs: Mapping[str, np.ndarray], folder: str = "") -> None:
        self._path, self._folder = path, folder
        floats = [value.ravel() for value in inputs.values() if value.dtype.kind == "f"]
        self._data = np.concatenate([np.zeros(0), *floats])[:_MOST_NUMBERS]
        self._until = time.monotonic() + MOST_SECONDS
        self._found: dict[tuple[types.CodeType, tuple], _Calls] = {}

    def __call__(self, frame: types.FrameType, event: str, argument: object) -> None:
        """Look at one event.

        Raises:
            OutOfTime: the call has taken too long.
        """
        if event != "call" or not self._is_own(frame.f_code.co_filename):
            return
        if time.monotonic() > self._until:
            raise OutOfTime
        kinds: list[Any] = []
        numbers: list[np.ndarray] = []
        for name in _argument_names(frame.f_code):
            _flatten(frame.f_locals.get(name), kinds, numbers, depth=0)
        if not numbers or sum(map(len, numbers)) > _MOST_NUMBERS:
            return
        calls = self._found.setdefault((frame.f_code, tuple(kinds)), _Calls())
        if not calls.is_full:
            calls.vectors.append(np.concatenate(numbers))
            calls.lines.append(self._calling_line(frame))

    def notices(self) -> tuple[str, ...]:
        """Return a sentence for each function that was called so."""
        found: dict[str, None] = {}
        for (code, _), calls in self._found.items():
            with np.errstate(all="ignore"):
                line = self._suspicious_line(calls)
            if line is not None:
                where = f"{place(self._path, line)}: " if line else ""
                name = "a lambda" if code.co_name == "<lambda>" else printable(code.co_name, 60)
                found[f"{where}calls {name} at points a tiny step apart, as a finite difference does"] = None
        return tuple(found)

    def _is_own(self, place: str) -> bool:
        """Whether code is that of the file, of one beside it, or of a text that was made into a function."""
        if place in (self._path, "<string>"):
            return True
        return bool(self._folder) and os.path.dirname(place) == self._folder  # noqa: PTH120

    def _calling_line(self, frame: types.FrameType) -> int:
        caller = frame.f_back
        while caller is not None and caller.f_code.co_filename != self._path:
            caller = caller.f_back
        return caller.f_lineno if caller is not None else 0

    def _suspicious_line(self, calls: _Calls) -> int | None:
        """Return the line of a call that is a tiny step from another one; None if there is none."""
        vectors = np.array(calls.vectors)
        pairs = [pair for pair in _close_pairs(vectors) if not self._is_data(pair)]
        for pair in pairs:
            if len(pair.one) >= _MANY:
                return calls.lines[pair.second]
        partners = {number for pair in pairs for number in (pair.first, pair.second)}
        if not pairs or len(partners) < _SHARE * len(vectors) or _is_on_a_grid(vectors, pairs):
            return None
        return calls.lines[pairs[0].second] if _is_regular(pairs) else None

    def _is_data(self, pair: "_Pair") -> bool:
        return bool(np.isin(pair.one, self._data).all() and np.isin(pair.other, self._data).all())


@dataclass(frozen=True)
class _Pair:
    """Two calls that are close, and the numbers by which they differ."""

    first: int
    second: int
    one: np.ndarray
    other: np.ndarray


def _close_pairs(vectors: np.ndarray) -> Iterator[_Pair]:
    """Yield the pairs of rows that differ, and wherever they do, by little."""
    for first, one in enumerate(vectors[:-1]):
        others = vectors[first + 1 :]
        with np.errstate(all="ignore"):
            is_different = others != one
            step, size = np.abs(others - one), np.maximum(np.abs(others), np.abs(one))
            is_close = (step <= _LARGEST * size) & (step >= _SMALLEST * size)
        for offset in np.flatnonzero((is_close | ~is_different).all(axis=1) & is_different.any(axis=1)):
            chosen = is_different[offset]
            yield _Pair(first, first + 1 + int(offset), one[chosen], others[offset][chosen])


def _is_on_a_grid(vectors: np.ndarray, pairs: Iterable[_Pair]) -> bool:
    """Whether a single number varies, and only by multiples of the step, as data of few decimals do."""
    varying = np.flatnonzero((vectors != vectors[0]).any(axis=0))
    if len(varying) != 1:
        return False
    values = vectors[:, varying[0]]
    multiples = (values - values.min()) / min(np.abs(pair.one - pair.other).min() for pair in pairs)
    if not _MOST_MULTIPLE < multiples.max() <= _LARGEST_GRID:
        return False
    # The closest values need not be neighbours on the grid.
    finer = multiples * np.arange(1, 11)[:, None]
    return bool((np.abs(finer - np.round(finer)) <= _GRID_TOLERANCE).all(axis=1).any())


def _is_regular(pairs: Iterable[_Pair]) -> bool:
    """Whether all steps are small multiples of one, and that one is round, or there are several.

    A step may be a number by itself, or relative to the size of what is changed.
    """
    pairs = list(pairs)
    one, other = (np.concatenate([getattr(pair, side) for pair in pairs]) for side in ("one", "other"))
    steps, sizes = np.abs(one - other), np.abs(one + other) / 2
    for unit in (np.ones_like(sizes), sizes, np.maximum(1, sizes), 1 + sizes):
        relative = steps / unit
        smallest = float(relative.min())
        multiples = relative / smallest
        is_multiple = np.abs(multiples - np.round(multiples)) <= _TOLERANCE * multiples
        is_uniform = bool(is_multiple.all()) and multiples.max() <= _MOST_MULTIPLE
        if is_uniform and (len(pairs) >= _MANY or _is_round(smallest)):
            return True
    return False


def _is_round(step: float) -> bool:
    """Whether a number is one that people choose as a step: 1e-5, 2e-6, 2**-20, the root of epsilon."""
    mantissa = step / 10.0 ** np.floor(np.log10(step))
    roots = [_EPSILON ** (1 / 2), _EPSILON ** (1 / 3)]
    candidates = [mantissa / leading for leading in (1, 2, 2.5, 4, 5, 10)]
    candidates += [step / (multiple * root) for root in roots for multiple in (1, 2)]
    candidates.append(step / 2.0 ** np.round(np.log2(step)))
    return any(abs(candidate - 1) <= _TOLERANCE for candidate in candidates)


def _argument_names(code: types.CodeType) -> tuple[str, ...]:
    stars = bool(code.co_flags & 0x04) + bool(code.co_flags & 0x08)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]


def _flatten(value: Any, kinds: list[Any], numbers: list[np.ndarray], depth: int) -> None:
    """Add the numbers that a value is made of to ``numbers``, and what else it is made of to ``kinds``."""
    if isinstance(value, float | np.floating):
        kinds.append("number")
        numbers.append(np.array([float(value)]))
    elif type(value) is np.ndarray and value.dtype.kind == "f":
        kinds.append(value.shape)
        # What is changed in place later is kept as it is now.
        numbers.append(value.astype(float).ravel())
    elif isinstance(value, list | tuple | dict) and depth < _DEEPEST and len(value) <= _MOST_ENTRIES:
        kinds.append((type(value).__name__, len(value)))
        for entry in value.values() if isinstance(value, dict) else value:
            _flatten(entry, kinds, numbers, depth + 1)
    elif isinstance(value, bool | int | str | np.integer):
        kinds.append(str(value)[:100])
    else:
        kinds.append(type(value).__name__)
