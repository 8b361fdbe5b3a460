"""A list of stages as an answer: each computes a value from earlier ones, and knows its own backward."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from regress_cli.isolation.arrays import Unusable, as_array, describe
from regress_cli.isolation.forms import argument_of, changed_names, has_backward, start_of
from regress_cli.isolation.parameters import parameters_of
from regress_cli.isolation.reply import Reply, StageReply
from regress_cli.text import printable

_WRITE = "write def stage(...): ...; return value, backward"


@dataclass(frozen=True)
class Stage:
    """One function of the list.

    Attributes:
        name: Its name, which is that of its result.
        forward: Returns its value, and a function from the gradient by that value to those by its inputs.
        inputs: The names of its arguments.
        formula: The first line of its docstring.
        rule: The rest of it, in one line.
    """

    name: str
    forward: Callable[..., Any]
    inputs: tuple[str, ...]
    formula: str
    rule: str


def stages_of(functions: Sequence[Any]) -> tuple[Stage, ...]:
    """Return the stages of a list.

    Raises:
        Unusable: an entry is no function with a name of its own, or the stages do not follow one another.
    """
    if not functions:
        raise Unusable("the list has no stage; put one function for each in it")
    stages: list[Stage] = []
    for number, function in enumerate(functions, 1):
        name = _name_of(function, number)
        parameters = parameters_of(function, name)
        earlier = {stage.name for stage in stages}
        if name in earlier:
            raise Unusable(f"there are two stages named {name}; give each a name of its own")
        # A default is left alone unless there is a value of that name.
        chosen = tuple(given for given in parameters.optional if given in earlier)
        stages.append(Stage(name, function, parameters.required + chosen, *_words_of(function)))
    _check_order(stages)
    return tuple(stages)


def inputs_of(stages: Sequence[Stage]) -> tuple[str, ...]:
    """Return the names that no stage computes, in the order in which they are first used."""
    computed = {stage.name for stage in stages}
    used = dict.fromkeys(name for stage in stages for name in stage.inputs)
    return tuple(name for name in used if name not in computed)


@dataclass
class Pass:
    """One way forward and back through the stages.

    Attributes:
        stages: The stages.
        values: The inputs and the stages' results, by name, as they are handed on.
        originals: The same as they were at first; whoever changes a value in place changes no original.
        gradients: The gradients so far, by the same names.
    """

    stages: Sequence[Stage]
    values: dict[str, Any]
    originals: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    _backwards: list[Callable[[Any], Any]] = field(default_factory=list)
    _seen: list[dict[str, np.ndarray]] = field(default_factory=list)
    _replies: list[StageReply] = field(default_factory=list)

    @classmethod
    def forward(cls, stages: Sequence[Stage], inputs: Mapping[str, np.ndarray]) -> "Pass":
        """Run the stages forward only; whatever they raise is passed on.

        Raises:
            Unusable: a stage gives something else than a value and a backward.
        """
        made = cls(stages, {name: argument_of(value) for name, value in inputs.items()}, dict(inputs))
        for stage in stages:
            made._forward(stage)
        return made

    @classmethod
    def over(
        cls,
        stages: Sequence[Stage],
        inputs: Mapping[str, np.ndarray],
        cotangent: np.ndarray | None = None,
    ) -> "Pass":
        """Run the stages forward and backward; whatever they raise is passed on.

        Raises:
            Unusable: a stage gives something else than a value, a backward and gradients.
        """
        made = cls.forward(stages, inputs)
        made.back(cotangent)
        return made

    @property
    def output(self) -> np.ndarray:
        """The value of the last stage."""
        return self.originals[self.stages[-1].name]

    def back(self, cotangent: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Go back through all stages, and return the gradients by what no stage computes.

        Args:
            cotangent: The gradient by the last value, which the way back begins with; None for ones.
        """
        self._replies = []
        self.gradients = {self.stages[-1].name: np.asarray(start_of(self.output, cotangent))}
        for position in reversed(range(len(self.stages))):
            self._backward(position)
        names = inputs_of(self.stages)
        return {name: self.gradients[name] for name in names if name in self.gradients}

    def reply(self, autograd: Callable[[StageReply], dict[str, np.ndarray] | None]) -> Reply:
        """Return what was found, with what autograd gives for each stage."""
        names = inputs_of(self.stages)
        return Reply(
            form="stages",
            gradient={name: self.gradients[name] for name in names if name in self.gradients},
            output=self.output,
            stages=tuple(_with(reply, autograd(reply)) for reply in reversed(self._replies)),
            changed=changed_names(self.values, self.originals),
        )

    def _forward(self, stage: Stage) -> None:
        arguments = {name: self.values[name] for name in stage.inputs}
        self._seen.append({name: np.array(value) for name, value in arguments.items()})
        returned = stage.forward(**arguments)
        if not has_backward(returned):
            raise Unusable(
                f"stage {stage.name} returned {describe(returned)}; return a tuple (value, backward)"
            )
        value = as_array(returned[0], f"as its value stage {stage.name} returned")
        self.values[stage.name] = value if value.ndim else value[()]
        self.originals[stage.name] = value.copy()
        self._backwards.append(returned[1])

    def _backward(self, position: int) -> None:
        stage, value = self.stages[position], self.originals[self.stages[position].name]
        cotangent = self.gradients.get(stage.name, np.zeros(value.shape))
        # A float for a single number, as the first one is.
        returned = self._backwards[position](cotangent.copy() if cotangent.ndim else float(cotangent))
        given = _by_name(returned, stage)
        for name, gradient in given.items():
            if gradient is not None:
                self._add(name, gradient, stage)
        self._replies.append(
            StageReply(
                stage.name,
                stage.inputs,
                stage.formula,
                stage.rule,
                self._seen[position],
                value,
                cotangent,
                given,
                None,
            )
        )

    def _add(self, name: str, gradient: np.ndarray, stage: Stage) -> None:
        """Add to the gradient by a value; one that arrives at an input, alone, may have any shape."""
        is_computed = any(other.name == name for other in self.stages)
        shape = self.originals[name].shape
        if gradient.shape != shape and (is_computed or name in self.gradients):
            raise Unusable(
                f"the backward of stage {stage.name} gives a gradient of shape {gradient.shape} for {name}, "
                f"whose shape is {shape}; give both the same shape"
            )
        # An array without dimensions becomes a number when it is added to.
        self.gradients[name] = np.asarray(
            self.gradients[name] + gradient if name in self.gradients else gradient
        )


def _by_name(returned: Any, stage: Stage) -> dict[str, np.ndarray | None]:
    """Return what a backward gave for each of the stage's inputs."""
    subject = f"the backward of stage {stage.name} returned"
    if isinstance(returned, dict):
        strange = [name for name in returned if name not in stage.inputs]
        if strange:
            raise Unusable(
                f"{subject} a gradient for {printable(strange[0], 60)}, which is none of its arguments"
            )
        entries = [returned.get(name) for name in stage.inputs]
    elif isinstance(returned, tuple) or (isinstance(returned, list) and len(stage.inputs) > 1):
        entries = list(returned)
    else:
        entries = [returned]
    if len(entries) != len(stage.inputs):
        raise Unusable(
            f"{subject} {len(entries)} gradients for {len(stage.inputs)} arguments; "
            "return a tuple with one for each, None for data"
        )
    return {
        name: None if entry is None else as_array(entry, f"{subject} for {name}")
        for name, entry in zip(stage.inputs, entries, strict=True)
    }


def _check_order(stages: Sequence[Stage]) -> None:
    computed: set[str] = set()
    names = {stage.name for stage in stages}
    for stage in stages:
        for name in stage.inputs:
            if name in names - computed:
                raise Unusable(
                    f"stage {stage.name} takes {name}, which is computed only later or by itself; "
                    "reorder the list, or rename the argument"
                )
        computed.add(stage.name)


def _name_of(function: Any, number: int) -> str:
    if not callable(function):
        raise Unusable(f"stage {number} of the list is {describe(function)}; {_WRITE}")
    name = getattr(function, "__name__", None)
    if not isinstance(name, str) or not name.isidentifier() or len(name) > 200:
        raise Unusable(f"stage {number} of the list has no name, as a lambda has none; {_WRITE}")
    return name


def _words_of(function: Callable[..., Any]) -> tuple[str, str]:
    """Return the first line of a docstring, and the rest of it in one line."""
    text = getattr(function, "__doc__", None)
    formula, _, rule = text.strip().partition("\n") if isinstance(text, str) else ("", "", "")
    return printable(formula.strip()), printable(" ".join(rule.split()))


def _with(reply: StageReply, autograd: dict[str, np.ndarray] | None) -> StageReply:
    return StageReply(**{**vars(reply), "autograd": autograd})
