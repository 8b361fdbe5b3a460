"""A function in stages, each with its own derivative, written by hand: the computation graph on paper.

A stage is a function that returns its value and a function ``backward``, which takes the gradient of the
end by this value and returns the gradient of the end by each argument. Its arguments are inputs, or the
values of earlier stages, by their names::

    def c(b):
        \"\"\"c = 1 + b

        dc/db = 1
        \"\"\"
        return 1 + b, lambda g: g
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from regress_cli.isolation import Reply, StageReply
from regress_cli.isolation.shadow import vjp
from regress_cli.isolation.stages import Pass, Stage
from regress_cli.isolation.stages import stages_of as stages_of_list

Inputs = Mapping[str, Any]

__all__ = ["Stage", "forward", "reply", "run", "stages_of"]


def stages_of(*functions: Callable[..., Any]) -> tuple[Stage, ...]:
    """Return the stages that functions make, in order."""
    return stages_of_list(functions)


def forward(stages: Sequence[Stage], inputs: Inputs) -> tuple[Any, Callable[[Any], dict[str, Any]]]:
    """Return the value of the last stage, and the function that takes a gradient back to the inputs."""
    there = Pass.forward(stages, _arrays(inputs))
    return there.output[()], lambda cotangent: there.back(np.asarray(cotangent))


def reply(stages: Sequence[Stage], inputs: Inputs, cotangent: np.ndarray | None = None) -> Reply:
    """Return a pass forward and back at these inputs, in the form in which a learner's comes back.

    Each stage's rule stands beside what autograd gives for the same stage and the same gradient.
    """
    functions = {stage.name: stage.forward for stage in stages}

    def by_autograd(stage: StageReply) -> dict[str, np.ndarray]:
        found = vjp(functions[stage.name], stage) or {}
        return {name: gradient for name, gradient in found.items() if stage.backward[name] is not None}

    return Pass.over(stages, _arrays(inputs), cotangent).reply(by_autograd)


def run(
    stages: Sequence[Stage], inputs: Inputs, cotangent: np.ndarray | None = None
) -> tuple[StageReply, ...]:
    """Return every stage of such a pass."""
    return reply(stages, inputs, cotangent).stages


def _arrays(values: Inputs) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in values.items()}
