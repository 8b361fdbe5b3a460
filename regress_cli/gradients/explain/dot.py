"""An explanation in the dot language of Graphviz."""

from regress_cli.gradients.explain.explanation import Explanation, Node
from regress_cli.gradients.explain.graph import backward_edges, node_lines


def as_dot(explanation: Explanation) -> str:
    """Return a graph: the forward pass in solid edges, the backward pass in dashed ones."""
    lines = ["rankdir=LR;", 'node [shape=box, fontname="Helvetica"];', 'edge [fontname="Helvetica"];']
    lines += [
        f"{_quoted(node.name)} [{_attributes(node, explanation.result)}];" for node in explanation.forward
    ]
    lines += [f"{_quoted(source)} -> {_quoted(target)};" for source, target in explanation.edges]
    lines += [
        f"{_quoted(source)} -> {_quoted(target)} [style=dashed, constraint=false, label={_quoted(label)}];"
        for source, target, label in backward_edges(explanation)
    ]
    body = "\n".join(f"  {line}" for line in lines)
    return f"digraph {_quoted(explanation.title)} {{\n{body}\n}}\n"


def _attributes(node: Node, result: str) -> str:
    label = f"label={_quoted(*node_lines(node))}"
    if node.name == result:
        return f"{label}, peripheries=2"
    return f"{label}, shape=ellipse" if node.formula is None else label


def _quoted(*lines: str) -> str:
    r"""Return lines as one string of the dot language; it knows escapes, and HTML's names of characters.

    >>> print(_quoted('a = "b"', "<2>"))
    "a = \"b\"\n<2>"
    """
    escaped = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
