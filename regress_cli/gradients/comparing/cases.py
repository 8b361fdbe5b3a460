"""The inputs on which a hand-written gradient is tried: the given ones, and others of the same form."""

from collections.abc import Mapping, Sequence

import numpy as np

from regress_cli.gradients.inputs import Inputs

# How the inputs are called at which a formula may overflow; those of the library begin so too.
LARGE = "large"

_SAMPLES = 2
# So far from a point no kink of it is left, and the function is nearly the same.
_NUDGE = 1e-3


def as_floats(inputs: Inputs, wrt: Sequence[str]) -> Inputs:
    """Return the inputs with floats for what is differentiated by: whole numbers have no derivative.

    The same object comes back where nothing has to be changed.
    """
    whole = [name for name in wrt if name in inputs and np.asarray(inputs[name]).dtype.kind in "iu"]
    return {**inputs, **{name: np.asarray(inputs[name], float)[()] for name in whole}} if whole else inputs


def varied(inputs: Inputs, wrt: Sequence[str], seed: int) -> Mapping[str, Inputs]:
    """Return the inputs and what else should be tried: other numbers, zero, large ones, smaller batches.

    Which of these the function allows is for the caller to find out.

    Args:
        inputs: The arguments by name.
        wrt: Those that are differentiated by.
        seed: Draws the other numbers.
    """
    inputs = as_floats(inputs, wrt)
    cases: dict[str, Inputs] = {"the given inputs": inputs}
    for k, other in enumerate(others(inputs, wrt, _SAMPLES, seed), 1):
        cases[f"other numbers, {k}"] = other
    cases["zeros"] = {name: _times(value, 0.0) if name in wrt else value for name, value in inputs.items()}
    cases[LARGE] = {name: _times(value, 1e3) if name in wrt else value for name, value in inputs.items()}
    for label, size in {"a batch of one": 1, "an empty batch": 0}.items():
        smaller = _first_rows(inputs, wrt, size)
        if smaller is not None:
            cases[label] = smaller
    return cases


def others(inputs: Inputs, wrt: Sequence[str], count: int, seed: int) -> list[Inputs]:
    """Return inputs of the same form with other numbers of the same size.

    Data that is whole throughout stays as it is, floats too: it may be labels, signs or counts.
    """
    rng = np.random.default_rng(seed)
    return [
        {
            name: _moved(value, 1.0, rng) if _may_move(name, value, wrt) else value
            for name, value in inputs.items()
        }
        for _ in range(count)
    ]


def nudged(inputs: Inputs, seed: int) -> Inputs:
    """Return inputs a small step away, where a kink that was hit by chance is none."""
    rng = np.random.default_rng(seed)
    return {
        name: _moved(value, _NUDGE, rng) if np.asarray(value).dtype.kind == "f" else value
        for name, value in inputs.items()
    }


def batch_size(inputs: Inputs, wrt: Sequence[str]) -> int | None:
    """Return how many examples there are: the length that the data arrays share; None if there is none."""
    lengths = {np.shape(value)[0] for name, value in inputs.items() if name not in wrt and np.ndim(value)}
    return lengths.pop() if len(lengths) == 1 else None


def _may_move(name: str, value: object, wrt: Sequence[str]) -> bool:
    array = np.asarray(value)
    return array.dtype.kind == "f" and (name in wrt or not np.array_equal(array, np.trunc(array)))


def _moved(value: object, share: float, rng: np.random.Generator) -> object:
    array = np.asarray(value)
    size = float(np.sqrt(np.mean(array**2))) if array.size else 0.0
    return array + share * rng.normal(0.0, size or 1.0, array.shape)


def _times(value: object, factor: float) -> object:
    array = np.asarray(value)
    return array * factor if array.dtype.kind == "f" else value


def _first_rows(inputs: Inputs, wrt: Sequence[str], size: int) -> Inputs | None:
    """Return the inputs with fewer examples; None where no arrays share a length that could be cut."""
    n = batch_size(inputs, wrt)
    # What is differentiated by may hold a number for each example: then the examples can't be cut alone.
    has_own = any(np.ndim(inputs[name]) and np.shape(inputs[name])[0] == n for name in wrt if name in inputs)
    if n is None or n <= size or has_own:
        return None
    return {
        name: value[:size] if name not in wrt and np.ndim(value) else value for name, value in inputs.items()
    }
