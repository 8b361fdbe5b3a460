"""An explanation as data for JSON."""

from typing import Any

from regress_cli.gradients.explain.explanation import Explanation, Local, Node, Total
from regress_cli.gradients.explain.notation import formula_text
from regress_cli.tape.steps import Spec


def as_plain_data(explanation: Explanation) -> dict[str, Any]:
    """Return dicts and lists of texts and numbers, not all of which need to be finite."""
    return {
        "title": explanation.title,
        "kind": explanation.kind,
        "result": explanation.result,
        "nodes": [_node(node) for node in explanation.forward],
        "edges": [list(edge) for edge in explanation.edges],
        "backward": [_total(total) for total in explanation.backward],
        "recorded": [_node(node) for node in explanation.recorded],
        "gradients": {name: total.value for name, total in explanation.gradients.items()},
        "notes": list(explanation.notes),
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "role": node.role,
        "operation": node.operation,
        "inputs": list(node.inputs),
        "formula": None if node.formula is None else formula_text(node.formula),
        **_look(node.look),
        "value": node.value,
    }


def _total(total: Total) -> dict[str, Any]:
    return {
        "by": total.by,
        "name": total.gradient,
        **_look(total.look),
        "value": total.value,
        "local": [_local(local) for local in total.locals],
    }


def _local(local: Local) -> dict[str, Any]:
    written = None if local.formula is None else formula_text(local.formula)
    return {
        "of": local.result,
        "by": local.argument,
        "derivative": None if local.is_rule else written,
        "rule": written if local.is_rule else None,
        "value": local.value,
        "share": local.share,
    }


def _look(look: Spec | None) -> dict[str, Any]:
    return {
        "shape": None if look is None else list(look.shape),
        "dtype": None if look is None else str(look.dtype),
    }
