"""An explanation as a Mermaid flowchart, which GitHub and many editors draw."""

from regress_cli.gradients.explain.explanation import Explanation, Node
from regress_cli.gradients.explain.graph import backward_edges, node_lines

# What means nothing to Mermaid inside quotes, nor to Markdown, HTML or TeX, which may read labels too.
_HARMLESS = frozenset(" =+-/(),.:")


def as_mermaid(explanation: Explanation) -> str:
    """Return a flowchart: the forward pass in solid edges, the backward pass in dashed ones."""
    ids = {node.name: f"n{number}" for number, node in enumerate(explanation.forward)}
    lines = [f"  {ids[node.name]}{_shape(node, explanation.result)}" for node in explanation.forward]
    lines += [f"  {ids[source]} --> {ids[target]}" for source, target in explanation.edges]
    lines += [
        f'  {ids[source]} -.->|"{_escaped(label)}"| {ids[target]}'
        for source, target, label in backward_edges(explanation)
    ]
    return "\n".join(["flowchart LR", *lines]) + "\n"


def _shape(node: Node, result: str) -> str:
    """Return a node's label in its brackets: inputs are round, the result has two borders."""
    label = f'"{"<br/>".join(map(_escaped, node_lines(node)))}"'
    if node.name == result:
        return f"[[{label}]]"
    return f"({label})" if node.formula is None else f"[{label}]"


def _escaped(text: str) -> str:
    """Return a text in which every character that could mean something is written by its number.

    >>> _escaped('a = "b"')
    'a = #34;b#34;'
    """
    return "".join(c if c.isalnum() or c in _HARMLESS else f"#{ord(c)};" for c in text)
