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
    """Return the row of a value that is used once; of one used more often a row for each use, and the sum."""
    whole = quotient(result, total.by)
    known = [whole, _gradient_text(total, total.value)] if total.look else ["", ""]
    uses = [[_term_text(total, local), _value_text(local.value)] for local in total.locals]
    if not uses:
        return [[f"{whole} = {_value_text(total.value)}", _value_text(total.value), *known]]
    if len(uses) == 1:
        return [[*uses[0], *known]]
    shares = [[share_text(result, local), _gradient_text(total, local.share)] for local in total.locals]
    end = ["", "", f"{whole}, their sum", known[1]] if total.look else ["", "", "", ""]
    return [*([*use, *share] for use, share in zip(uses, shares, strict=True)), end]


def share_text(result: str, local: Local) -> str:
    """Return what one use of a value contributes to its gradient: a product, or where from it comes."""
    before = quotient(result, local.result)
    if local.is_rule:
        return f"{quotient(result, local.argument)} through {local.result}"
    return f"{before} * {quotient(local.result, local.argument)}"


def _gradient_text(total: Total, value: np.ndarray | None) -> str:
    """Return a gradient's value, or else its shape, as far as that is known."""
    return _value_text(value) or ("" if total.look is None else str(total.look))


def _term_text(total: Total, local: Local) -> str:
    text = local_text(local, total.gradient)
    # Where a value is used more than once, a rule gives one of the terms of its gradient.
    return text.replace(" = ", " += ", 1) if local.is_rule and len(total.locals) > 1 else text


def _look_text(look: Spec | None) -> str:
    return "object" if look is None else str(look)


def _value_text(value: np.ndarray | None) -> str:
    return "" if value is None else value_text(value)
