"""An explanation as three tables of texts; plain text and Markdown draw them."""

import numpy as np

from regress_cli.gradients.explain.explanation import Explanation, Local, Node, Total
from regress_cli.gradients.explain.notation import formula_text, value_text
from regress_cli.tape.steps import Spec

Rows = list[list[str]]

_NUMBER = Spec((), np.dtype(float))


def tables(explanation: Explanation) -> list[Rows]:
    """Return the forward pass, the backward pass of a textbook, and autograd's own; headers come first."""
    return [
        _steps("forward", explanation.forward),
        _backward(explanation),
        _steps("autograd's steps back", explanation.recorded),
    ]


def abbreviation(explanation: Explanation) -> str:
    """Return what the names of gradients stand for."""
    by = explanation.backward[-1]
    return f"{by.gradient} is short for {quotient(explanation.result, by.by)}"


def quotient(result: str, by: str) -> str:
    """Return a derivative as it is written in a line of text."""
    return f"d{result}/d{by}"


def node_text(node: Node) -> str:
    """Return a step as an equation; of an input, the name."""
    return node.name if node.formula is None else f"{node.name} = {formula_text(node.formula)}"


def local_text(local: Local, gradient: str) -> str:
    """Return a derivative as an equation, or a rule for the gradient as one."""
    left = gradient if local.is_rule else quotient(local.result, local.argument)
    return f"{left} = {'...' if local.formula is None else formula_text(local.formula)}"


def _steps(header: str, nodes: tuple[Node, ...]) -> Rows:
    rows = [[header, "shape", "value"]]
    rows += [[node_text(node), _look_text(node.look), _value_text(node.value)] for node in nodes]
    # Numbers in float64 need no column that says so.
    if all(node.look == _NUMBER for node in nodes):
        return [[text, value] for text, _, value in rows]
    return rows


def _backward(explanation: Explanation) -> Rows:
    rows = [["backward", "value", "running product", "value"]]
    for total in explanation.backward:
        rows += _total_rows(explanation.result, total)
    return rows


def _total_rows(result: str, total: Total) -> Rows:
    """Return a row for each use of a value; the last one has the gradient that they add up to."""
    whole = quotient(result, total.by)
    locals_ = [[_term_text(total, local), _value_text(local.value)] for local in total.locals]
    if not locals_:
        locals_ = [[f"{whole} = {_value_text(total.value)}", _value_text(total.value)]]
    *others, last = locals_
    known = [whole, _value_text(total.value) or str(total.look)] if total.look else ["", ""]
    return [*([*other, "", ""] for other in others), [*last, *known]]


def _term_text(total: Total, local: Local) -> str:
    text = local_text(local, total.gradient)
    # Where a value is used more than once, a rule gives one of the terms of its gradient.
    return text.replace(" = ", " += ", 1) if local.is_rule and len(total.locals) > 1 else text


def _look_text(look: Spec | None) -> str:
    return "object" if look is None else str(look)


def _value_text(value: np.ndarray | None) -> str:
    return "" if value is None else value_text(value)
