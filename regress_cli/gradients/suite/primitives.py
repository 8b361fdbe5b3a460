"""Inputs for every primitive: what it is differentiated by, and what is data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regress_cli import primitives
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.findings import Finding
from regress_cli.gradients.suite.modes import check_modes

Draw = Callable[[np.random.Generator], Mapping[str, Any]]


@dataclass(frozen=True)
class Example:
    """How a primitive is tried.

    Attributes:
        draw: Draws its arguments.
        data: Those that it has no derivative by.
    """

    draw: Draw
    data: tuple[str, ...] = ()


def check_primitives(rtol: float = RTOL, seed: int = 0) -> Iterator[Finding]:
    """Check every primitive in both modes and orders."""
    for name, example in PRIMITIVES.items():
        inputs = example.draw(np.random.default_rng(seed))
        wrt = [argument for argument in inputs if argument not in example.data]
        function = getattr(primitives, name.partition(",")[0])
        yield from check_modes(name, _by_name(function, tuple(inputs)), inputs, wrt, rtol=rtol, seed=seed)


def _by_name(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[..., Any]:
    """Return a function of named arguments: autograd traces those that stand at a place only."""
    return lambda **arguments: function(*(arguments[name] for name in names))


def _draw_affine(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"X": rng.normal(size=(4, 3)), "W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}


def _draw_single_output(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"X": rng.normal(size=(4, 3)), "W": rng.normal(size=3), "b": rng.normal()}


def _draw_output(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"X": rng.normal(size=(4, 3)), "W": rng.normal(size=(3, 1)), "b": rng.normal(size=1)}


def _draw_product(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"X": rng.normal(size=(4, 3)), "w": rng.normal(size=3)}


def _draw_pair(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"prediction": rng.normal(0, 2, 5), "target": rng.normal(0, 2, 5)}


def _draw_gate(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"g": rng.normal(size=5), "x": rng.normal(size=5)}


def _draw_vector(rng: np.random.Generator) -> Mapping[str, Any]:
    return {"x": rng.normal(size=5)}


# By the primitive's name, to which a comma and words are added where one is tried in several ways.
PRIMITIVES: dict[str, Example] = {
    "affine": Example(_draw_affine),
    "affine, one output": Example(_draw_single_output),
    "matrix_vector": Example(_draw_product),
    "affine_output": Example(_draw_output),
    "relu": Example(_draw_vector),
    "gate": Example(_draw_gate, data=("x",)),
    "tanh": Example(_draw_vector),
    "half_mse": Example(_draw_pair),
    "sum_of_squares": Example(_draw_vector),
    "absolute_error": Example(_draw_pair),
    "huber": Example(lambda rng: {**_draw_pair(rng), "delta": 1.0}, data=("delta",)),
    "logsumexp": Example(_draw_vector),
}
