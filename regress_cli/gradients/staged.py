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

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import autograd
import numpy as np

from regress_cli.isolation import StageReply

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """One step of a computation.

    Attributes:
        name: What its value is called.
        formula: How the value comes about, such as ``c = 1 + b``.
        rule: Its local derivative, such as ``dc/db = 1``.
        inputs: The names of what it takes: inputs, or earlier stages.
        forward: The function: ``forward(*inputs) -> (value, backward)``.
    """

    name: str
    formula: str
    rule: str
    inputs: tuple[str, ...]
    forward: Callable[..., tuple[Any, Callable[[Any], Any]]]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Stage":
        """Return the stage that a function makes: its docstring holds formula and rule."""
        formula, _, rule = inspect.cleandoc(function.__doc__ or "").partition("\n")
        return cls(
            function.__name__, formula, rule.strip(), tuple(inspect.signature(function).parameters), function
        )


def stages_of(*functions: Callable[..., Any]) -> tuple[Stage, ...]:
    """Return the stages that functions make, in order."""
    return tuple(map(Stage.of, functions))


def forward(stages: Sequence[Stage], inputs: Inputs) -> tuple[Any, Callable[[Any], dict[str, Any]]]:
    """Return the value of the last stage, and the function that takes a gradient back to the inputs."""
    values, backwards = _run_forward(stages, inputs)

    def backward(cotangent: Any) -> dict[str, Any]:
        gradients: dict[str, Any] = {stages[-1].name: cotangent}
        for stage in reversed(stages):
            if stage.name in gradients:
                _add(gradients, _by_name(stage, backwards[stage.name](gradients[stage.name])))
        return {name: gradient for name, gradient in gradients.items() if name in inputs}

    return values[stages[-1].name], backward


def run(stages: Sequence[Stage], inputs: Inputs) -> tuple[StageReply, ...]:
    """Return every stage at these inputs, in the form in which a learner's stages come back.

    Each stage's rule stands beside what autograd gives for the same stage and the same gradient.
    """
    values, backwards = _run_forward(stages, inputs)
    gradients: dict[str, Any] = {stages[-1].name: np.ones_like(values[stages[-1].name])}
    replies = []
    for stage in reversed(stages):
        cotangent = gradients.get(stage.name, np.zeros_like(values[stage.name]))
        back = _by_name(stage, backwards[stage.name](cotangent))
        _add(gradients, back)
        own = {name: values[name] for name in stage.inputs}
        wrt = [name for name, gradient in back.items() if gradient is not None]
        replies.append(
            StageReply(
                name=stage.name,
                inputs=stage.inputs,
                formula=stage.formula,
                rule=stage.rule,
                values=_arrays(own),
                value=np.asarray(values[stage.name]),
                cotangent=np.asarray(cotangent),
                backward={name: None if g is None else np.asarray(g) for name, g in back.items()},
                autograd=_arrays(autograd_backward(stage, own, cotangent, wrt)),
            )
        )
    return tuple(reversed(replies))


def autograd_backward(stage: Stage, values: Inputs, cotangent: Any, wrt: Iterable[str]) -> dict[str, Any]:
    """Return the gradient of the end by each of a stage's arguments, as autograd has it."""
    params = {name: values[name] for name in wrt}
    if not params:
        return {}

    def value_of(chosen: dict[str, Any]) -> Any:
        return stage.forward(**{**values, **chosen})[0]

    backward, _ = autograd.make_vjp(value_of)(params)
    return backward(cotangent)


def _arrays(values: Inputs) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in values.items()}


def _run_forward(stages: Sequence[Stage], inputs: Inputs) -> tuple[dict[str, Any], dict[str, Any]]:
    values, backwards = dict(inputs), {}
    for stage in stages:
        value, backward = stage.forward(*(values[name] for name in stage.inputs))
        values[stage.name], backwards[stage.name] = value, backward
    return values, backwards


def _by_name(stage: Stage, gradients: Any) -> dict[str, Any]:
    if len(stage.inputs) == 1 and not isinstance(gradients, tuple):
        gradients = (gradients,)
    return dict(zip(stage.inputs, gradients, strict=True))


def _add(gradients: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, gradient in more.items():
        if gradient is not None:
            gradients[name] = gradients[name] + gradient if name in gradients else gradient
