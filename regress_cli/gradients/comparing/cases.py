"""The inputs on which a hand-written gradient is tried: the given ones, and others of the same form."""

from collections.abc import Mapping

import numpy as np

from regress_cli.gradients.inputs import Inputs

_SAMPLES = 2


def varied(inputs: Inputs, wrt: tuple[str, ...], seed: int) -> Mapping[str, Inputs]:
    """Return the inputs and what else should be tried: other numbers, zero, large ones, smaller batches.

    Whole numbers stay as they are. Which of these the function allows is for the caller to find out.

    Args:
        inputs: The arguments by name.
        wrt: Those that are differentiated by.
        seed: Draws the other numbers.
    """
    rng = np.random.default_rng(seed)
    cases: dict[str, Inputs] = {"the given inputs": inputs}
    for k in range(_SAMPLES):
        cases[f"other numbers, {k + 1}"] = {name: _other(value, rng) for name, value in inputs.items()}
    cases["zeros"] = {name: _times(value, 0.0) if name in wrt else value for name, value in inputs.items()}
    cases["large"] = {name: _times(value, 1e3) if name in wrt else value for name, value in inputs.items()}
    for label, size in {"a batch of one": 1, "an empty batch": 0}.items():
        smaller = _first_rows(inputs, wrt, size)
        if smaller is not None:
            cases[label] = smaller
    return cases


def batch_size(inputs: Inputs, wrt: tuple[str, ...]) -> int | None:
    """Return how many examples there are: the length that the data arrays share; None if there is none."""
    lengths = {np.shape(value)[0] for name, value in inputs.items() if name not in wrt and np.ndim(value)}
    return lengths.pop() if len(lengths) == 1 else None


def _other(value: object, rng: np.random.Generator) -> object:
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    size = float(np.sqrt(np.mean(array**2))) if array.size else 0.0
    return array + rng.normal(0.0, size or 1.0, array.shape)


def _times(value: object, factor: float) -> object:
    array = np.asarray(value)
    return array * factor if array.dtype.kind == "f" else value


def _first_rows(inputs: Inputs, wrt: tuple[str, ...], size: int) -> Inputs | None:
    """Return the inputs with fewer examples; None where no arrays share a length that could be cut."""
    n = batch_size(inputs, wrt)
    # What is differentiated by may hold a number for each example: then the examples can't be cut alone.
    has_own = any(np.ndim(inputs[name]) and np.shape(inputs[name])[0] == n for name in wrt if name in inputs)
    if n is None or n <= size or has_own:
        return None
    return {
        name: value[:size] if name not in wrt and np.ndim(value) else value for name, value in inputs.items()
    }
