"""Losses and gradients for the tests of the checker: right ones, and a great many wrong ones."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli.flat import Params
from regress_cli.gradients.library import LIBRARY, Entry

Gradient = Callable[[Params], Mapping[str, Any]]
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Drawn:
    """An entry of the library at inputs of its own form, drawn anew."""

    entry: Entry
    data: dict[str, Any]
    at: Params

    def value(self, params: Params) -> Any:
        """Return the function's value."""
        return self.entry.total(**{**self.data, **params})

    def gradient(self, params: Params) -> Mapping[str, Any]:
        """Return the hand-written gradient."""
        return self.entry.manual(**{**self.data, **params})


def drawn(name: str, rng: np.random.Generator) -> Drawn:
    """Return an entry at one of its batches, with other numbers."""
    entry = LIBRARY[name]
    label = "a vector" if "a vector" in entry.cases() else next(iter(entry.cases()))
    inputs = {
        key: value + rng.normal(size=np.shape(value)) if np.asarray(value).dtype.kind == "f" else value
        for key, value in entry.cases()[label].items()
    }
    if "delta" in inputs:
        inputs["delta"] = float(rng.uniform(0.5, 2.0))
    at = {key: np.asarray(inputs[key], dtype=float) for key in entry.wrt}
    return Drawn(entry, {k: v for k, v in inputs.items() if k not in at}, at)


def mutants(gradient: Gradient, at: Params, rng: np.random.Generator) -> Iterator[tuple[str, Gradient]]:
    """Yield wrong versions of a gradient, each with what was done to it.

    Every one differs from the right gradient by more than a thousandth of a block's scale.
    """
    right = {name: np.asarray(value) for name, value in gradient(at).items()}
    for block, kind in ((block, kind) for block in right for kind in CHANGES):
        changed = CHANGES[kind](right[block].copy(), rng)
        if changed.shape != right[block].shape:
            continue
        scale = np.abs(right[block]).max(initial=0.0)
        if np.abs(changed - right[block]).max(initial=0.0) > 1e-3 * scale:
            yield f"{kind} in {block}", _replaced(gradient, block, changed)


def _replaced(gradient: Gradient, block: str, changed: np.ndarray) -> Gradient:
    return lambda params: {**gradient(params), block: changed}


def _one_entry(g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    largest = np.unravel_index(np.argmax(np.abs(g)), g.shape)
    g[largest] *= 1.01
    return g


def _swapped(g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    flat = g.ravel()
    if flat.size > 1:
        flat[[0, 1]] = flat[[1, 0]]
    return flat.reshape(g.shape)


def _missing_row(g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if g.ndim:
        g[-1] = 0.0
    return g


CHANGES: dict[str, Change] = {
    "sign": lambda g, rng: -g,
    "factor 2": lambda g, rng: 2 * g,
    "factor 1/2": lambda g, rng: g / 2,
    "a percent of one entry": _one_entry,
    "0.2 % of all": lambda g, rng: 1.002 * g,
    "index": lambda g, rng: np.roll(g, 1),
    "two entries": _swapped,
    "transpose": lambda g, rng: g.T.copy(),
    "axis": lambda g, rng: np.flip(g, axis=0).copy() if g.ndim else g,
    "missing row": _missing_row,
    "missing term": lambda g, rng: g - 0.1 * rng.uniform(0.5, 1.5, g.shape) * np.abs(g).max(initial=0.0),
    "nothing": lambda g, rng: np.zeros_like(g),
}
