"""A function of the library, explained at its example, with the names of its stages."""

# autograd.numpy gets its functions when it is imported, which no type checker can see.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import autograd.numpy as anp
import numpy as np

from regress_cli.errors import UserError
from regress_cli.gradients.explain import names
from regress_cli.gradients.explain.explanation import Explanation
from regress_cli.gradients.explain.from_tape import Subject, explain_loss
from regress_cli.gradients.explain.notation import value_text
from regress_cli.gradients.explain.run_once import shown
from regress_cli.gradients.library import Entry
from regress_cli.gradients.point import read_point
from regress_cli.gradients.staged import Stage
from regress_cli.tape.steps import Spec, Step
from regress_cli.text import did_you_mean, quoted

Inputs = Mapping[str, Any]


def explain_library_function(
    entry: Entry, at: Sequence[str] = (), inputs: Inputs | None = None
) -> Explanation:
    """Return the computation of a library function, and its gradients.

    Args:
        entry: The function.
        at: Numbers that replace those of its example, such as ``x=2``.
        inputs: Arguments of any shape that replace those of its example.

    Raises:
        UserError: an argument is unknown, or the function is not finite there.
    """
    arguments = _arguments(entry, at, inputs or {})
    others = {name: arguments[name] for name in entry.arguments if name not in entry.wrt}
    # Whole numbers, such as labels, choose what is done; they are constants here.
    data = {name: value for name, value in others.items() if np.asarray(value).dtype.kind == "f"}

    def loss(params: Inputs, *values: Any) -> Any:
        return _as_number(entry.function(**{**others, **params, **dict(zip(data, values, strict=True))}))

    return explain_loss(
        Subject(
            loss=loss,
            params={name: _as_floats(arguments[name]) for name in entry.wrt},
            data=data,
            target=entry.name,
            kind="library function",
            title=partial(_title, entry, arguments, data),
            step_names=partial(_stage_names, entry),
            remedy="give other arguments with --at or --inputs",
        )
    )


def _arguments(entry: Entry, at: Sequence[str], inputs: Inputs) -> dict[str, Any]:
    for name in inputs:
        if name not in entry.arguments:
            hint = did_you_mean(name, entry.arguments)
            raise UserError(f"--inputs: {quoted(name)} is no argument of {entry.name}; {hint}")
    return {**entry.example(), **inputs, **read_point(at, entry.arguments, complete=False)}


def _title(entry: Entry, arguments: Inputs, data: Collection[str], result: str) -> str:
    """Return the function with those of its arguments that no line shows, or with all if they are numbers."""
    is_point = all(np.ndim(value) == 0 for value in arguments.values())
    told = [name for name in arguments if is_point or name not in {*entry.wrt, *data}]
    where = ", ".join(f"{name} = {_shown(arguments[name])}" for name in told)
    return f"{result} = {entry.name}({', '.join(entry.arguments)}){where and f' at {where}'}"


def _shown(value: Any) -> str:
    numbers = shown(np.asarray(value))
    return str(Spec.of(value)) if numbers is None else value_text(numbers)


def _as_floats(value: Any) -> Any:
    return value if np.asarray(value).dtype.kind == "f" else np.asarray(value, float)[()]


def _as_number(value: Any) -> Any:
    """Return the sum of an array, for a gradient is that of a single number."""
    return anp.sum(value) if getattr(value, "shape", ()) else value


def _stage_names(entry: Entry, inputs: Sequence[str], steps: Mapping[int, Step]) -> Mapping[int, str]:
    """Return the stages' names if there is one step for each, and else letters."""
    named = dict(zip(steps, [*(stage.name for stage in entry.stages), _SUM], strict=False))
    everything = dict(enumerate(inputs)) | named
    # The sum of a result that is an array is a step of its own, which no stage stands for.
    has_sum = len(steps) == len(entry.stages) + 1 and [*steps.values()][-1].function is anp.sum
    is_matched = (
        len(steps) == len(entry.stages) + has_sum
        and len({*everything.values()}) == len(inputs) + len(steps)
        and all(_is_stage(*pair, everything) for pair in zip(steps.values(), entry.stages, strict=False))
    )
    return named if is_matched else names.letters(inputs, steps)


def _is_stage(step: Step, stage: Stage, named: Mapping[int, str]) -> bool:
    """Return whether a step is computed from just what its stage is said to need; constants do not count."""
    return {named[ref.index] for ref in step.refs} == {*stage.inputs} & {*named.values()}


_SUM = "total"
