"""Inputs for every primitive: what it is differentiated by, and what is data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from regress_cli import primitives
from regress_cli.gradients.checking import RTOL
from regress_cli.gradients.findings import Finding
from regress_cli.gradients.suite.modes import check_modes

Draw = Callable[[np.random.Generator], Mapping[str, Any]]


@dataclass(frozen=True)
class Example:
    """A way in which a primitive is tried.

    Attributes:
        function: The primitive.
        draw: Draws its arguments.
        data: Those that it has no derivative by.
        variant: What is special about these arguments; empty if nothing is.
    """

    function: Callable[..., Any]
    draw: Draw
    data: tuple[str, ...] = ()
    variant: str = ""

    @property
    def name(self) -> str:
        """The name of the primitive."""
        return self.function.__name__

    @property
    def label(self) -> str:
        """The primitive, and what is special about these arguments."""
        return f"{self.name}, {self.variant}" if self.variant else self.name


def check_primitives(names: Iterable[str], rtol: float = RTOL, seed: int = 0) -> Iterator[Finding]:
    """Check primitives, each in all the ways in which it is tried, in both modes and orders."""
    for name in names:
        for example in PRIMITIVES[name]:
            yield from _check_example(example, rtol, seed)


def _check_example(example: Example, rtol: float, seed: int) -> Iterator[Finding]:
    inputs = example.draw(np.random.default_rng(seed))
    wrt = [argument for argument in inputs if argument not in example.data]
    function = _by_name(example.function, tuple(inputs))
    yield from check_modes(example.label, function, inputs, wrt, rtol=rtol, seed=seed)


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


_EXAMPLES = (
    Example(primitives.affine, _draw_affine),
    Example(primitives.affine, _draw_single_output, variant="one output"),
    Example(primitives.matrix_vector, _draw_product),
    Example(primitives.affine_output, _draw_output),
    Example(primitives.relu, _draw_vector),
    Example(primitives.gate, _draw_gate, data=("x",)),
    Example(primitives.tanh, _draw_vector),
    Example(primitives.half_mse, _draw_pair),
    Example(primitives.sum_of_squares, _draw_vector),
    Example(primitives.absolute_error, _draw_pair),
    Example(primitives.huber, lambda rng: {**_draw_pair(rng), "delta": 1.0}, data=("delta",)),
    Example(primitives.logsumexp, _draw_vector),
)

# The ways in which each primitive is tried, by its name.
PRIMITIVES: dict[str, list[Example]] = {
    name: list(examples) for name, examples in groupby(_EXAMPLES, lambda example: example.name)
}
