"""An explanation as a graph: what its nodes and edges say, whatever language it is drawn in."""

from collections.abc import Iterator

from regress_cli.gradients.explain.explanation import Explanation, Node
from regress_cli.gradients.explain.notation import short_text
from regress_cli.gradients.explain.tables import local_text, node_text


def node_lines(node: Node) -> list[str]:
    """Return the lines of a node's label: the equation, and the value in few digits or else the shape."""
    if node.value is not None:
        return [node_text(node), short_text(node.value)]
    return [node_text(node), str(node.look)] if node.look is not None else [node_text(node)]


def backward_edges(explanation: Explanation) -> Iterator[tuple[str, str, str]]:
    """Yield the steps back: from a result, to what it was computed from, with the derivative."""
    for total in explanation.backward:
        for local in total.locals:
            yield local.result, local.argument, local_text(local, total.gradient)
