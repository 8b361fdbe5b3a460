"""The backward pass of a textbook: local derivatives, and the gradients that their products add up to."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from autograd import make_vjp

from regress_cli.gradients.explain.derivatives import Called, gradient_rule, local_derivative, summed_rule
from regress_cli.gradients.explain.explanation import Local, Total
from regress_cli.gradients.explain.formula import Call, Formula, Gradient, Symbol
from regress_cli.gradients.explain.labels import Labels
from regress_cli.gradients.explain.run_once import Values, shown
from regress_cli.tape.internals import is_without_derivative
from regress_cli.tape.steps import Ref, Spec


def totals(labels: Labels, values: Values) -> list[Total]:
    """Return the gradient by each parameter, and by each value between it and the result."""
    recorded = labels.recorded
    on_the_way = _on_the_way(labels)
    parameters = {n for n, name in enumerate(recorded.inputs) if name in recorded.params}
    found = []
    for number in sorted(on_the_way | parameters, reverse=True):
        users = [n for n in reversed(labels.forward) if n in on_the_way and _uses(labels, n, number)]
        locals_ = tuple(_local(labels, values, user, number) for user in users)
        look, value = _gradient(labels, values, number)
        found.append(Total(labels.values[number], labels.gradients[number], locals_, look, value))
    return found


def _on_the_way(labels: Labels) -> set[int]:
    """Return the numbers of the result, and of all values by whose change a parameter changes it."""
    differentiable, result = _differentiable(labels), labels.recorded.tape.value.index
    reached = {result}
    for number, step in reversed(labels.forward.items()):
        if number in reached:
            reached |= {ref.index for ref in step.refs} & differentiable
    return reached


def _differentiable(labels: Labels) -> set[int]:
    """Return the numbers of the values that depend on a parameter in a way that has a derivative."""
    recorded = labels.recorded
    found = {number for number, name in enumerate(recorded.inputs) if name in recorded.params}
    for number, step in labels.forward.items():
        is_float = step.result is None or step.result.dtype.kind == "f"
        if is_float and not is_without_derivative(step.function) and {ref.index for ref in step.refs} & found:
            found.add(number)
    return found


def _uses(labels: Labels, user: int, number: int) -> bool:
    return Ref(number) in labels.step(user).refs


def _gradient(labels: Labels, values: Values, number: int) -> tuple[Spec | None, np.ndarray | None]:
    gradient = labels.recorded.gradients.get(number)
    if isinstance(gradient, Ref):
        return labels.look(gradient.index), values.small.get(gradient.index)
    return (None, None) if gradient is None else (Spec.of(gradient), shown(gradient))


def _local(labels: Labels, values: Values, user: int, number: int) -> Local:
    step = labels.step(user)
    positions = [position for position, arg in enumerate(step.args) if arg == Ref(number)]
    called = _called(labels, user)
    is_entrywise = called.gives_number or _shape(labels, user) == _shape(labels, number)
    found = [_formula(called, position, is_entrywise=is_entrywise) for position in positions]
    # An argument that is given twice, as in x * x, has one derivative: the sum.
    formula = reduce(_sum, [formula for formula, _ in found])
    is_rule = any(is_rule for _, is_rule in found)
    ones = values.small.get(user)
    ones = None if ones is None or is_rule or not is_entrywise else np.ones_like(ones)
    value, share = (
        _pulled_back(labels, values, user, positions, gradient)
        for gradient in (ones, _gradient(labels, values, user)[1])
    )
    return Local(labels.values[user], labels.values[number], formula, is_rule, value, share)


def _shape(labels: Labels, number: int) -> tuple[int, ...] | None:
    look = labels.look(number)
    return None if look is None else look.shape


def _called(labels: Labels, user: int) -> Called:
    step, name = labels.step(user), labels.values[user]
    return Called(
        function=step.function,
        arguments=tuple(labels.operand(arg) for arg in step.args),
        looks=tuple(_look(labels, arg) for arg in step.args),
        result=Symbol(name),
        gradient=Gradient(name, labels.gradients[user]),
        look=step.result,
    )


def _look(labels: Labels, arg: Any) -> Spec | None:
    if isinstance(arg, Ref):
        return labels.look(arg.index)
    return Spec.of(arg) if isinstance(arg, np.ndarray | np.generic | float | int) else None


def _formula(called: Called, position: int, *, is_entrywise: bool) -> tuple[Formula | None, bool]:
    """Return the derivative by one argument, or else the rule for its gradient, and which of them it is."""
    local = local_derivative(called, position)
    if local is None:
        rule = gradient_rule(called, position)
        return rule, rule is not None
    if is_entrywise:
        return local, False
    return summed_rule(called, position, local), True


def _sum(one: Formula | None, other: Formula | None) -> Formula | None:
    return None if one is None or other is None else Call("add", (one, other))


def _pulled_back(
    labels: Labels, values: Values, user: int, positions: Sequence[int], gradient: np.ndarray | None
) -> np.ndarray | None:
    """Return what autograd makes of a gradient on its way back through a step, if all that it takes is small.

    Of ones it makes the derivative of the step itself, entry by entry.
    """
    step = labels.step(user)
    if gradient is None or not all(ref.index in values.small for ref in step.refs):
        return None
    args = [values.small[arg.index][()] if isinstance(arg, Ref) else arg for arg in step.args]
    with np.errstate(all="ignore"):
        terms = [make_vjp(step.function, p)(*args, **step.kwargs)[0](gradient[()]) for p in positions]
    return np.asarray(sum(terms))
