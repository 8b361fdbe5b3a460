"""An entry of the library: a function, its gradient by hand in stages, and inputs to try them on."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np

from regress_cli.gradients.staged import Stage, forward

Inputs = dict[str, Any]
Cases = Mapping[str, Inputs]


@dataclass(frozen=True)
class Entry:
    """A function whose gradient is known three times: by hand, by autograd and by differences.

    Attributes:
        name: What it is called on the command line.
        formula: What it computes, in one line.
        function: The same in autograd.numpy. It returns a single number; or, elementwise, an array of the
            shape of its argument, and its gradient is then the derivative of each element.
        stages: The hand-written gradient.
        wrt: The arguments to differentiate by; all others are data.
        cases: Inputs to try, by what they are; the first is the example.
        convention: What has to be known of the point where there is no derivative; empty if there is none.
        remark: What has to be known of these stages, or of the name; empty if there is nothing.
    """

    name: str
    formula: str
    function: Callable[..., Any]
    stages: tuple[Stage, ...]
    wrt: tuple[str, ...]
    cases: Callable[[], Cases]
    convention: str = ""
    remark: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of all that the function takes."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def is_elementwise(self) -> bool:
        """Whether it is a function of each element of its one argument."""
        return self.arguments == ("x",) and np.ndim(self.example()["x"]) == 0

    def example(self) -> Inputs:
        """Return small inputs."""
        return next(iter(self.cases().values()))

    def total(self, **inputs: Any) -> Any:
        """Return the function's value, or the sum of its elements."""
        return anp.sum(self.function(**inputs))

    def manual(self, **inputs: Any) -> dict[str, Any]:
        """Return the gradient of `total` by each argument in ``wrt``, by the hand-written stages."""
        value, backward = forward(self.stages, inputs)
        gradients = backward(np.ones_like(value))
        return {name: gradients[name] for name in self.wrt}


def elementwise_cases(x: float = 2.0, largest: float = 800.0) -> Cases:
    """Return inputs for a function of each element: ordinary ones, zero, large ones, none at all.

    Args:
        x: The example.
        largest: How large an argument may be for the formula not to overflow.
    """
    rng = np.random.default_rng(0)
    return {
        f"x = {x:g}": {"x": x},
        "x = -1.25": {"x": -1.25},
        "x = 0.001": {"x": 1e-3},
        "a vector": {"x": rng.normal(0, 2, 7)},
        "a matrix": {"x": rng.normal(0, 2, (3, 2))},
        "x = 0": {"x": 0.0},
        "large": {"x": np.array([-largest, -8.0, 8.0, largest])},
        "empty": {"x": np.zeros(0)},
    }


def batch_cases(make: Callable[[np.random.Generator, int], Inputs]) -> Cases:
    """Return inputs for a function of a batch of examples, of several sizes."""
    rng = np.random.default_rng(0)
    sizes = {
        "a batch of 4": 4,
        "a batch of 5": 5,
        "a batch of 7": 7,
        "a batch of one": 1,
        "an empty batch": 0,
    }
    return {label: make(rng, n) for label, n in sizes.items()}
